#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/ask.hpp"
#include "cairn/assert.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/erased_aggregate.hpp"
#include "cairn/detail/read_event.hpp"
#include "cairn/detail/write_event.hpp"
#include "cairn/value_aggregate.hpp"

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

// Fills in the interfaces of erased_aggregate.hpp for a user's aggregate.

namespace cairn::detail {

/// How a type's events are written, and what becomes of those that it does not know. Any thread.
struct event_rules {
  event_codec codec = event_codec::binary;
  unknown_events unknown = unknown_events::fail;
  /// Events of unknown names that a replay has passed over.
  mutable std::atomic<std::uint64_t> skipped{0};
};

/// The test kit derives from it, and from the type below.
template <class A> class typed_instance : public aggregate_instance {
 public:
  /// @pre `rules` outlive it
  explicit typed_instance(const event_rules& rules) : rules_(&rules) {}

  [[nodiscard]] const typename A::state& state() const noexcept { return state_; }

  decided decide(const erased_command& wish, const context& around, event_sink& out) override {
    const auto& message = static_cast<const typed_message<A>&>(wish);
    bool replies = false;
    made_.emplace(std::visit(
        [&]<class Command>(const Command& command) {
          replies = has_reply<Command>;
          return cairn::decide<A>(state_, command, around);
        },
        message.wish()));
    if (!made_->accepted()) return refusal();
    for (const auto& event : made_->events()) {
      std::visit([&](const auto& fact) { this->write(fact, out); }, event);
    }
    return {.what = decided::kind::accepted,
            .rejection = 0,
            .replies = replies,
            .beside = made_->effects()};
  }

  result<bool> evolve_decided(version base, event_sink& tags) override {
    result<bool> wants_snapshot = false;
    for (const auto& event : made_->events()) {
      std::visit([this](const auto& fact) { cairn::evolve<A>(state_, fact); }, event);
      if constexpr (cairn::tags_events<A>) {
        tags.tag_event(A::tags_of(std::as_const(state_), event));
      }
      if constexpr (cairn::asks_for_snapshots<A>) {
        ++base.value;
        const auto asked = guarded("snapshot_when", [&] {
          if (A::snapshot_when(std::as_const(state_), event, base) && wants_snapshot) {
            wants_snapshot = true;
          }
        });
        if (!asked) wants_snapshot = asked.error();
      }
    }
    made_.reset();
    return wants_snapshot;
  }

  void reply(erased_command& wish, byte_buffer* stored) const override {
    auto& message = static_cast<typed_message<A>&>(wish);
    std::visit(
        [&]<class Command>(const Command& command) {
          if constexpr (has_reply<Command>) {
            reply_to(command, message.place_of_reply(), stored);
          }
        },
        message.wish());
  }

  std::unique_ptr<aggregate_instance> clone() const override {
    if constexpr (std::copy_constructible<typename A::state>) {
      auto copy = std::make_unique<typed_instance>(*rules_);
      copy->state_ = state_;
      copy->knows_all_events_ = knows_all_events_;
      return copy;
    } else {
      return nullptr;
    }
  }

  std::size_t bytes() const override {
    if constexpr (weighs_states<A>) {
      return sizeof *this + A::bytes_of(state_);
    } else if constexpr (cairn::has_snapshots<A>) {
      byte_buffer encoded;
      encode(state_, encoded);
      return sizeof *this + encoded.size();
    } else {
      return sizeof *this;
    }
  }

  result<void> replay(const raw_event& event) override {
    result<void> done;
    const bool known = visit_type_of<A>(event, [&]<class T>() {
      done = read_event_as<A, T>(event, [this](const auto& fact) { return this->evolve(fact); });
    });
    return known ? done : replay_unknown(event);
  }

  bool knows_all_events() const noexcept override { return knows_all_events_; }
  bool has_evolved() const noexcept override { return has_evolved_; }

  void save(byte_buffer& out) const override {
    if constexpr (cairn::has_snapshots<A>) encode(state_, out);
  }

  result<void> restore(byte_view saved) override {
    if constexpr (cairn::has_snapshots<A>) {
      return decode_into(state_, saved);
    } else {
      return error{error::code::unknown_name, "the state has no serialize"};
    }
  }

 private:
  template <class Event> void write(const Event& fact, event_sink& out) const {
    try {
      event_writer<A>{rules_->codec, out}.write(fact);
    } catch (...) {
      constexpr bool adapted = adapts<A, Event>;
      throw not_written{
          why_not_written(adapted ? "to_stored or serialize" : "serialize", Event::stable_name)};
    }
  }

  [[nodiscard]] decided refusal() const {
    if (made_->is_unhandled())
      return {.what = decided::kind::unhandled, .rejection = 0, .beside = {}};
    if (made_->is_stashed()) return {.what = decided::kind::stashed, .rejection = 0, .beside = {}};
    return {.what = decided::kind::rejected,
            .rejection = static_cast<std::int64_t>(made_->rejection()),
            .beside = {}};
  }

  template <class Event> result<void> evolve(const Event& fact) {
    has_evolved_ = true;
    return guarded("evolve", [&] { cairn::evolve<A>(state_, fact); });
  }

  template <class Command>
  void reply_to(const Command& command, void* place, byte_buffer* stored) const {
    using reply_type = typename Command::reply;
    reply_type made = A::reply(state_, command);
    if (stored != nullptr) store_reply<Command>(made, *stored);
    if (place != nullptr) static_cast<std::optional<reply_type>*>(place)->emplace(std::move(made));
  }

  result<void> replay_unknown(const raw_event& event) {
    if (event.type == dropped_event_name) return {};
    switch (rules_->unknown) {
      case unknown_events::fail: return unknown_event(A::stable_name, event);
      case unknown_events::skip:
        knows_all_events_ = false;
        rules_->skipped.fetch_add(1, std::memory_order_relaxed);
        return {};
      case unknown_events::raw:
        knows_all_events_ = false;
        if constexpr (evolves_raw<A>) {
          return guarded("evolve", [&] { A::evolve(state_, event); });
        }
        return unknown_event(A::stable_name, event);
    }
    CAIRN_UNREACHABLE();
  }

  const event_rules* rules_;
  typename A::state state_{};
  bool knows_all_events_ = true;
  bool has_evolved_ = false;
  std::optional<decision_for<A>> made_;
};

template <class A> class typed_aggregate : public aggregate_type {
  static_assert(check_aggregate<A>());
  static_assert(check_stored_names<A>());
  static_assert(check_value_aggregate<A>());

 public:
  explicit typed_aggregate(event_codec codec = event_codec::binary,
                           unknown_events unknown = unknown_events::fail)
      : rules_{codec, unknown} {}

  std::string_view name() const noexcept override { return A::stable_name; }

  std::span<const std::string_view> event_names() const noexcept override {
    return written_names<A>;
  }

  bool has_snapshots() const noexcept override { return cairn::has_snapshots<A>; }
  bool asks_for_snapshots() const noexcept override { return cairn::asks_for_snapshots<A>; }
  bool tags_events() const noexcept override { return cairn::tags_events<A>; }
  bool keeps_value() const noexcept override { return cairn::keeps_value<A>; }

  std::uint32_t state_schema_version() const noexcept override {
    return detail::state_schema_version<typename A::state>;
  }

  std::unique_ptr<aggregate_instance> make() const override {
    return std::make_unique<typed_instance<A>>(rules_);
  }

  result<std::string> event_json(const raw_event& event) const override {
    if (event.codec == event_codec::json) return std::string{as_text(event.payload)};
    result<std::string> made = unknown_event(A::stable_name, event);
    (void)visit_type_of<A>(event, [&]<class T>() { made = json_of<T>(event); });
    return made;
  }

  bool takes_raw_events() const noexcept override { return evolves_raw<A>; }

  std::uint64_t skipped_events() const noexcept override {
    return rules_.skipped.load(std::memory_order_relaxed);
  }

 protected:
  [[nodiscard]] const event_rules& rules() const noexcept { return rules_; }

 private:
  template <class Event> static result<std::string> json_of(const raw_event& event) {
    const auto fact = decode_event<Event>(event);
    if (!fact) return fact.error();
    return to_json(*fact);
  }

  event_rules rules_;
};

}  // namespace cairn::detail
