#include "quick_strand.hpp"

#include "cairn/detail/caller_runs.hpp"

#include <mutex>
#include <utility>

namespace cairn::actors {
namespace {

/// Lives on while a thread has left it for itself to run.
class quick_runs final : public detail::caller_runs::task {
 public:
  explicit quick_runs(std::function<void()> run) : run_(std::move(run)) {}

  void begin(executor& where) {
    inner_ = where.attach(executor::kind::short_runs, [this] {
      const std::lock_guard lock{running_};
      run_();
    });
  }

  void wake() { inner_->wake(); }
  void wake_after(std::chrono::nanoseconds delay) { inner_->wake_after(delay); }

  void run_here() override {
    {
      const std::unique_lock lock{running_, std::try_to_lock};
      if (lock) {
        if (!stopped_) run_();
        return;
      }
    }
    // Whoever runs it may have been past what it is woken for.
    const std::lock_guard lock{ending_};
    if (inner_) inner_->wake();
  }

  void stop() {
    inner_->stop();
    const std::lock_guard lock{running_};
    stopped_ = true;
  }
  /// The executor may be gone after this.
  void end() {
    stop();
    const std::lock_guard lock{ending_};
    inner_.reset();
  }

 private:
  std::function<void()> run_;
  std::mutex running_;
  std::mutex ending_;
  bool stopped_ = false;
  std::unique_ptr<strand> inner_;
};

class quick_strand final : public strand {
 public:
  quick_strand(executor& where, std::function<void()> run)
      : runs_(std::make_shared<quick_runs>(std::move(run))) {
    runs_->begin(where);
  }
  ~quick_strand() override { runs_->end(); }

  void wake() override {
    if (!detail::caller_runs::take(runs_)) runs_->wake();
  }
  void wake_after(std::chrono::nanoseconds delay) override { runs_->wake_after(delay); }
  void stop() override { runs_->stop(); }

 private:
  std::shared_ptr<quick_runs> runs_;
};

}  // namespace

std::unique_ptr<strand> make_quick_strand(executor& where, std::function<void()> run) {
  return std::make_unique<quick_strand>(where, std::move(run));
}

}  // namespace cairn::actors
