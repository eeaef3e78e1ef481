#pragma once

#include "support/account.hpp"
#include "support/bank_models.hpp"

#include "cairn/testing/simulation.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn::tests {

/// A bank with a few accounts and clients that move money between them, in a simulation. What the
/// clients do about trouble can be made wrong.
class simulated_bank {
 public:
  struct habits {
    unsigned clients = 3;
    unsigned transfers = 6;
    /// Otherwise a command that is sent again is another command.
    bool repeats_ids = true;
    /// Otherwise what has failed is given up, also half way.
    bool insists = true;
    /// Both halves of a transfer are one commit.
    bool is_atomic = false;
  };

  static constexpr std::array<const char*, 4> accounts{"ann", "bob", "cyd", "dan"};
  static constexpr std::int64_t cents_each = 1000;
  static constexpr std::int64_t cents_in_all = cents_each * std::int64_t{accounts.size()};

  simulated_bank(std::uint64_t seed, testing::simulation_options options, habits how)
      : how_(how), world(seed, std::move(options)) {
    world.add<bank::account>({.snapshot_every = 10})
        .add_read_model<holdings>()
        .add_read_model<event_count>()
        .always([](runtime& app) { return what_is_wrong(app); });
    world.client([this](testing::simulated_client& me) { return open_accounts(me); });
    for (unsigned i = 0; i < how_.clients; ++i) {
      world.client([this, left = how_.transfers](testing::simulated_client& me) mutable {
        if (opened_ < accounts.size()) return true;
        transfer(me, left);
        return --left > 0;
      });
    }
  }

  /// Everything, to the end; then looks at what must hold now that nobody is on the way.
  testing::simulation_report run(std::uint64_t steps_max = 1'000'000) {
    auto done = world.run(steps_max);
    if (!done.ok()) return done;
    check_events();
    check_read_models();
    return world.report();
  }

  /// By command id: what was accepted, as the clients heard it.
  std::map<std::string, receipt> accepted;

 private:
  habits how_;
  std::size_t opened_ = 0;
  std::uint64_t commands_ = 0;

 public:
  testing::simulation world;

 private:
  using answered = std::function<void(bool accepted)>;

  /// Sends the command until it is accepted or rejected.
  void ask(testing::simulated_client& me,
           const std::string& account,
           const bank::account::command& wish,
           const std::string& id,
           const answered& then) {
    std::string own = id;
    if (!how_.repeats_ids) own += "-" + std::to_string(++commands_);
    me.aggregate<bank::account>(account).ask(
        wish,
        {.command_id = own, .timeout = std::chrono::milliseconds{500}},
        [this, &me, account, wish, id, own, then](const outcome<bank::account>& what) {
          if (const auto* receipt = what.accepted()) {
            note(own, *receipt);
            return then(true);
          }
          if (what.rejected() || !how_.insists) return then(false);
          me.after(std::chrono::milliseconds{5},
                   [this, &me, account, wish, id, then] { ask(me, account, wish, id, then); });
        });
  }

  void note(const std::string& id, const receipt& what) {
    const auto [known, is_new] = accepted.emplace(id, what);
    world.expect(is_new || known->second.version == what.version,
                 "a repeat of " + id + " got another version");
  }

  bool open_accounts(testing::simulated_client& me) {
    const std::string account = accounts[opening_];
    ask(me, account, bank::open{account}, "open-" + account, [this, &me, account](bool) {
      ask(me, account, bank::deposit{cents_each}, "first-" + account, [this](bool) { ++opened_; });
    });
    return ++opening_ < accounts.size();
  }
  std::size_t opening_ = 0;

  void transfer(testing::simulated_client& me, unsigned number) {
    const std::string from = accounts[me.random().below(accounts.size())];
    const std::string to = accounts[me.random().below(accounts.size())];
    if (from == to) return;
    const std::int64_t cents = me.random().between(1, 700);
    const std::string id = "transfer-" + std::to_string(me.number()) + "-" + std::to_string(number);
    if (how_.is_atomic) return transfer_at_once(me, from, to, cents, id);
    ask(me, from, bank::withdraw{cents}, id + "-out", [=, this, &me](bool was_taken) {
      if (!was_taken) return;
      ask(me, to, bank::deposit{cents}, id + "-in", [](bool) {});
    });
  }

  void transfer_at_once(testing::simulated_client& me,
                        const std::string& from,
                        const std::string& to,
                        std::int64_t cents,
                        const std::string& id) {
    std::vector<atomic_part> parts;
    parts.push_back(me.aggregate<bank::account>(from).part(bank::withdraw{cents}));
    parts.push_back(me.aggregate<bank::account>(to).part(bank::deposit{cents}));
    me.ask_atomically(
        {.command_id = id}, std::move(parts), [=, this, &me](const atomic_outcome& what) {
          if (what.accepted() || what.rejected()) return;
          me.after(std::chrono::milliseconds{5},
                   [=, this, &me] { transfer_at_once(me, from, to, cents, id); });
        });
  }

  /// At any time. Money that has been taken and not yet brought is nowhere.
  static std::string what_is_wrong(runtime& app) {
    std::int64_t sum = 0;
    for (const char* one : accounts) {
      const auto found = app.aggregate<bank::account>(one).state();
      if (!found) return "a state cannot be read: " + describe(found.error());
      if (found->state.balance_cents < 0) return std::string{one} + " has less than nothing";
      sum += found->state.balance_cents;
    }
    return sum > cents_in_all ? "money was made: " + std::to_string(sum) : std::string{};
  }

  void check_events() {
    const auto events = world.events();
    if (!events) return world.fail("the log cannot be read: " + describe(events.error()));
    std::map<std::string, std::uint64_t> versions;
    std::map<std::string, std::uint64_t> by_command;
    for (const auto& one : *events) {
      const std::uint64_t expected = ++versions[one.aggregate_id];
      world.expect(one.version.value == expected, one.describe() + " is out of order");
      const std::uint64_t times = ++by_command[one.command_id];
      world.expect(how_.is_atomic || times == 1, one.command_id + " took effect twice");
      const auto heard = accepted.find(one.command_id);
      world.expect(heard == accepted.end() || heard->second.version == one.version,
                   one.command_id + " is at another version than was said");
    }
    for (const auto& [id, receipt] : accepted)
      world.expect(by_command.contains(id), id + " was accepted and is lost");
    std::int64_t sum = 0;
    for (const char* account : accounts)
      sum += world.app().aggregate<bank::account>(account).state()->state.balance_cents;
    world.expect(sum == cents_in_all, "there are " + std::to_string(sum) + " cents in the end");
  }

  void check_read_models() {
    const auto all = world.app().read<holdings>({.caught_up = true}).ask(holdings::all{});
    const auto count = world.app().read<event_count>({.caught_up = true}).ask(event_count::all{});
    if (!all || !count) return world.fail("a read model does not answer");
    std::map<std::string, std::int64_t> folded;
    const auto events = world.events();
    for (const auto& one : *events) {
      std::int64_t& held = folded[one.aggregate_id];
      if (const auto in = one.as<bank::deposited>()) held += in->cents;
      if (const auto out = one.as<bank::withdrawn>()) held -= out->cents;
    }
    world.expect(*all == folded, "the read model is not what the log says");
    world.expect(*count == events->size(), "the read model has not counted each event once");
  }
};

/// All kinds of trouble, more than any machine has.
[[nodiscard]] inline testing::simulation_options troubled() {
  return {.fail_writes = 0.03,
          .uncertain_writes = 0.01,
          .crash_writes = 0.01,
          .crashes = 0.002,
          .lose_messages = 0.03};
}

}  // namespace cairn::tests
