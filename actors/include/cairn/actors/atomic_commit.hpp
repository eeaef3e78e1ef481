#pragma once

#include "cairn/actors/host.hpp"
#include "cairn/detail/command_message.hpp"
#include "cairn/persistence/append_guard.hpp"
#include "cairn/persistence/burst.hpp"
#include "cairn/persistence/stream_note.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Several aggregates of one partition in one commit.
//
// Their states are private to hosts that run on different threads. So the commit borrows them: it
// visits the hosts one after the other, always in the same order (hence no two commits ever wait
// for each other), and each host lends it the aggregate as soon as it is that aggregate's turn.
// Commands that come meanwhile wait in the aggregate's mailbox. The host that lends the last one
// decides all parts in the order in which the user wrote them, sends everything that was decided to
// the writer as linked commits, and the states go home. As with single commands, nobody waits for
// the disk.
//
// With a guard it is the writer who has the last word: the states stay here until it has looked,
// and go home as they came when the guard is broken. A single command with a guard is an atomic
// commit of one part.

namespace cairn::actors {

/// A state on loan: given by the host that owns it, and given back to it.
struct loan {
  std::string aggregate_id;
  std::uint64_t stream_hash = 0;
  const host::surroundings* around = nullptr;
  const host_options* limits = nullptr;
  std::unique_ptr<detail::aggregate_instance> instance;
  cairn::version version;
  persistence::stream_note note;
  std::uint64_t era = 0;
  timestamp wall;
  /// The outcome of the command id, when the aggregate has seen it.
  std::shared_ptr<detail::remembered_outcome> known;

  // For the way home.
  std::string command_id;
  /// What is to be remembered of it.
  std::shared_ptr<detail::remembered_outcome> remember;
  /// Something of it was handed to the writer.
  bool committed = false;
  /// The state is not what it was, and could not be put back: read it again.
  bool spoiled = false;
  bool wants_snapshot = false;
  bool unstash = false;
  bool sleep = false;

  /// The queue's link.
  loan* next = nullptr;
};

/// What an atomic commit came to.
struct atomic_result {
  detail::erased_outcome outcome;
  /// By part, when accepted: the version of its aggregate after the whole commit.
  std::vector<version> versions;
  /// The part that was rejected, or that failed the whole.
  std::size_t part = 0;
};

/// See above. Owned by the messages that carry it around.
class atomic_commit final : public detail::commit_reply,
                            public persistence::guard_listener,
                            public std::enable_shared_from_this<atomic_commit> {
 public:
  /// One line of it, in the user's order.
  struct part {
    host* at = nullptr;
    std::string aggregate_id;
    std::uint64_t stream_hash = 0;
    expectation expected;
    /// Never sent by itself; completed with the part's outcome in the end. Null: the part is only
    /// checked.
    std::unique_ptr<detail::command_message> wish;
  };
  struct options {
    std::string command_id;
    detail::command_message::steady_time deadline = detail::command_message::steady_time::max();
    /// Without patterns: there is none.
    persistence::append_guard guard = {};
    /// The guard is known to be broken. Only a repeat is answered all the same.
    std::optional<error> guard_broken = std::nullopt;
  };

  /// @pre every part has a host of the same partition; the hosts and `journal` outlive it
  atomic_commit(std::vector<part> parts,
                options settings,
                persistence::journal& journal,
                std::function<void(atomic_result&&)> done);
  ~atomic_commit();

  /// Sets out. `done` is called once, by a thread of Cairn, or before this returns. Does not block.
  static void start(std::shared_ptr<atomic_commit> what);

  // Called by hosts.
  [[nodiscard]] const std::string& command_id() const noexcept { return settings_.command_id; }
  /// The host lends what the hold asked for.
  void take(std::size_t which, std::unique_ptr<loan> what);
  /// The participant cannot be had.
  void refuse(std::size_t which, const error& why);

  void durable(position newest) noexcept override;
  void failed(const error& why) noexcept override;
  void rests_on_nothing(const detail::taken_back& why) noexcept override;
  void judged(bool holds) noexcept override;

 private:
  struct participant {
    host* at = nullptr;
    std::string aggregate_id;
    std::uint64_t stream_hash = 0;
    std::unique_ptr<loan> lent;
    cairn::version version_before;
    /// The state before the first of several wishes, to go back to.
    std::unique_ptr<detail::aggregate_instance> backup;
    std::uint32_t wishes_left = 0;
    /// Decided, and not yet in the state.
    std::uint32_t events = 0;
    bool evolved = true;
    /// Something of it has been evolved.
    bool touched = false;
  };

  [[nodiscard]] loan& lent(std::size_t index) {
    return *participants_[participant_of_[index]].lent;
  }

  [[nodiscard]] bool is_guarded() const noexcept { return !settings_.guard.none_of.empty(); }
  void find_participants();
  void hold_next();
  void decide_all();
  [[nodiscard]] bool answered_from_memory();
  [[nodiscard]] result<bool> was_this(const loan& at);
  void repeat();
  /// The hashes of the streams that remember the id, ascending.
  [[nodiscard]] std::vector<std::uint64_t> streams_with_wish() const;
  // False: it ended there, result_ says how.
  [[nodiscard]] bool decide_part(std::size_t index);
  [[nodiscard]] bool check_part(std::size_t index);
  [[nodiscard]] bool add_commit(std::size_t index, detail::decided&& made);
  [[nodiscard]] bool evolve(participant& who);
  void accept();
  void reject(std::size_t index, std::int64_t why);
  void remember(loan& at, bool rejected, std::int64_t why);
  void end_with(std::size_t index, detail::erased_outcome&& what);
  void put_back();
  void submit();
  void send_home();
  void finish() noexcept;

  std::vector<part> parts_;
  options settings_;
  persistence::journal& journal_;
  std::function<void(atomic_result&&)> done_;

  /// In the order in which they are visited.
  std::vector<participant> participants_;
  /// By part.
  std::vector<std::size_t> participant_of_;
  std::size_t next_hold_ = 0;

  persistence::burst::origin origin_;
  std::unique_ptr<persistence::burst> burst_;
  std::uint64_t bytes_ = 0;
  std::uint32_t commits_ = 0;

  // For the writer's threads.
  /// With the part that they belong to.
  std::vector<std::pair<std::size_t, std::shared_ptr<detail::effects>>> beside_;
  std::vector<std::shared_ptr<detail::remembered_outcome>> memories_;
  std::vector<std::shared_ptr<detail::remembered_outcome>> original_;
  atomic_result result_;
  /// The states are here until judged().
  bool waits_for_verdict_ = false;
  /// Keeps this alive until the writer has answered.
  std::shared_ptr<atomic_commit> self_;
};

/// Asks a host for an aggregate on behalf of an atomic commit.
class hold_message final : public detail::command_message {
 public:
  hold_message(std::shared_ptr<atomic_commit> owner, std::size_t participant)
      : owner_(std::move(owner)), participant_(participant) {
    what_for = purpose::hold;
  }
  [[nodiscard]] std::string_view command_type() const noexcept override { return {}; }
  [[nodiscard]] std::string json() const override { return "null"; }
  [[nodiscard]] const std::shared_ptr<atomic_commit>& owner() const noexcept { return owner_; }
  [[nodiscard]] std::size_t participant() const noexcept { return participant_; }

 private:
  /// Only when it failed: a host that lends drops the message.
  void answer(detail::erased_outcome&& outcome) noexcept override {
    owner_->refuse(participant_, outcome.why);
  }

  std::shared_ptr<atomic_commit> owner_;
  std::size_t participant_;
};

}  // namespace cairn::actors
