#pragma once

#include "cairn/codec.hpp"
#include "cairn/detail/read_event.hpp"
#include "cairn/detail/write_event.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

// What an aggregate stores for an event, and what that means when it is read again: through
// to_stored, the codec, from_stored and upcast. For the test kits.

namespace cairn::testing::detail {

/// An event as a sink got it.
struct encoded_event {
  /// Index into detail::written_names.
  std::size_t type = 0;
  std::uint32_t schema_version = 0;
  event_codec codec = event_codec::binary;
  std::vector<std::byte> payload;
};

/// Keeps what is written.
class kept_events final : public cairn::detail::event_sink {
 public:
  byte_buffer& begin_event(std::size_t event_type,
                           std::uint32_t schema_version,
                           event_codec codec) override {
    events_.push_back({event_type, schema_version, codec, {}});
    payload_.clear();
    return payload_;
  }
  void end_event() override {
    events_.back().payload.assign(payload_.view().begin(), payload_.view().end());
  }
  void tag_event(std::span<const std::string> /*tags*/) override {}

  [[nodiscard]] const std::vector<encoded_event>& events() const noexcept { return events_; }

 private:
  std::vector<encoded_event> events_;
  byte_buffer payload_;
};

/// What stands in the log for the event.
template <class A, class Event>
[[nodiscard]] encoded_event encode_for(const Event& fact, event_codec codec) {
  kept_events kept;
  cairn::detail::event_writer<A>{codec, kept}.write(fact);
  return kept.events().front();
}

/// What a stored event means today; none for one that was dropped.
/// unknown_name, newer_format, corrupt, user_code_threw: it cannot be read.
template <class A>
[[nodiscard]] result<std::vector<typename A::event>> read_all(const raw_event& stored) {
  std::vector<typename A::event> read;
  if (stored.type == dropped_event_name) return read;
  result<void> done = cairn::detail::unknown_event(A::stable_name, stored);
  (void)cairn::detail::visit_type_of<A>(stored, [&]<class T>() {
    done = cairn::detail::read_event_as<A, T>(stored, [&read](const auto& fact) -> result<void> {
      read.emplace_back(fact);
      return {};
    });
  });
  if (!done) return done.error();
  return read;
}

/// Written for `A` and read again it is the same, or it was dropped.
template <class A, class Event>
[[nodiscard]] bool comes_back(const Event& fact, event_codec codec) {
  const encoded_event stored = encode_for<A>(fact, codec);
  const auto read = read_all<A>({.type = cairn::detail::written_names<A>.at(stored.type),
                                 .schema_version = stored.schema_version,
                                 .codec = stored.codec,
                                 .payload = stored.payload});
  if (!read) return false;
  if (stored.type ==
      cairn::detail::index_among<cairn::detail::dropped_place>(cairn::detail::written_types<A>{})) {
    return true;
  }
  return *read == std::vector<typename A::event>{fact};
}

/// An event of `A`, current, retired or a stored form: whether it is what it was after it was
/// stored and read back, as bytes and as JSON. `otherwise` asks that of what has no `to_stored`.
template <class A, class Fact, class Otherwise>
[[nodiscard]] bool event_is_kept(const Fact& fact, Otherwise&& otherwise) {
  if constexpr (cairn::detail::adapts<A, Fact>) {
    return comes_back<A>(fact, event_codec::binary) && comes_back<A>(fact, event_codec::json);
  } else {
    return std::forward<Otherwise>(otherwise)(fact);
  }
}

/// The fields of an event as JSON, as far as it has any that can be shown.
template <class Event> [[nodiscard]] std::string fields_of(const Event& fact) {
  if constexpr (has_serialize<Event>) {
    return to_json(fact);
  } else {
    return "{...}";
  }
}

/// What to say of a value that did not come back as it was: `deposited{"cents":5} changed when
/// stored and read back`, and to what.
template <class T> [[nodiscard]] std::string how_changed(const T& value) {
  std::string text{cairn::detail::name_for_people<T>()};
  text += fields_of(value) + " changed when stored and read back";
  if constexpr (has_serialize<T>) {
    byte_buffer bytes;
    encode(value, bytes);
    const auto read = decode<T>(bytes.view());
    if (!read) return text + ": " + describe(read.error());
    const std::string after = to_json(*read);
    text += after == to_json(value) ? " (JSON shows no difference: does `serialize` miss a field?)"
                                    : ", to " + after;
  }
  return text;
}

/// The same of an event of `A`, which may be stored as something else.
template <class A, class Fact> [[nodiscard]] std::string how_event_changed(const Fact& fact) {
  if constexpr (cairn::detail::adapts<A, Fact>) {
    return std::string{Fact::stable_name} + fields_of(fact) +
           " changed when stored and read back, through `to_stored` and `from_stored`";
  } else {
    return how_changed(fact);
  }
}

}  // namespace cairn::testing::detail
