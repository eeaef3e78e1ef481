#pragma once

#include "cairn/bytes.hpp"
#include "cairn/decision.hpp"
#include "cairn/detail/admission.hpp"
#include "cairn/detail/commit_reply.hpp"
#include "cairn/detail/erased_aggregate.hpp"
#include "cairn/event_pattern.hpp"
#include "cairn/ids.hpp"
#include "cairn/late_model.hpp"
#include "cairn/metadata.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn::detail {

/// What a command came to, without the types of its aggregate.
struct erased_outcome {
  enum class kind : std::uint8_t { accepted, rejected, failed };
  kind what = kind::failed;
  cairn::receipt receipt;
  std::int64_t rejection = 0;
  error why;
  /// accepted: with events, as far as is known.
  bool has_events = true;
  /// accepted: which of the awaited read models do not show it.
  late_models late = {};
};

/// What an aggregate remembers of a command with an id. Shared between its host and, until it is
/// durable, the message on its way.
struct remembered_outcome {
  bool rejected = false;
  std::int64_t rejection = 0;
  version version_after;
  /// What a repeat is given, as it is stored; empty: none, or it stands in the journal alone. Never
  /// changes once others know of this.
  std::vector<std::byte> reply;
  /// The hashes of the streams of the atomic commit that accepted it, ascending; empty: it was a
  /// command by itself, or the journal says it. Never changes once others know of this.
  std::vector<std::uint64_t> streams;
  /// 0 until durable, then the receipt's offset + 1.
  std::atomic<std::uint64_t> durable_offset_plus_one{0};
};

class command_message;

/// Hears what each command came to.
class command_watcher {
 public:
  command_watcher() = default;
  command_watcher(const command_watcher&) = delete;
  command_watcher& operator=(const command_watcher&) = delete;
  virtual void ended(const command_message& wish, const erased_outcome& outcome) noexcept = 0;

 protected:
  ~command_watcher() = default;
};

/// Where commands go whose decision was taken back before it was tried. Any thread; must not block.
class command_home {
 public:
  command_home() = default;
  command_home(const command_home&) = delete;
  command_home& operator=(const command_home&) = delete;
  /// Takes the message over. Those of one aggregate come in the order in which they were decided.
  virtual void decide_again(command_message& wish) noexcept = 0;

 protected:
  ~command_home() = default;
};

/// Keeps answers back until read models show what they tell of. Any thread; must not block.
class answer_keeper {
 public:
  answer_keeper() = default;
  answer_keeper(const answer_keeper&) = delete;
  answer_keeper& operator=(const answer_keeper&) = delete;
  /// Takes the message over, and complete()s it in the end. Its `shown` is still there.
  /// @pre it was accepted, and is durable
  virtual void keep(command_message& wish, erased_outcome&& outcome) noexcept = 0;

 protected:
  ~answer_keeper() = default;
};

/// A command on its way to its aggregate and its answer on the way back.
///
/// It owns itself: whoever holds one must hand it on, or end it by exactly one of durable(),
/// failed() and complete(), which answer the caller, give back the credit, and destroy it; or by
/// rests_on_nothing(), which may also send it home.
class command_message : public erased_command, public commit_reply {
 public:
  using steady_time = std::chrono::steady_clock::time_point;

  /// What its aggregate's host is to do with it.
  enum class purpose : std::uint8_t {
    command,  ///< Decide it.
    note,     ///< Change what is recorded of the stream: an actors::stream_wish.
    hold,     ///< Lend the aggregate to an atomic commit: an actors::hold_message.
  };

  /// The queue's link, and that of an aggregate's mailbox.
  command_message* next = nullptr;

  // Set by the sender.
  std::uint64_t stream_hash = 0;
  std::string aggregate_id;
  std::string command_id;
  expectation expected;
  steady_time deadline = steady_time::max();
  /// Seldom used, hence elsewhere.
  struct message_ids {
    std::string correlation_id;
    std::string causation_id;
    std::string principal;
    std::vector<std::string> tags;
    metadata_map metadata = {};
  };
  std::unique_ptr<message_ids> ids;
  /// What must not have been recorded; see cairn::guard. Taken away before a host gets the message.
  struct guard_demand {
    std::vector<event_pattern> none_of;
    /// By partition; empty: from the beginning.
    std::vector<std::uint64_t> after;
    bool within_partition = false;
  };
  std::unique_ptr<guard_demand> guard;
  /// Which read models must show what it did before its sender hears of it; null: none.
  struct shown_demand {
    std::vector<std::string> names;
    /// All that were added as strong, too.
    bool strong = false;
    /// By which a blocking sender asks for its answer; 0: it does not block.
    std::uint64_t ticket = 0;
    // Set at the door.
    /// Which ones these are, by the keeper's numbers.
    std::vector<std::size_t> models = {};
    answer_keeper* keeper = nullptr;
  };
  std::unique_ptr<shown_demand> shown;
  /// Where its credit goes back to; null: it has none.
  admission::lane* door = nullptr;
  /// Hears of the outcome before the sender does; null: nobody does.
  command_watcher* watcher = nullptr;

  // Of the host that has received it.
  /// Where it is decided again; null: nowhere.
  command_home* home = nullptr;
  /// Its place among the commands of its host.
  std::uint64_t arrival = 0;
  /// The newest burst that its being set aside rests on, and its being taken out again; or `never`.
  static constexpr std::uint64_t never = UINT64_MAX;
  struct stash_marks {
    std::uint64_t set_aside_on = never;
    std::uint64_t taken_out_on = never;
  };
  [[nodiscard]] stash_marks marks() const noexcept { return marks_ ? *marks_ : stash_marks{}; }
  void mark(const stash_marks& as) {
    if (!marks_) marks_ = std::make_unique<stash_marks>();
    *marks_ = as;
  }

  // Set by the sender; here, where it needs no room of its own.
  purpose what_for = purpose::command;

  // Set by the host, before it lets go of the message. The answer once everything so far is
  // durable:
  void will_be_accepted(version after, bool has_events) noexcept;
  void will_be_rejected(std::int64_t why, version at) noexcept;
  void will_fail(error why);
  /// What is to be called once it is accepted and durable.
  void then(std::shared_ptr<effects> beside) noexcept { beside_ = std::move(beside); }
  /// The same as the command that is remembered here, which was sent before.
  void will_repeat(std::shared_ptr<remembered_outcome> original) noexcept;
  /// Keeps for later repeats what this command comes to.
  void remember_in(std::shared_ptr<remembered_outcome> memory) noexcept {
    memory_ = std::move(memory);
  }

  void durable(position newest) noexcept final;
  void failed(const error& why) noexcept final;
  void rests_on_nothing(const taken_back& why) noexcept final;
  void complete(erased_outcome&& outcome) noexcept;

  /// Lets the processor fetch this, as far as it lies behind the link.
  void prefetch() const noexcept {
    const char* const start = reinterpret_cast<const char*>(this);
    for (std::size_t at = 64; at < sizeof(command_message); at += 64)
      __builtin_prefetch(start + at, 1);
  }

  /// Whether its sender gets the reply that the command's type names.
  [[nodiscard]] virtual bool wants_reply() const noexcept { return false; }
  /// Takes what was stored as the reply to the first command with its id. Otherwise what is wrong
  /// with it. @pre wants_reply()
  [[nodiscard]] virtual result<void> take_stored_reply(byte_view /*stored*/) { return {}; }

  /// The command's stable_name, and its fields as JSON: for interceptors.
  [[nodiscard]] virtual std::string_view command_type() const noexcept = 0;
  [[nodiscard]] virtual std::string json() const = 0;

 protected:
  /// Calls the sender back.
  virtual void answer(erased_outcome&& outcome) noexcept = 0;

 private:
  [[nodiscard]] erased_outcome decided(position newest) noexcept;

  // Of each command all of this is fetched by several processors: what few have is elsewhere.
  erased_outcome::kind verdict_ = erased_outcome::kind::failed;
  bool has_events_ = true;
  bool repeats_ = false;
  version version_;
  std::int64_t rejection_ = 0;
  /// Null: it does not fail.
  std::unique_ptr<error> why_;
  std::shared_ptr<remembered_outcome> memory_;
  std::shared_ptr<effects> beside_;
  /// Null: it was never set aside.
  std::unique_ptr<stash_marks> marks_;
};

/// Calls what a decision said is to be called after its commit; what it throws is dropped.
void call_after_commit(const effects& beside, const receipt& done) noexcept;

}  // namespace cairn::detail
