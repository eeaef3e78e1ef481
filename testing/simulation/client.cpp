#include "simulation/client.hpp"

#include "simulation/world.hpp"

#include "cairn/assert.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace cairn::testing {
namespace {

/// Between two rounds of a client.
constexpr std::chrono::milliseconds rest_max{1};

}  // namespace

simulated_client::body::body(simulation::body& world,
                             std::uint64_t number,
                             std::uint64_t seed,
                             std::function<bool(simulated_client&)> round)
    : world_(world), number_(number), random_(seed), round_(std::move(round)) {}

void simulated_client::body::start() {
  if (std::exchange(is_started_, true)) return;
  begin();
  // The round that has not been is over.
  world_.after(random_.up_to(rest_max), [this] { end(); });
}

void simulated_client::body::end() {
  CAIRN_ASSERT(open_ > 0);
  if (--open_ > 0 || is_last_) return;
  // As something that is waited for, so that a round in which nothing is asked for ends, too.
  begin();
  world_.after(std::chrono::microseconds{1} + random_.up_to(rest_max), [this] { begin_round(); });
}

void simulated_client::body::begin_round() {
  bool more = false;
  guard([this, &more] { more = round_(face_); });
  is_last_ = !more;
  end();
}

void simulated_client::body::guard(const std::function<void()>& what) {
  try {
    what();
  } catch (const std::exception& thrown) {
    world_.fail(name() + " threw: " + thrown.what());
  } catch (...) {
    world_.fail(name() + " threw something strange");
  }
}

std::uint64_t simulated_client::number() const noexcept {
  return body_.number_;
}

random_source& simulated_client::random() noexcept {
  return body_.random_;
}

void simulated_client::after(std::chrono::nanoseconds delay, std::function<void()> what) {
  CAIRN_ASSERT(delay >= std::chrono::nanoseconds::zero());
  body_.begin();
  body_.world_.after(delay, [at = &body_, what = std::move(what)] {
    at->guard(what);
    at->end();
  });
}

void simulated_client::send(detail::simulated_request what) {
  body_.begin();
  auto fail = std::move(what.fail);
  what.fail = [at = &body_, fail = std::move(fail)](const error& why) {
    at->guard([&] { fail(why); });
  };
  auto arrive = std::move(what.arrive);
  what.arrive = [at = &body_, arrive = std::move(arrive)](runtime& app,
                                                          detail::simulated_request::answer to) {
    arrive(app, [at, to = std::move(to)](std::string text, std::function<void()> deliver) {
      to(std::move(text), [at, deliver = std::move(deliver)] { at->guard(deliver); });
    });
  };
  body_.world_.carry(std::move(what), body_.name(), [at = &body_] { at->end(); });
}

void simulated_client::ask_atomically(ask_options options,
                                      std::vector<atomic_part> parts,
                                      std::function<void(const atomic_outcome&)> callback) {
  std::string text = "atomically";
  for (const atomic_part& one : parts) {
    text.append(", ").append(one.id.text());
    if (one.wish) text.append(" ").append(one.wish->command_type()).append(one.wish->json());
  }
  if (!options.command_id.empty()) text += " as " + options.command_id.text();
  const auto timeout = options.timeout;
  // What travels can be copied, parts cannot.
  const auto luggage = std::make_shared<std::vector<atomic_part>>(std::move(parts));
  const auto heard =
      std::make_shared<std::function<void(const atomic_outcome&)>>(std::move(callback));
  send({.text = std::move(text),
        .timeout = timeout,
        .arrive =
            [options = std::move(options), luggage, heard](runtime& app,
                                                           detail::simulated_request::answer to) {
              app.ask_atomically(options,
                                 std::move(*luggage),
                                 [to = std::move(to), heard](const atomic_outcome& what) {
                                   to(detail::text_of(what), [what, heard] { (*heard)(what); });
                                 });
            },
        .fail =
            [heard](error why) {
              (*heard)(atomic_outcome{std::move(why)});
            }});
}

namespace detail {

std::string text_of(const receipt& done) {
  return std::string{"accepted, version "} + std::to_string(done.version.value) + " at " +
         std::to_string(done.position.partition.value) + ":" +
         std::to_string(done.position.offset) + (done.repeated ? ", a repeat" : "");
}

std::string text_of(const error& why) {
  return "failed, " + std::string{to_string(why.what)} + ": " + why.detail;
}

std::string text_of(const atomic_outcome& what) {
  if (const auto* done = what.accepted()) {
    std::string text = "accepted";
    for (const receipt& one : done->receipts)
      text.append(", ").append(text_of(one));
    return text + (done->repeated ? ", a repeat" : "");
  }
  if (const auto* why = what.rejected()) return "rejected, part " + std::to_string(why->part);
  return text_of(*what.failed());
}

}  // namespace detail

}  // namespace cairn::testing
