#pragma once

#include "cairn/detail/erased_aggregate.hpp"
#include "cairn/detail/read_event.hpp"
#include "cairn/stored_forms.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

// From an event to what is stored of it: itself, one of the aggregate's stored forms, or nothing
// but its place. The other way is in read_event.hpp.

namespace cairn::detail {

template <class T, class... Ts> consteval std::size_t index_among(type_list<Ts...> /*all*/) {
  const std::array<bool, sizeof...(Ts)> same{std::is_same_v<T, Ts>...};
  std::size_t at = 0;
  while (at < same.size() && !same.at(at))
    ++at;
  return at;
}

template <class A, class... Events> consteval bool adapts_any(type_list<Events...> /*all*/) {
  return (adapts<A, Events> || ...);
}

template <class... Ts> consteval auto names_among(type_list<Ts...> /*all*/) {
  return std::array<std::string_view, sizeof...(Ts)>{std::string_view{Ts::stable_name}...};
}

/// Stands for the place of an event that was dropped.
struct dropped_place {
  static constexpr std::string_view stable_name = dropped_event_name;
};

/// Whatever stands in the log of `A`'s new events: the current events, then the stored forms, then
/// what stands for a dropped one.
template <class A>
using written_types = typename joined<
    current_events<A>,
    stored_forms<A>,
    std::conditional_t<adapts_any<A>(current_events<A>{}), type_list<dropped_place>, type_list<>>>::
    type;

/// Their names; the index of a name is what event_sink::begin_event takes.
template <class A> inline constexpr auto written_names = names_among(written_types<A>{});

/// The error for the exception that is being handled, which came from an event_writer.
/// too_large: the event's objects nest too deep. user_code_threw: the user's `code` did.
[[nodiscard]] error why_not_written(std::string_view code, std::string_view event);

/// Writes events of `A` into a sink.
template <class A> class event_writer {
 public:
  /// @pre `out` outlives this
  event_writer(event_codec codec, event_sink& out) noexcept : codec_(codec), out_(out) {}

  /// Exactly one stored event. Throws what to_stored and encode throw.
  template <class Event> void write(const Event& fact) {
    if constexpr (adapts<A, Event>) {
      put(A::to_stored(fact));
    } else {
      put(fact);
    }
  }

 private:
  void put(const dropped& /*nothing*/) {
    (void)out_.begin_event(index_among<dropped_place>(written_types<A>{}), 0, event_codec::binary);
    out_.end_event();
  }
  template <class... Ts> void put(const std::variant<Ts...>& one_of) {
    std::visit([this](const auto& what) { this->put(what); }, one_of);
  }
  template <class T> void put(const std::optional<T>& what) {
    if (what) return put(*what);
    put(dropped{});
  }
  template <class T> void put(const T& what) {
    constexpr std::size_t index = index_among<T>(written_types<A>{});
    encode_event(what, codec_, out_.begin_event(index, schema_version_of<T>(), codec_));
    out_.end_event();
  }

  event_codec codec_;
  event_sink& out_;
};

}  // namespace cairn::detail
