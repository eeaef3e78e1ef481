#pragma once

#include "cairn/detail/erased_read_model.hpp"
#include "cairn/detail/guarded.hpp"
#include "cairn/detail/read_event.hpp"
#include "cairn/read_model.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <utility>

// Which events of a read model must keep their order when one of them cannot be applied. It may say
// so itself:
//
//   static std::string sequence_key(const cairn::recorded<EVENT>&);   // for events of its sources
//   static std::string sequence_key(const cairn::event_metadata&);    // for all others
//
// Of a model of every_event only the second one is asked.

namespace cairn::detail {

/// Whether the sources of `M` name the event.
template <class M, class A, class Event> consteval bool wants_event() {
  bool found = false;
  each_source<typename M::sources>::event([&found]<class From, class Named>() {
    if constexpr (std::same_as<From, A> && std::same_as<Named, Event>) found = true;
  });
  return found;
}

template <class M, class Event>
concept keys_event = requires(const recorded<Event>& fact) {
  { M::sequence_key(fact) } -> std::convertible_to<std::string>;
};

template <class M>
concept keys_metadata = requires(const event_metadata& meta) {
  { M::sequence_key(meta) } -> std::convertible_to<std::string>;
};

template <class M> consteval bool keys_any_event() {
  bool found = false;
  each_source<typename M::sources>::event([&found]<class A, class Event>() {
    if constexpr (keys_event<M, Event>) found = true;
  });
  return found;
}

/// The key of an event of which only the metadata is looked at.
template <class M>
[[nodiscard]] result<void> key_of_metadata(const event_metadata& meta, std::string& out) {
  if constexpr (keys_metadata<M>) {
    return guarded("sequence_key", [&] { out = M::sequence_key(meta); });
  } else {
    read_model_type::aggregate_key(meta, out);
    return {};
  }
}

/// The key of an event that is stored as a `T` of `A`: that of the first one that it means today
/// and that `M` wants.
template <class M, class A, class T>
[[nodiscard]] result<void> key_of_stored_as(event_metadata& meta,
                                            const raw_event& stored,
                                            std::string& out) {
  std::optional<result<void>> made;
  const auto read =
      read_event_as<A, T>(stored, [&]<class Event>(const Event& event) -> result<void> {
        if constexpr (wants_event<M, A, Event>() && keys_event<M, Event>) {
          if (made) return {};
          meta.event_type = Event::stable_name;
          made = guarded("sequence_key", [&] {
            out = M::sequence_key(recorded<Event>{event, meta});
          });
        }
        return {};
      });
  if (made) return *std::move(made);
  if (read) return key_of_metadata<M>(meta, out);
  // Nobody knows what it says, but whose it is.
  read_model_type::aggregate_key(meta, out);
  return {};
}

/// The same for a name that several types share.
template <class M, class A>
[[nodiscard]] result<void> key_of_stored(event_metadata& meta,
                                         const raw_event& stored,
                                         std::string& out) {
  result<void> done;
  const bool known = visit_type_of<A>(
      stored, [&]<class T>() { done = key_of_stored_as<M, A, T>(meta, stored, out); });
  return known ? done : key_of_metadata<M>(meta, out);
}

/// False for a `sequence_key` that nobody would ever call.
template <class M> consteval bool check_sequence_key() {
  if constexpr (requires { &M::sequence_key; }) {
    static_assert(keys_any_event<M>() || keys_metadata<M>,
                  "cairn: this read model's `sequence_key` must take `const "
                  "cairn::recorded<EVENT>&` for an EVENT of its sources, or `const "
                  "cairn::event_metadata&`, and return std::string");
    return keys_any_event<M>() || keys_metadata<M>;
  }
  return true;
}

}  // namespace cairn::detail
