#pragma once

#include "cairn/ids.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

// What a durable subscription knows of the events between its checkpoint and the place up to which
// it has read. Logic only: no threads, no disk, and time comes in as a value.
//
// Each event is either waiting (to be delivered, or for its time to come again), delivered, or
// settled. The checkpoint of a partition is right in front of its first event that is not settled;
// what is settled behind it is remembered in rows until the checkpoint has passed it, so that a
// restart does not deliver it again. An event that is parked is settled, and has a row of its own
// until it is replayed or discarded.

namespace cairn::actors {

/// What is stored of an event behind the checkpoint.
struct remembered {
  bool settled = false;
  /// Deliveries so far.
  std::uint32_t attempts = 0;
  bool operator==(const remembered&) const = default;
};

/// What is stored of an event that was put aside.
struct parked_note {
  std::string reason = {};
  /// When it was put aside.
  timestamp time = {};
  std::uint32_t attempts = 0;
  /// It is to be delivered once more.
  bool replaying = false;
  bool operator==(const parked_note&) const = default;
};

/// What is to be done with an event that was delivered.
struct verdict {
  enum class kind : std::uint8_t { ack, skip, retry, park };
  kind what = kind::ack;
  /// Of retry.
  std::chrono::nanoseconds delay{};
  /// Of park and retry.
  std::string reason = {};
};

/// The events that a durable subscription is busy with. One thread.
class delivery_window {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using consumer_id = std::uint64_t;
  using offsets = std::vector<std::uint64_t>;

  struct settings {
    /// Events of the same key are delivered one after the other, to the same consumer for as long
    /// as nobody comes or goes. False: each event goes to whoever wants one.
    bool keyed = false;
    std::chrono::nanoseconds ack_timeout = std::chrono::seconds{30};
    /// An event is delivered at most so many times after the first time.
    std::uint32_t retries_max = 10;
    std::uint32_t consumers_max = 1;
    /// Events between the checkpoint and what has been read.
    std::uint32_t events_max = 1'000;
  };

  /// Names one delivery; an event has another one each time.
  struct token {
    std::uint64_t entry = 0;
    std::uint64_t delivery = 0;
  };
  struct handed_out {
    token which;
    std::shared_ptr<const recorded_event> event;
    /// 1 for the first time.
    std::uint32_t attempt = 1;
  };

  /// What has changed since the last time, to be stored in one transaction. Nothing in place of a
  /// row: it goes.
  struct changes {
    offsets reached;
    std::vector<std::pair<position, std::optional<remembered>>> rows;
    std::vector<std::pair<position, std::optional<parked_note>>> parked;
  };

  struct counts {
    std::uint64_t waiting = 0;
    std::uint64_t delivered = 0;
    std::uint64_t settled = 0;
  };

  /// @param reached the stored checkpoints, one for each partition
  /// @param known the stored rows
  delivery_window(settings how, offsets reached, std::map<position, remembered> known);

  /// overloaded: there are as many consumers as may be. bad_input: a credit of 0.
  /// @param credit deliveries that it may have at once
  [[nodiscard]] result<consumer_id> join(std::uint32_t credit);
  /// What it has not answered for is delivered to others. Nothing happens when it is not there.
  void leave(consumer_id who);
  [[nodiscard]] bool has(consumer_id who) const { return consumers_.contains(who); }

  /// For how many events more there is room.
  [[nodiscard]] std::uint32_t room() const noexcept;
  /// More should be read.
  [[nodiscard]] bool wants_more() const noexcept;
  /// The next event of its partition. @pre room() > 0
  /// @param key not looked at without settings::keyed
  void add(recorded_event&& event, std::string key);
  /// Nothing else is there up to these offsets.
  void passed(const offsets& read_up_to);
  /// An event that was parked comes once more, behind what waits. Nothing happens when it does
  /// already. overloaded: too many do.
  [[nodiscard]] result<void> replay(recorded_event&& event,
                                    const parked_note& note,
                                    std::string key);
  /// Forgets a parked event. A replay of it that is on goes on, and may park it again.
  void discard(const position& at) { parked_changes_[at] = std::nullopt; }

  /// The next event for this consumer, if there is one and it has credit. @pre tick(now)
  [[nodiscard]] std::optional<handed_out> take(consumer_id who, time_point now);
  /// It waits for an event at present. Who waits longest is served first, where no key decides.
  void waits(consumer_id who, bool yes);

  /// expired: this delivery is over, since it was answered, took too long, or its consumer has
  /// left.
  [[nodiscard]] result<void> settle(const token& which,
                                    const verdict& what,
                                    time_point now,
                                    timestamp today);

  /// Whether settle() would take this answer.
  [[nodiscard]] bool is_delivered(const token& which) const;

  /// Takes back what was not acknowledged in time; lets those wait no more whose time has come.
  void tick(time_point now, timestamp today);
  /// When there is something to do for tick().
  [[nodiscard]] std::optional<time_point> next_time() const;

  /// Whether anything has changed that must be stored.
  [[nodiscard]] bool has_changes() const noexcept {
    return settled_since_ || !dirty_.empty() || !parked_changes_.empty();
  }
  /// Events that the checkpoint has passed since it was stored.
  [[nodiscard]] std::uint64_t unsaved_progress() const;
  [[nodiscard]] changes take_changes();
  /// They could not be stored: they will be among the next ones.
  void give_back(changes&& failed);

  [[nodiscard]] const offsets& reached() const noexcept { return reached_; }
  [[nodiscard]] counts count() const noexcept;

 private:
  enum class state : std::uint8_t { waiting, delivered, settled };
  using times = std::multimap<time_point, std::uint64_t>;

  struct entry {
    std::shared_ptr<const recorded_event> event;
    cairn::position at;
    std::string key;
    std::uint32_t bucket = 0;
    state now = state::waiting;
    bool is_replay = false;
    /// Stored rows say something of it.
    bool has_row = false;
    std::uint32_t attempts = 0;
    std::uint64_t deliveries = 0;
    consumer_id consumer = 0;
    /// Its time to come again, or the end of its delivery.
    std::optional<times::iterator> timer;
  };
  struct consumer {
    std::uint32_t credit = 1;
    std::uint32_t in_flight = 0;
    std::uint64_t last_served = 0;
    bool waits = false;
  };

  /// Keys are shared out to consumers in so many parts.
  static constexpr std::size_t buckets = 1'024;

  void line_up(std::uint64_t number, entry& one);
  void make_ready(std::uint64_t number, const entry& one);
  void stop_timer(entry& one);
  void take_from_consumer(entry& one);
  void wait_again(std::uint64_t number, entry& one, time_point due, time_point now);
  void fail(std::uint64_t number, entry& one, const verdict& what, time_point now, timestamp today);
  void park(std::uint64_t number, entry& one, const std::string& reason, timestamp today);
  void finish(std::uint64_t number, entry& one);
  void advance(std::size_t partition);
  void share_out();
  [[nodiscard]] bool others_come_first(const consumer& who) const;

  const settings how_;
  offsets reached_;
  offsets stored_;
  offsets read_;
  std::map<position, remembered> known_;
  std::uint64_t next_entry_ = 1;
  std::uint64_t next_consumer_ = 1;
  std::uint64_t served_ = 0;
  std::map<std::uint64_t, entry> entries_;
  /// By partition and offset, without replays.
  std::vector<std::map<std::uint64_t, std::uint64_t>> order_;
  std::map<position, std::uint64_t> replays_;
  std::unordered_map<std::string, std::deque<std::uint64_t>> lines_;
  /// Those that can be delivered now.
  std::set<std::uint64_t> ready_;
  times times_;
  std::map<consumer_id, consumer> consumers_;
  std::array<consumer_id, buckets> owners_{};
  std::set<position> dirty_;
  std::map<position, std::optional<parked_note>> parked_changes_;
  bool settled_since_ = false;
  std::uint64_t delivered_ = 0;
  std::uint64_t settled_ = 0;
};

}  // namespace cairn::actors
