#include "simulation/world.hpp"

#include <utility>

// What travels between the clients and the node.

namespace cairn::testing {

std::chrono::nanoseconds simulation::body::travel() {
  return scheduler_.random().up_to(options_.message_delay_max);
}

bool simulation::body::is_lost() {
  if (!faulty_ || !scheduler_.random().chance(options_.lose_messages)) return false;
  ++sum_.lost_messages;
  return true;
}

void simulation::body::carry(detail::simulated_request what,
                             const std::string& from,
                             std::function<void()> over) {
  visitor by{what.fail, std::move(over), what.timeout, from + ", " + std::to_string(++requests_)};
  tell(by.name + " asks " + what.text);
  const error silence{error::code::timed_out, "no answer in time"};
  if (is_lost()) {
    tell(by.name + " is lost on its way");
    return give_up_later(std::move(by), what.timeout, silence);
  }
  auto travelling = std::make_shared<detail::simulated_request>(std::move(what));
  after(travel(), [this, travelling, by = std::move(by)] { arrive(travelling, by); });
}

void simulation::body::arrive(const std::shared_ptr<detail::simulated_request>& what,
                              visitor from) {
  if (!app_ || dead_) {
    return give_up_later(
        std::move(from), travel(), {error::code::unavailable, "the node is not running"});
  }
  tell(from.name + " arrives");
  const std::uint64_t number = visits_++;
  visitors_.emplace(number, std::move(from));
  what->arrive(*app_, [this, number](std::string text, std::function<void()> deliver) {
    answer(number, std::move(text), std::move(deliver));
  });
}

void simulation::body::answer(std::uint64_t number,
                              std::string text,
                              std::function<void()> deliver) {
  const auto found = visitors_.find(number);
  // From a node that has died: nobody hears it.
  if (found == visitors_.end()) return;
  visitor to = std::move(found->second);
  visitors_.erase(found);
  tell(to.name + " is answered: " + text);
  if (is_lost()) {
    tell(to.name + " is lost on its way back");
    const auto delay = to.timeout;
    return give_up_later(std::move(to), delay, {error::code::timed_out, "no answer in time"});
  }
  after(travel(), [this, to = std::move(to), deliver = std::move(deliver)] {
    tell(to.name + " is heard");
    deliver();
    to.over();
  });
}

void simulation::body::give_up_later(visitor&& from, std::chrono::nanoseconds delay, error why) {
  after(delay, [this, from = std::move(from), why = std::move(why)] {
    tell(from.name + " is given up: " + std::string{to_string(why.what)});
    from.fail(why);
    from.over();
  });
}

}  // namespace cairn::testing
