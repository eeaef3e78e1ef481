#include "simulation/scheduler.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace cairn::testing {
namespace {

// Time goes by although something is due: once in so many steps, and not further than this. A
// strand that has to wait while time passes is a thread that was not given a processor.
constexpr double hurries = 1.0 / 16;
constexpr std::chrono::milliseconds hurries_at_most{20};

}  // namespace

class scheduler::stepped_strand final : public actors::strand {
 public:
  stepped_strand(scheduler& of, std::uint64_t number, std::string name, std::function<void()> run)
      : of_(of),
        number_(number),
        name_(std::move(name)),
        is_writer_(name_.starts_with("writer ")),
        run_(std::move(run)) {}
  ~stepped_strand() override { stop(); }

  void wake() override {
    if (!stopped_) of_.wake(*this);
  }
  void wake_after(std::chrono::nanoseconds delay) override {
    if (!stopped_) of_.wake_after(*this, delay);
  }
  void stop() override {
    CAIRN_ASSERT(!running_);
    stopped_ = true;
    of_.forget(*this);
  }

 private:
  friend scheduler;

  scheduler& of_;
  std::uint64_t number_;
  std::string name_;
  bool is_writer_;
  std::function<void()> run_;
  bool running_ = false;
  bool stopped_ = false;
  /// Its disk lets it wait: it has been woken, and will be due.
  bool put_off_ = false;
};

class scheduler::stepped_executor final : public actors::executor {
 public:
  stepped_executor(scheduler& of, runner by) : of_(of), by_(std::move(by)) {}

  std::unique_ptr<actors::strand> attach(kind /*how*/, std::function<void()> run) override {
    const std::uint64_t number = of_.strands_made_++;
    return std::make_unique<stepped_strand>(
        of_, number, next_name_ + " #" + std::to_string(number), std::move(run));
  }
  void call_next(std::string_view name) override { next_name_ = name; }
  bool run_until(const std::function<bool()>& holds, std::chrono::nanoseconds longest) override {
    by_(holds, longest);
    return true;
  }

 private:
  scheduler& of_;
  runner by_;
  std::string next_name_ = "strand";
};

scheduler::scheduler(std::uint64_t seed, trace& to, nanoseconds disk_delay_max)
    : trace_(to), random_(seed), disk_delay_max_(disk_delay_max) {}

scheduler::~scheduler() = default;

std::unique_ptr<actors::executor> scheduler::make_executor(runner by) {
  return std::make_unique<stepped_executor>(*this, std::move(by));
}

void scheduler::after(nanoseconds delay, std::function<void()> what) {
  CAIRN_ASSERT(delay >= nanoseconds::zero());
  constexpr std::chrono::hours longest{24 * 365};
  const auto when = now_ + std::min<nanoseconds>(delay, longest);
  events_.emplace(std::pair{when, events_made_++}, event{nullptr, std::move(what)});
}

void scheduler::wake(stepped_strand& one) {
  if (one.put_off_ || due_.contains(one.number_)) return;
  const auto delay = one.is_writer_ ? random_.up_to(disk_delay_max_) : nanoseconds::zero();
  if (delay == nanoseconds::zero()) {
    due_.emplace(one.number_, &one);
    return;
  }
  one.put_off_ = true;
  wake_after(one, delay);
}

void scheduler::wake_after(stepped_strand& one, nanoseconds delay) {
  constexpr std::chrono::hours longest{24 * 365};
  const auto bounded = std::clamp<nanoseconds>(delay, nanoseconds::zero(), longest);
  events_.emplace(std::pair{now_ + bounded, events_made_++}, event{&one, {}});
}

void scheduler::forget(stepped_strand& one) {
  due_.erase(one.number_);
  std::erase_if(events_, [&one](const auto& entry) { return entry.second.strand == &one; });
}

bool scheduler::step() {
  for (;;) {
    if (due_.empty() && events_.empty()) return false;
    if (strand_goes_first()) {
      run_strand();
      return true;
    }
    if (run_event()) return true;
  }
}

bool scheduler::strand_goes_first() {
  if (due_.empty()) return false;
  if (events_.empty()) return true;
  const nanoseconds next = events_.begin()->first.first;
  // What is due now and what is to happen now are equals.
  if (next <= now_) return random_.chance(0.5);
  return next > now_ + hurries_at_most || !random_.chance(hurries);
}

void scheduler::run_strand() {
  const auto chosen =
      std::next(due_.begin(), static_cast<std::ptrdiff_t>(random_.below(due_.size())));
  stepped_strand& one = *chosen->second;
  due_.erase(chosen);
  trace_.add(now_, one.name_);
  one.running_ = true;
  one.run_();
  one.running_ = false;
}

bool scheduler::run_event() {
  const auto first = events_.begin();
  now_ = std::max(now_, first->first.first);
  event next = std::move(first->second);
  events_.erase(first);
  if (next.strand != nullptr) {
    next.strand->put_off_ = false;
    due_.emplace(next.strand->number_, next.strand);
    return false;
  }
  next.what();
  return true;
}

}  // namespace cairn::testing
