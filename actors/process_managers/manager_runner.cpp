#include "process_managers/manager_runner.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/hidden_tables.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

/// So often a full disk's cousins are tried again before the manager stops.
constexpr unsigned storage_repeats_max = 3;
/// While timers are due and the journal is being folded.
constexpr std::chrono::milliseconds fold_poll{5};
/// The machine's time of day may be set forward: a timer is not missed for longer than this.
constexpr std::chrono::minutes longest_wait{1};

bool is_nothing(const persistence::checkpoint_list& reached) {
  return std::all_of(
      reached.begin(), reached.end(), [](std::uint64_t offset) { return offset == 0; });
}

}  // namespace

manager_runner::manager_runner(const detail::process_manager_type& type,
                               std::vector<persistence::journal*> journals,
                               std::shared_ptr<persistence::view> view,
                               const clock& time,
                               sender send,
                               options settings)
    : type_(type),
      journals_(std::move(journals)),
      time_(time),
      send_(std::move(send)),
      settings_(std::move(settings)),
      timer_time_(settings_.user.timers_by ? *settings_.user.timers_by : time),
      model_(type,
             {settings_.user,
              settings_.log,
              [this] {
                return halted();
              }}),
      view_(std::make_shared<committed_view>(std::move(view),
                                             [this] {
                                               changed_.store(true);
                                               box_->wake();
                                             })),
      // No lingering: what is folded may lead to a command that somebody waits for.
      feed_(make_read_model_runner(model_,
                                   journals_,
                                   view_,
                                   time_,
                                   {.batch_events = settings_.batch_events,
                                    .linger = std::chrono::nanoseconds::zero(),
                                    .snapshot_every = 0,
                                    .retry_delay = settings_.user.retry_delay,
                                    .log = settings_.log})),
      steps_(type) {}

manager_runner::~manager_runner() {
  end(false);
}

result<void> manager_runner::start(executor& on) {
  CAIRN_ASSERT(strand_ == nullptr);
  if (settings_.user.start_from == process_manager_options::origin::now) {
    if (auto begun = begin_now(); !begun) return begun;
  }
  runs_on_ = &on;
  strand_ = on.attach(executor::kind::may_block, [this] { run(); });
  box_->open(*strand_);
  clock_moved_ = time_.when_moved([this] { box_->wake(); });
  if (&timer_time_ != &time_) {
    timer_clock_moved_ = timer_time_.when_moved([this] { box_->wake(); });
  }
  if (auto started = feed_->start(on); !started) return started;
  strand_->wake();
  return {};
}

/// Stores that everything which is durable by now has been folded, for a manager that has nothing.
result<void> manager_runner::begin_now() {
  const auto reached = view_->checkpoints();
  if (!reached && reached.error().what != error::code::corrupt) return reached.error();
  if (reached && !is_nothing(*reached)) return {};
  if (!reached) {
    if (auto cleared = view_->clear(); !cleared) return cleared;
  }
  persistence::checkpoint_list here;
  for (const persistence::journal* journal : journals_)
    here.push_back(journal->durable_offset());
  auto batch = view_->begin();
  if (!batch) return batch.error();
  return (*batch)->commit(here);
}

void manager_runner::stop() {
  end(true);
  if (view_ == nullptr) return;
  // What has been answered need not be sent again.
  box_->take(answers_);
  storage_retry_at_ = {};
  if (!answers_.empty() && !halted()) step_batch(false);
  view_.reset();
}

void manager_runner::end(bool save) {
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    settled_changed_.notify_all();
  }
  // First, since it answers those inside the gate who wait for it, and wakes the strand.
  if (save) feed_->stop();
  gate_.close();
  clock_moved_.reset();
  timer_clock_moved_.reset();
  box_->close();
  if (strand_) strand_->stop();
  strand_.reset();
}

void manager_runner::run() {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    number = ++begun_;
  }
  box_->take(answers_);
  if (!halted()) work();
  if (halted() || !is_settled()) return;
  const std::lock_guard lock{mutex_};
  settled_ = number;
  settled_changed_.notify_all();
}

void manager_runner::work() {
  if (time_.steady() >= storage_retry_at_ && look()) {
    const bool fire = timers_may_fire();
    if (fire || has_answer_due(time_.steady()) || !caught_up_at_start_) {
      step_batch(fire);
      if (halted()) return;
      if (time_.steady() >= storage_retry_at_ && !look()) return plan();
    }
    send_ready();
  }
  plan();
}

/// Reads what has been stored since the last look: commands, and when the next timer is due. False
/// when that is not possible at present.
bool manager_runner::look() {
  const bool has_room = window_.size() <= settings_.user.commands_loaded_max / 2;
  if (!changed_.exchange(false) && !(more_to_load_ && has_room)) return true;
  const auto reader = view_->read();
  if (!reader) {
    changed_ = true;
    on_storage_failure(reader.error());
    return false;
  }
  detail::table_store& store = (*reader)->tables();
  steps_.begin(store);
  next_due_.reset();
  steps_.tables().timers.each([this](const timer_key& key, const timer_row& /*row*/) {
    next_due_ = std::get<0>(key);
    return false;
  });
  more_to_load_ = false;
  steps_.tables().queue.each_from(
      window_.newest() + 1, [this](std::uint64_t number, const std::string& instance) {
        more_to_load_ = window_.size() >= settings_.user.commands_loaded_max;
        if (!more_to_load_) window_.add(instance, number);
        return !more_to_load_;
      });
  steps_.end();
  if (!store.failed()) return true;
  changed_ = true;
  on_storage_failure(*store.failure());
  return false;
}

void manager_runner::plan() {
  const time_point now = time_.steady();
  std::optional<time_point> next = window_.next_time();
  const auto also = [&next](time_point when) {
    if (!next || when < *next) next = when;
  };
  if (storage_retry_at_ > now) also(storage_retry_at_);
  for (const command_answer& one : answers_)
    also(std::max(one.retry_at, storage_retry_at_));
  if (next_due_) {
    const timestamp today = timer_time_.now();
    if (*next_due_ > today) {
      // So that no difference is taken that a timestamp cannot hold.
      const bool is_near = today > timestamp::max() - longest_wait;
      const timestamp latest = is_near ? timestamp::max() : today + longest_wait;
      also(now + (std::min(*next_due_, latest) - today));
    } else if (timers_held_until_ > now) {
      also(timers_held_until_);
    } else {
      // Not by set_timer, which goes by a clock that may stand still.
      strand_->wake_after(fold_poll);
    }
  }
  if (next) set_timer(*next, now);
  if (window_.has_ready() && window_.in_flight() < settings_.user.commands_in_flight_max) {
    strand_->wake();
  }
}

void manager_runner::set_timer(time_point when, time_point now) {
  // As in the runner of a read model: an earlier one comes first and sets the next.
  if (now + std::chrono::milliseconds{1} < timer_at_ && timer_at_ <= when) return;
  timer_at_ = when;
  strand_->wake_after(std::max<std::chrono::nanoseconds>(when - now, fold_poll / 5));
}

bool manager_runner::is_settled() const {
  return window_.size() == 0 && answers_.empty() && !more_to_load_ && box_->empty() &&
         !changed_.load() && !(next_due_ && *next_due_ <= timer_time_.now());
}

void manager_runner::halt(error why) {
  log(log_level::error, "has stopped: " + describe(why));
  const std::lock_guard lock{mutex_};
  halted_ = error{why.what, label() + ": " + why.detail};
  settled_changed_.notify_all();
}

std::optional<error> manager_runner::halted() const {
  const std::lock_guard lock{mutex_};
  return halted_;
}

void manager_runner::on_storage_failure(const error& why) {
  ++storage_attempts_;
  if (why.what != error::code::store_full && storage_attempts_ > storage_repeats_max) {
    return halt(why);
  }
  if (storage_attempts_ == 1) {
    log(log_level::warning, "cannot store, will try again: " + describe(why));
  }
  storage_retry_at_ = time_.steady() + delay_after(storage_attempts_);
}

std::chrono::nanoseconds manager_runner::delay_after(unsigned attempts) const {
  const std::chrono::nanoseconds longest = settings_.user.redeliver_max;
  std::chrono::nanoseconds delay = settings_.user.retry_delay;
  for (unsigned i = 1; i < attempts && delay < longest; ++i)
    delay *= 2;
  return std::min(delay, longest);
}

std::vector<std::string> process_manager_tables() {
  std::vector<std::string> names = detail::table_names<manager_tables>();
  detail::add_hidden_tables(names);
  return names;
}

std::unique_ptr<process_manager_runner> make_process_manager_runner(
    const detail::process_manager_type& type,
    std::vector<persistence::journal*> journals,
    std::shared_ptr<persistence::view> view,
    const clock& time,
    process_manager_runner::sender send,
    process_manager_runner::options settings) {
  return std::make_unique<manager_runner>(
      type, std::move(journals), std::move(view), time, std::move(send), std::move(settings));
}

}  // namespace cairn::actors
