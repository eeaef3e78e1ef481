#pragma once

#include "hosts/replacement.hpp"
#include "hosts/slot.hpp"
#include "hosts/slot_list.hpp"
#include "hosts/slot_map.hpp"

#include "cairn/actors/atomic_commit.hpp"
#include "cairn/actors/host.hpp"
#include "cairn/actors/stream_wish.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::actors {

/// The inside of a host; see there. Split over host_body.cpp (what comes in, what goes to sleep),
/// host_wake.cpp (waking, and what cannot be woken), host_decide.cpp (one command on one
/// aggregate), host_replies.cpp (what it replies), host_again.cpp (what a failed group takes back)
/// and host_loans.cpp (atomic commits and stream notes).
class host::body final : public detail::command_home {
 public:
  body(surroundings around, host_options settings);
  body(const body&) = delete;
  body& operator=(const body&) = delete;
  ~body();

  void decide_again(detail::command_message& wish) noexcept override;

  void attach(executor& where);
  void detach();
  void abandon();
  void send(detail::command_message* newest, detail::command_message* oldest);
  void take_back(std::unique_ptr<loan> what);
  [[nodiscard]] std::vector<aside_aggregate> aside() const;
  [[nodiscard]] std::uint32_t number() const noexcept { return around_.number; }
  [[nodiscard]] const host_counters& counters() const noexcept { return counters_; }

 private:
  using message = detail::command_message;
  using steady_time = message::steady_time;

  /// What finds a slot again, or that it is gone.
  struct slot_key {
    std::string id;
    std::uint64_t hash = 0;
  };

  /// What comes back for an aggregate: its state, or (without a result) the news that its state may
  /// be read again, since nothing of it is on its way to the disk any more.
  struct wake_result {
    slot_key key;
    std::unique_ptr<result<recovered>> what;
    wake_result* next = nullptr;
  };
  class reload_when_durable;

  // Called by the strand.
  void run();
  void take_wake_results();
  void take_loans();
  void take_commands();
  void receive(message& wish);
  [[nodiscard]] slot& slot_of(const message& wish);
  void put_to_sleep();
  void sleep(slot& one);
  void expire();
  void make_room();
  void sleep_idle();
  [[nodiscard]] bool may_sleep(const slot& one) const noexcept;
  [[nodiscard]] rest rest_of(const slot& one) const noexcept;
  [[nodiscard]] bool too_many() const noexcept;
  [[nodiscard]] bool has_room() const noexcept;
  void erase(slot& one);
  [[nodiscard]] static mailbox take_all_waiting(slot& one) noexcept;
  void see_index();

  // Deciding again.
  void see_failures();
  void take_back(slot& at, std::uint64_t durable);
  void take_in_again(message* oldest);

  // Waking.
  void wake(const slot& at);
  void reload(slot& at);
  void wake_when_durable(slot& at);
  void install(slot& at, result<recovered>& what);
  void adopt(slot& at, recovered& what);
  void fail_wake(slot& at, const error& why);
  void retry_wakes();
  void put_aside(slot& at, const error& why, steady_time until);
  void leave_aside(slot& at);
  [[nodiscard]] error why_aside(const slot& at) const;
  void wake_for_notes(slot& at, message& wish);
  void take_notes(slot& at, result<recovered>& what);
  /// True: the message was answered, or waits.
  [[nodiscard]] bool turned_away(slot& at, message& wish);
  void post_wake_result(const slot_key& key, std::unique_ptr<result<recovered>> what);

  // One command.
  void handle(slot& at, message& wish);
  void drain_mailbox(slot& at);
  void execute(slot& at, message& wish);
  [[nodiscard]] result<std::shared_ptr<detail::remembered_outcome>> find_outcome(
      slot& at, const std::string& command_id);
  [[nodiscard]] bool answered_from_memory(slot& at, message& wish);
  void decide(slot& at, message& wish);
  void accept(slot& at, message& wish, detail::decided&& made);
  void reject(slot& at, message& wish, std::int64_t why);
  void stash(slot& at, message& wish);
  void unstash_if_wanted(slot& at);
  static void take_stash_out(slot& at);
  /// @param reply what a repeat is given, as it is stored
  void remember(slot& at, message& wish, bool rejected, std::int64_t why, byte_view reply = {});
  void snapshot_if_due(slot& at);
  void weigh(slot& at, std::size_t told);
  void count_unanswered(slot& at);
  /// Answers once nothing that the answer rests on can be lost any more.
  void answer_when_safe(slot& at, message& wish);
  void answer_now(message& wish);

  // Replies.
  /// False: it cannot be made or stored, and the command was answered.
  [[nodiscard]] bool make_reply(slot& at, message& wish);
  /// Gives a repeat the reply of the first one; otherwise why it cannot be told.
  [[nodiscard]] result<void> reply_again(const slot& at,
                                         message& wish,
                                         const detail::remembered_outcome& original) const;

  // Loans and notes.
  void hold(slot& at, hold_message& wish);
  void settle(loan& back);
  void note(slot& at, stream_wish& wish);

  [[nodiscard]] persistence::burst& burst();
  void submit_burst();
  void submit_large_burst();
  [[nodiscard]] std::string name_of(const slot& one) const;
  void tell(log_level level, const std::string& text) const;
  [[nodiscard]] std::uint64_t durable_burst() const noexcept {
    return origin_.durable_up_to.load(std::memory_order_acquire);
  }

  surroundings around_;
  host_options settings_;
  std::string name_;
  std::unique_ptr<strand> strand_;
  std::shared_ptr<void> clock_moved_;
  detail::mpsc_queue<message> inbox_;
  detail::mpsc_queue<wake_result> wake_results_;
  detail::mpsc_queue<loan> loans_;
  /// Those whose decisions were taken back, in the order in which they were decided.
  detail::mpsc_queue<message> taken_back_;
  message* backlog_ = nullptr;
  std::uint64_t arrivals_ = 0;
  /// Aggregates whose waking failed, and when it is tried again.
  std::vector<std::pair<steady_time, slot_key>> retries_;

  slot_map slots_;
  use_order order_;
  std::unique_ptr<replacement> replacement_;
  /// Asked once: every command would have to ask.
  const bool replacement_listens_;
  /// When idle aggregates are looked for next.
  steady_time next_check_;
  /// Commands may be waiting in a mailbox or a stash, with deadlines.
  bool some_wait_ = false;
  /// Aggregates that are to sleep as soon as they may.
  std::vector<slot_key> sleepy_;
  std::uint64_t bytes_ = 0;
  /// Of how many those are.
  std::size_t weighed_ = 0;
  mutable std::mutex aside_mutex_;
  std::map<std::string, error> aside_;

  persistence::burst::origin origin_;
  std::unique_ptr<persistence::burst> burst_;
  std::uint64_t next_burst_ = 1;
  std::uint64_t era_ = 0;
  /// Asked once: every command would have to ask.
  const bool tags_events_;
  /// The newest burst whose commits the index has, and how that is found out: once the index has
  /// `awaited_blocks_`, it has `awaited_burst_`.
  std::uint64_t indexed_burst_ = 0;
  std::uint64_t awaited_burst_ = 0;
  std::uint64_t awaited_blocks_ = 0;

  /// The reply to the command that is being decided, as it is stored.
  byte_buffer stored_reply_;

  // Of the present run.
  steady_time now_;
  timestamp wall_;

  host_counters counters_;
};

}  // namespace cairn::actors
