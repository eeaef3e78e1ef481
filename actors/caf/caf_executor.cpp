#include "cairn/actors/executor.hpp"

// The only file that knows CAF, so that a later CAF can replace it here alone.
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/logger.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <utility>

namespace cairn::actors {
namespace {

using wake_atom = caf::atom_constant<caf::atom("wake")>;

/// Shared by a strand and its actor: the actor may live a little longer.
struct shared_state {
  std::function<void()> run;
  /// A wake message is in the mailbox and has not been handled.
  std::atomic<bool> due{false};
  std::promise<void> over;
};

class strand_actor final : public caf::event_based_actor {
 public:
  strand_actor(caf::actor_config& settings, std::shared_ptr<shared_state> state)
      : caf::event_based_actor(settings), state_(std::move(state)) {}

  caf::behavior make_behavior() override {
    return {[this](wake_atom) {
      // Before the run: whoever wakes during it must be heard again. An exchange, so that the run
      // sees what those did who found the flag set and sent nothing.
      state_->due.exchange(false);
      state_->run();
    }};
  }

  void on_exit() override { state_->over.set_value(); }

 private:
  std::shared_ptr<shared_state> state_;
};

class caf_strand final : public strand {
 public:
  caf_strand(std::shared_ptr<shared_state> state, caf::actor actor)
      : state_(std::move(state)), actor_(std::move(actor)) {}
  ~caf_strand() override { caf_strand::stop(); }

  void wake() override {
    if (!state_->due.exchange(true)) caf::anon_send(actor_, wake_atom::value);
  }

  void wake_after(std::chrono::nanoseconds delay) override {
    // CAF adds the delay to the present time without a look at the end of the clock.
    constexpr std::chrono::hours longest{24 * 365};
    const auto bounded = std::min<std::chrono::nanoseconds>(delay, longest);
    caf::delayed_anon_send(actor_, bounded, wake_atom::value);
  }

  void stop() override {
    const std::lock_guard lock{stopping_};
    if (stopped_) return;
    stopped_ = true;
    caf::anon_send_exit(actor_, caf::exit_reason::kill);
    state_->over.get_future().wait();
  }

 private:
  std::shared_ptr<shared_state> state_;
  caf::actor actor_;
  std::mutex stopping_;
  bool stopped_ = false;
};

/// CAF leaves its logger in the thread that makes a system or spawns an actor, and the end of the
/// system waits until no thread has it: for ever, when it is another thread that ends the system.
void leave_no_logger_here() {
  caf::logger::set_current_actor_system(nullptr);
}

/// CAF is set up from here alone: a guest reads no files and no arguments of its host.
struct system_settings : caf::actor_system_config {
  explicit system_settings(unsigned workers) {
    // The default, work stealing, degrades many times over with many runnable actors and adds 100
    // us to a message when idle.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", static_cast<std::size_t>(workers));
    // An actor that always has messages must not keep its thread for good.
    set("scheduler.max-throughput", std::size_t{300});
    set("logger.verbosity", caf::atom("quiet"));
  }
};

class caf_executor final : public executor {
 public:
  explicit caf_executor(unsigned workers) : settings_(workers), system_(settings_) {
    leave_no_logger_here();
  }

  std::unique_ptr<strand> attach(kind how, std::function<void()> run) override {
    auto state = std::make_shared<shared_state>();
    state->run = std::move(run);
    caf::actor actor = how == kind::may_block ? system_.spawn<strand_actor, caf::detached>(state)
                                              : system_.spawn<strand_actor>(state);
    leave_no_logger_here();
    return std::make_unique<caf_strand>(std::move(state), std::move(actor));
  }

 private:
  system_settings settings_;
  caf::actor_system system_;
};

}  // namespace

std::unique_ptr<executor> make_caf_executor(unsigned workers) {
  return std::make_unique<caf_executor>(workers);
}

}  // namespace cairn::actors
