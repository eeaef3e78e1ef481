#pragma once

#include "cairn/codec.hpp"
#include "cairn/ids.hpp"
#include "cairn/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace cairn::testing {

/// An event as it stands in a journal, with the bytes that were stored.
struct persisted_event {
  cairn::position position;
  cairn::version version;
  timestamp time;
  std::string aggregate_type;
  std::string aggregate_id;
  std::string event_type;
  std::string command_id;
  std::uint32_t schema_version = 0;
  std::vector<std::byte> payload;

  /// The event, if its name is that of `Event` and its bytes can be read as one.
  template <class Event> [[nodiscard]] std::optional<Event> as() const {
    if (event_type != Event::stable_name) return std::nullopt;
    auto read = decode<Event>(payload);
    if (!read) return std::nullopt;
    return *std::move(read);
  }

  /// "bank.account/ann version 2 (deposited)": for messages.
  [[nodiscard]] std::string describe() const {
    return aggregate_type + "/" + aggregate_id + " version " + std::to_string(version.value) +
           " (" + event_type + ")";
  }
};

namespace detail {

template <class... Events>
[[nodiscard]] std::optional<std::variant<Events...>> read_as(
    const persisted_event& stored, std::type_identity<std::variant<Events...>> /*events*/) {
  std::optional<std::variant<Events...>> read;
  const auto try_one = [&]<class Event>(std::type_identity<Event>) {
    if (auto one = stored.as<Event>()) read.emplace(*std::move(one));
    return read.has_value();
  };
  (void)(try_one(std::type_identity<Events>{}) || ...);
  return read;
}

}  // namespace detail

/// The event as one of those of the aggregate `A`; nothing when it is none.
template <class A>
[[nodiscard]] std::optional<typename A::event> event_of(const persisted_event& stored) {
  return detail::read_as(stored, std::type_identity<typename A::event>{});
}

}  // namespace cairn::testing
