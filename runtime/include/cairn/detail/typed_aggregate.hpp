#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/ask.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/erased_aggregate.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

// Fills in the interfaces of erased_aggregate.hpp for a user's aggregate.

namespace cairn::detail {

[[nodiscard]] inline error user_code_threw(std::string_view where) {
  std::string detail{where};
  try {
    throw;
  } catch (const std::exception& thrown) {
    detail.append(": ").append(thrown.what());
  } catch (...) {
    detail.append(" threw something that is no std::exception");
  }
  return {error::code::user_code_threw, std::move(detail)};
}

template <class A> class typed_instance final : public aggregate_instance {
 public:
  [[nodiscard]] const typename A::state& state() const noexcept { return state_; }

  decided decide(const erased_command& wish, const context& around, event_sink& out) override {
    const auto& message = static_cast<const typed_message<A>&>(wish);
    made_.emplace(
        std::visit([&](const auto& command) { return cairn::decide<A>(state_, command, around); },
                   message.wish()));
    if (made_->rejected()) return {true, static_cast<std::int64_t>(made_->rejection())};
    for (const auto& event : made_->events()) {
      std::visit(
          [&]<class Event>(const Event& fact) {
            encode(fact, out.begin_event(event.index(), schema_version_of<Event>()));
          },
          event);
      out.end_event();
    }
    return {};
  }

  void evolve_decided() override {
    for (const auto& event : made_->events()) {
      std::visit([this](const auto& fact) { A::evolve(state_, fact); }, event);
    }
    made_.reset();
  }

  result<void> replay(std::string_view event_type, byte_view payload) override {
    return replay_as(event_type, payload, std::type_identity<typename A::event>{});
  }

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
  template <class... Events>
  result<void> replay_as(std::string_view event_type,
                         byte_view payload,
                         std::type_identity<std::variant<Events...>> /*events*/) {
    result<void> done =
        error{error::code::unknown_name,
              std::string{A::stable_name} + " has no event \"" + std::string{event_type} + "\""};
    (void)((event_type == Events::stable_name && (done = replay_one<Events>(payload), true)) ||
           ...);
    return done;
  }

  template <class Event> result<void> replay_one(byte_view payload) {
    const auto fact = decode<Event>(payload);
    if (!fact) return fact.error();
    try {
      A::evolve(state_, *fact);
    } catch (...) {
      return user_code_threw("evolve");
    }
    return {};
  }

  typename A::state state_{};
  std::optional<decision_for<A>> made_;
};

template <class A> class typed_aggregate final : public aggregate_type {
  static_assert(check_aggregate<A>());

 public:
  std::string_view name() const noexcept override { return A::stable_name; }

  std::span<const std::string_view> event_names() const noexcept override { return names; }

  bool has_snapshots() const noexcept override { return cairn::has_snapshots<A>; }

  std::uint32_t state_schema_version() const noexcept override {
    return schema_version_of<typename A::state>();
  }

  std::unique_ptr<aggregate_instance> make() const override {
    return std::make_unique<typed_instance<A>>();
  }

  result<std::string> event_json(std::string_view event_type, byte_view payload) const override {
    return json_as(event_type, payload, std::type_identity<typename A::event>{});
  }

 private:
  template <class... Events>
  static constexpr std::array<std::string_view, sizeof...(Events)> names_of(
      std::type_identity<std::variant<Events...>> /*events*/) {
    return {Events::stable_name...};
  }

  template <class... Events>
  static result<std::string> json_as(std::string_view event_type,
                                     byte_view payload,
                                     std::type_identity<std::variant<Events...>> /*events*/) {
    result<std::string> made = error{error::code::unknown_name, std::string{event_type}};
    (void)((event_type == Events::stable_name && (made = json_of<Events>(payload), true)) || ...);
    return made;
  }

  template <class Event> static result<std::string> json_of(byte_view payload) {
    const auto fact = decode<Event>(payload);
    if (!fact) return fact.error();
    return to_json(*fact);
  }

  static constexpr auto names = names_of(std::type_identity<typename A::event>{});
};

}  // namespace cairn::detail
