#pragma once

#include "cairn/codec.hpp"
#include "cairn/detail/guarded.hpp"
#include "cairn/detail/stored_names.hpp"
#include "cairn/raw_event.hpp"

#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

// From a stored event to the events of today: find the type that reads it, decode it, and send it
// through `upcast` until it is one that the aggregate knows.

namespace cairn::detail {

[[nodiscard]] error written_by_newer(const raw_event& event, std::uint32_t known);
[[nodiscard]] error unknown_codec(const raw_event& event);
/// What the codec had to say of an event, and the class versions that were involved. (It is no
/// argument that somebody could correct.)
[[nodiscard]] error not_decoded(error why, const raw_event& event, std::uint32_t known);
/// unknown_name: no type of the aggregate is stored under the event's name.
[[nodiscard]] error unknown_event(std::string_view aggregate_type, const raw_event& event);

/// Appends the fields of `fact`. Throws what encode throws.
template <class Event> void encode_event(const Event& fact, event_codec how, byte_buffer& out) {
  if (how == event_codec::json) {
    out.append(to_json(fact));
  } else {
    encode(fact, out);
  }
}

/// The `Event` that was stored as `from`, under whatever name.
/// newer_format: by a newer class version, or in a codec of a newer Cairn. Otherwise as `decode`.
template <class Event> [[nodiscard]] result<Event> decode_event(const raw_event& from) {
  if (from.schema_version > schema_version_of<Event>()) {
    return written_by_newer(from, schema_version_of<Event>());
  }
  switch (from.codec) {
    case event_codec::binary: {
      auto made = decode<Event>(from.payload);
      if (!made) return not_decoded(made.error(), from, schema_version_of<Event>());
      return made;
    }
    case event_codec::json: {
      auto made = from_json<Event>(as_text(from.payload));
      if (!made) return not_decoded(made.error(), from, schema_version_of<Event>());
      return made;
    }
  }
  return unknown_codec(from);
}

template <class A, class T> [[nodiscard]] bool reads(const raw_event& event) noexcept {
  for (const stored_name& one : stored_names<A, T>) {
    if (one.fits(event)) return true;
  }
  return false;
}

template <class A, class Visit, class... Currents, class... Olds>
bool visit_type_among(const raw_event& event,
                      Visit& visit,
                      type_list<Currents...> /*current*/,
                      type_list<Olds...> /*old*/) {
  return ((reads<A, Currents>(event) && (visit.template operator()<Currents>(), true)) || ...) ||
         ((reads<A, Olds>(event) && (visit.template operator()<Olds>(), true)) || ...);
}

/// Calls `visit.operator()<T>()` with the type of `A`, current, retired or a stored form, that
/// reads the event. False when there is none.
template <class A, class Visit> bool visit_type_of(const raw_event& event, Visit&& visit) {
  return visit_type_among<A>(event, visit, direct_events<A>{}, translated_types<A>{});
}

/// Sends events through `from_stored` and `upcast` and gives those that come out, in order, to
/// `take(const EVENT&) -> result<void>`; stops at the first error.
template <class A, class Take> class upcaster {
 public:
  explicit upcaster(Take& take) : take_(take) {}

  /// user_code_threw: one of these threw. Otherwise what `take` returned.
  template <class T> [[nodiscard]] result<void> give(const T& what) {
    if constexpr (is_current<A, T>) {
      return take_(what);
    } else if constexpr (is_translated<A, T>) {
      using step = translation<A, T>;
      std::optional<typename step::type> made;
      auto done = guarded(step::function, [&] { made.emplace(step::of(what)); });
      return done ? give(*made) : done;
    } else {
      return give_parts(what);
    }
  }

 private:
  result<void> give_parts(const dropped& /*nothing*/) { return {}; }
  template <class... Ts> result<void> give_parts(const std::variant<Ts...>& one_of) {
    return std::visit([this](const auto& what) { return this->give(what); }, one_of);
  }
  template <class T> result<void> give_parts(const std::optional<T>& what) {
    return what ? give(*what) : result<void>{};
  }
  template <class T> result<void> give_parts(const std::vector<T>& all) {
    for (const T& what : all) {
      if (auto done = give(what); !done) return done;
    }
    return {};
  }

  Take& take_;
};

/// Reads a stored event as the type `T` of `A`, and gives what it means today to
/// `take(const EVENT&) -> result<void>`: once for a current event, and as often as `upcast` says
/// for a retired one, and as `from_stored` says for a stored form. Errors as of decode_event and
/// upcaster::give.
template <class A, class T, class Take>
[[nodiscard]] result<void> read_event_as(const raw_event& event, Take&& take) {
  const auto fact = decode_event<T>(event);
  if (!fact) return fact.error();
  return upcaster<A, std::remove_reference_t<Take>>{take}.give(*fact);
}

}  // namespace cairn::detail
