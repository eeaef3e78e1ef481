#include "read_models/model_parts.hpp"

#include "wake_times.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

/// Of two checkpoints, what both show.
void keep_least(std::vector<position>& least, const std::vector<position>& other) {
  for (std::size_t i = 0; i < least.size(); ++i)
    least[i].offset = std::min(least[i].offset, other[i].offset);
}

/// The one that somebody should look after first.
read_model_status::phase worse_of(read_model_status::phase one, read_model_status::phase other) {
  using phase = read_model_status::phase;
  for (const phase worst : {phase::stopped, phase::paused, phase::rebuilding}) {
    if (one == worst || other == worst) return worst;
  }
  return phase::running;
}

void join(rebuild_status& into, const rebuild_status& other) {
  using phase = rebuild_status::phase;
  for (const phase worst : {phase::taking_over, phase::applying, phase::paused, phase::stopped}) {
    if (other.now == worst || into.now == worst) into.now = worst;
  }
  keep_least(into.checkpoints, other.checkpoints);
  into.events_behind = std::max(into.events_behind, other.events_behind);
  into.time_behind = std::max(into.time_behind, other.time_behind);
  into.events_applied += other.events_applied;
  into.events_skipped += other.events_skipped;
  into.events_parked += other.events_parked;
  if (!into.stopped_on) into.stopped_on = other.stopped_on;
  if (!into.last_error) into.last_error = other.last_error;
}

void join(read_model_status& into, const read_model_status& other) {
  into.now = worse_of(into.now, other.now);
  into.version = std::min(into.version, other.version);
  keep_least(into.checkpoints, other.checkpoints);
  into.events_behind = std::max(into.events_behind, other.events_behind);
  into.time_behind = std::max(into.time_behind, other.time_behind);
  into.events_applied += other.events_applied;
  into.events_skipped += other.events_skipped;
  into.events_parked += other.events_parked;
  into.keys_parked += other.keys_parked;
  into.restarts += other.restarts;
  if (!into.stopped_on) into.stopped_on = other.stopped_on;
  if (!into.last_error) into.last_error = other.last_error;
  if (into.rebuild && other.rebuild) join(*into.rebuild, *other.rebuild);
  if (!into.rebuild) into.rebuild = other.rebuild;
}

}  // namespace

model_parts::model_parts(const detail::read_model_type& type, std::uint32_t count)
    : type_(type), count_(count) {
  CAIRN_ASSERT(count > 1 && slice_count % count == 0);
}

model_parts::~model_parts() = default;

result<void> model_parts::open(const std::vector<persistence::journal*>& journals,
                               const shelf_source& shelves,
                               const clock& time,
                               options settings) {
  settings.face = this;
  const auto width = static_cast<std::uint16_t>(slice_count / count_);
  for (std::uint32_t i = 0; i < count_; ++i) {
    const auto first = static_cast<std::uint16_t>(i * width);
    const slice_range slices{first, static_cast<std::uint16_t>(first + width - 1)};
    const std::string number = std::to_string(i);
    const std::string count = std::to_string(count_);
    part made;
    made.type = std::make_unique<sliced_type>(
        type_, slices, std::string{type_.name()} + ", part " + number + " of " + count);
    // No name of a read model has a '/'.
    auto shelf = shelves(std::string{type_.name()} + "/" + count + "/" + number);
    auto opened =
        make_rebuildable_read_model(*made.type, journals, std::move(shelf), time, settings);
    if (!opened) return opened.error();
    made.runner = *std::move(opened);
    parts_.push_back(std::move(made));
  }
  return {};
}

result<void> model_parts::start(executor& on) {
  return for_each([&on](read_model_runner& one) { return one.start(on); });
}

void model_parts::hint() noexcept {
  for (const part& one : parts_)
    one.runner->hint();
}

void model_parts::stop() {
  for (const part& one : parts_)
    one.runner->stop();
}

template <class Call> result<void> model_parts::for_each(const Call& call) {
  for (const part& one : parts_) {
    if (auto done = call(*one.runner); !done) return done;
  }
  return {};
}

result<void> model_parts::wait_for(const detail::picture_demand& demand) {
  if (demand.part) return parts_.at(*demand.part).runner->wait_for(demand);
  const auto deadline = due_in(std::max(demand.timeout, std::chrono::nanoseconds::zero()));
  detail::picture_demand left = demand;
  return for_each([&](read_model_runner& one) {
    auto done = one.wait_for(left);
    left.timeout = deadline - std::chrono::steady_clock::now();
    return done;
  });
}

result<void> model_parts::look(const detail::picture_visit& who) const {
  return parts_.at(who.part).runner->look(who);
}

result<std::shared_ptr<detail::watcher>> model_parts::watch(
    detail::watcher::options /*wish*/, const std::function<void(const void*)>& /*look*/) {
  return error{error::code::bad_input,
               "read model " + std::string{type_.name()} + " is kept in " + std::to_string(count_) +
                   " parts, whose updates have no order in common: it cannot be watched"};
}

std::uint64_t model_parts::when_shown(position at,
                                      std::function<void(const std::optional<error>&)> told) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    number = ++last_;
    waiting_.emplace(
        number,
        waiting{std::move(told), parts_.size(), {}, std::vector<std::uint64_t>(parts_.size())});
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::uint64_t ticket = parts_[i].runner->when_shown(
        at, [this, number, i](const auto& refused) { on_shown(number, i, refused); });
    const std::lock_guard lock{mutex_};
    const auto found = waiting_.find(number);
    if (found != waiting_.end()) found->second.tickets[i] = ticket;
  }
  const std::lock_guard lock{mutex_};
  return waiting_.contains(number) ? number : 0;
}

void model_parts::on_shown(std::uint64_t number,
                           std::size_t which,
                           const std::optional<error>& refused) {
  waiting done;
  {
    const std::lock_guard lock{mutex_};
    const auto found = waiting_.find(number);
    if (found == waiting_.end()) return;
    waiting& one = found->second;
    one.tickets[which] = 0;
    if (!one.refused) one.refused = refused;
    if (--one.left > 0) return;
    done = std::move(one);
    waiting_.erase(found);
  }
  done.told(done.refused);
}

void model_parts::forget(position at, std::uint64_t ticket) {
  waiting gone;
  {
    const std::lock_guard lock{mutex_};
    const auto found = waiting_.find(ticket);
    if (found == waiting_.end()) return;
    gone = std::move(found->second);
    waiting_.erase(found);
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (gone.tickets[i] != 0) parts_[i].runner->forget(at, gone.tickets[i]);
  }
}

std::vector<position> model_parts::checkpoints() const {
  std::vector<position> least = parts_.front().runner->checkpoints();
  for (const part& one : parts_)
    keep_least(least, one.runner->checkpoints());
  return least;
}

read_model_status model_parts::status() const {
  read_model_status all;
  std::vector<read_model_status> of_parts;
  for (const part& one : parts_) {
    of_parts.push_back(one.runner->status());
    if (of_parts.size() == 1) {
      all = of_parts.front();
    } else {
      join(all, of_parts.back());
    }
  }
  all.name = type_.name();
  all.parts = std::move(of_parts);
  return all;
}

result<std::unique_ptr<read_model_runner>> make_read_model_in_parts(
    const detail::read_model_type& type,
    std::uint32_t count,
    const std::vector<persistence::journal*>& journals,
    const shelf_source& shelves,
    const clock& time,
    const read_model_runner::options& settings) {
  auto made = std::make_unique<model_parts>(type, count);
  if (auto opened = made->open(journals, shelves, time, settings); !opened) {
    return opened.error();
  }
  return std::unique_ptr<read_model_runner>{std::move(made)};
}

}  // namespace cairn::actors
