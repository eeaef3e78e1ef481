#pragma once

#include "read_models/wanted_index.hpp"

#include "cairn/detail/erased_read_model.hpp"
#include "cairn/detail/table_store.hpp"
#include "cairn/persistence/journal.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::actors {

/// Where applied events go: opened by the first one, so that a stretch of the journal without any
/// costs no transaction.
class batch_target {
 public:
  batch_target() = default;
  batch_target(const batch_target&) = delete;
  batch_target& operator=(const batch_target&) = delete;

  /// Ties the fold to the batch, once.
  [[nodiscard]] virtual result<void> open() = 0;
  /// The tables that the fold is tied to. Null: a model in memory, or not open.
  [[nodiscard]] virtual detail::table_store* rows() noexcept = 0;

 protected:
  ~batch_target() = default;
};

/// Says of each wanted event whether it is applied.
class event_sorter {
 public:
  event_sorter() = default;
  event_sorter(const event_sorter&) = delete;
  event_sorter& operator=(const event_sorter&) = delete;

  /// False: it is passed over. An error ends the batch before this event.
  /// @param meta its event_type may be changed
  [[nodiscard]] virtual result<bool> takes(std::size_t wanted,
                                           event_metadata& meta,
                                           const persistence::event_view& event) = 0;

 protected:
  ~event_sorter() = default;
};

/// What stopped a batch.
struct feed_failure {
  enum class place : std::uint8_t {
    event,     ///< This event cannot be applied.
    events,    ///< One of the batch cannot, and which shows only when each is settled.
    receiver,  ///< Whoever events are handed to is away; it would be the same with any event.
    journal,   ///< The journal cannot be read from here on.
    storage,   ///< The tables' storage refuses, whatever the event.
    sorting,   ///< The sorter does not know what to do with this event.
  };
  place at = place::event;
  /// Of the event that could not be applied, or of the next one that could not be read.
  cairn::position position;
  std::string event_type;
  error why;
  /// It was applied; whoever it was handed to did not take it.
  bool hands_over = false;
};

/// Takes events from a journal and gives those that are wanted to a fold. One thread.
class feeder {
 public:
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

  /// What one feed() may apply of a partition. Where it is given, also a commit is divided.
  struct limits {
    std::uint64_t events = no_end;
    std::uint64_t payload_bytes = no_end;
  };

  feeder(const detail::read_model_type& type, detail::read_model_fold& fold, limits at_most)
      : wanted_(type), fold_(fold), type_(type), filters_(type.filters()), at_most_(at_most) {}

  /// Applies what is durable from `at` on: about `events` events, in whole blocks, but nothing from
  /// offset `end` on. Afterwards `at` is behind the last event that was applied or passed over.
  /// @param sorter null: everything that is wanted is applied
  [[nodiscard]] std::optional<feed_failure> feed(const persistence::journal& from,
                                                 persistence::log_cursor& at,
                                                 std::uint64_t events,
                                                 std::uint64_t end,
                                                 batch_target& into,
                                                 event_sorter* sorter);

  /// From now on: each event is settled before the next one, so that it is known which one fails.
  void settle_each(bool each) noexcept { settles_each_ = each; }

  /// What is fed may fail later than it is applied: blocks until it is known, before a commit.
  [[nodiscard]] std::optional<feed_failure> settle(batch_target& into) const;

  /// Events applied since the last call.
  [[nodiscard]] std::uint64_t take_applied() noexcept { return std::exchange(applied_, 0); }

 private:
  // A batch ends early with this many bytes of applied payloads, however few events they are.
  static constexpr std::uint64_t payload_bytes_max = std::uint64_t{16} << 20U;

  [[nodiscard]] result<void> visit(const persistence::commit_view& commit);
  /// Whether the model's own filter lets the event pass.
  [[nodiscard]] result<bool> is_wanted(const persistence::event_view& event);
  [[nodiscard]] result<void> apply(const persistence::event_view& event, std::size_t wanted);
  [[nodiscard]] bool is_full() const noexcept {
    return applied_here_ >= at_most_.events || payload_bytes_ >= at_most_.payload_bytes;
  }
  /// Ends the reading without there being trouble.
  [[nodiscard]] error enough();
  [[nodiscard]] error fail(feed_failure::place at, std::string_view event_type, error why);
  /// @pre it has failed
  [[nodiscard]] feed_failure failure_of(const detail::table_store& rows) const;

  wanted_index wanted_;
  detail::read_model_fold& fold_;
  const detail::read_model_type& type_;
  // Asked once, so that a model without a filter pays nothing.
  const bool filters_;
  const limits at_most_;
  bool settles_each_ = false;
  std::uint64_t applied_ = 0;

  // Of the feed() that is on.
  partition_id partition_;
  std::uint64_t next_offset_ = 0;
  std::uint64_t end_ = no_end;
  std::uint64_t payload_bytes_ = 0;
  std::uint64_t applied_here_ = 0;
  batch_target* into_ = nullptr;
  event_sorter* sorter_ = nullptr;
  bool ended_early_ = false;
  std::optional<feed_failure> failed_;
  event_metadata meta_;
};

}  // namespace cairn::actors
