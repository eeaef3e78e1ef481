#pragma once

#include "cairn/assert.hpp"
#include "cairn/detail/codec_traits.hpp"

#include <boost/mpl/bool.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace cairn::detail {

/// Whether all of `text` is UTF-8 by RFC 3629: no overlong forms, no surrogates.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Writes values as JSON; docs/codec.md has the mapping. Meets Boost's Saving Archive concept as
/// far as values go. Appends to a text that it borrows. One thread.
class json_writer {
 public:
  using is_saving = boost::mpl::bool_<true>;
  using is_loading = boost::mpl::bool_<false>;

  explicit json_writer(std::string& out) noexcept : out_(out) {}

  /// A field of the object that is being written.
  template <class T> json_writer& operator&(const T& field) {
    begin_field(field_parts<const T>::name(field));
    put(field_parts<const T>::value(field));
    return *this;
  }
  template <class T> json_writer& operator<<(const T& field) { return *this & field; }

  /// A whole value, which is no field of anything.
  template <class T> void write(const T& value) { put(value); }

  [[nodiscard]] unsigned get_library_version() const noexcept { return 0; }
  template <class T> void register_type(const T* /*unused*/ = nullptr) {}

 private:
  /// The comma before the next field or element, except the first.
  void begin_next() {
    if (out_.back() != '{' && out_.back() != '[') out_ += ',';
  }
  void begin_field(std::string_view name);
  void put_signed(std::int64_t value);
  void put_unsigned(std::uint64_t value);
  void put_real(double value);
  void put_real(float value);
  void put_text(std::string_view text);
  void put_hex(const void* bytes, std::size_t count);

  void put(bool value) { out_ += value ? "true" : "false"; }

  template <std::integral T> void put(const T& value) {
    static_assert(sizeof(T) <= sizeof(std::uint64_t), "cairn: integers have at most 64 bits");
    if constexpr (character<T>) {
      put_unsigned(static_cast<std::make_unsigned_t<T>>(value));
    } else if constexpr (std::is_signed_v<T>) {
      put_signed(value);
    } else {
      put_unsigned(value);
    }
  }
  template <std::floating_point T> void put(const T& value) {
    static_assert(sizeof(T) <= sizeof(double), "cairn: long double differs among machines");
    put_real(value);
  }

  void put(const std::string& text) { put_text(text); }
  template <class Tag> void put(const text_id<Tag>& id) { put_text(id.text()); }
  void put(const version& value) { put(value.value); }
  void put(const partition_id& id) { put(id.value); }
  void put(const position& place) {
    put_object_with(0, [&] {
      fields(*this, field("partition", place.partition), field("offset", place.offset));
    });
  }

  template <class Rep, class Period> void put(const std::chrono::duration<Rep, Period>& time) {
    static_assert(std::integral<Rep>, "cairn: a stored duration counts in integers");
    put(time.count());
  }
  template <class Clock, class Duration>
  void put(const std::chrono::time_point<Clock, Duration>& time) {
    put(time.time_since_epoch());
  }

  template <class T, class A> void put(const std::vector<T, A>& row) {
    if constexpr (std::same_as<T, std::byte>) {
      put_hex(row.data(), row.size());
    } else {
      put_row(row);
    }
  }
  template <class T, class A> void put(const std::deque<T, A>& row) { put_row(row); }
  template <class T, class A> void put(const std::list<T, A>& row) { put_row(row); }
  template <class K, class C, class A> void put(const std::set<K, C, A>& set) { put_row(set); }

  template <class T, std::size_t Size> void put(const std::array<T, Size>& row) {
    if constexpr (std::same_as<T, std::byte>) {
      put_hex(row.data(), row.size());
    } else {
      put_row(row);
    }
  }
  template <class T, std::size_t Size> void put(const T (&row)[Size]) {  // NOLINT: C arrays
    if constexpr (std::same_as<T, std::byte>) {
      put_hex(&row[0], Size);
    } else {
      put_row(row);
    }
  }

  template <class K, class V, class C, class A> void put(const std::map<K, V, C, A>& map) {
    put_map(map, [this, &map](auto put_element) {
      for (const auto& element : map) {
        begin_next();
        put_element(element);
      }
    });
  }
  template <class K, class V, class H, class E, class A>
  void put(const std::unordered_map<K, V, H, E, A>& map) {
    put_map(map, [this, &map](auto put_element) { this->put_sorted(map, put_element); });
  }
  template <class K, class H, class E, class A>
  void put(const std::unordered_set<K, H, E, A>& set) {
    out_ += '[';
    put_sorted(set, [this](const K& key) { put(key); });
    out_ += ']';
  }

  template <class A, class B> void put(const std::pair<A, B>& both) {
    out_ += '[';
    put(both.first);
    out_ += ',';
    put(both.second);
    out_ += ']';
  }
  template <class... Ts> void put(const std::tuple<Ts...>& parts) {
    out_ += '[';
    std::apply([&](const Ts&... part) { ((begin_next(), put(part)), ...); }, parts);
    out_ += ']';
  }

  template <class T> void put(const std::optional<T>& maybe) { put_nullable<T>(maybe); }
  template <class T> void put(const std::unique_ptr<T>& owned) { put_nullable<T>(owned); }
  template <class T> void put(const std::shared_ptr<T>& shared) { put_nullable<T>(shared); }

  template <class... Ts> void put(const std::variant<Ts...>& one_of) {
    CAIRN_ASSERT(!one_of.valueless_by_exception());
    if constexpr (check_alternatives<Ts...>()) {
      const auto put_named = [this]<class T>(const T& value) {
        out_ += "{\"type\":";
        put_text(T::stable_name);
        out_ += ",\"value\":";
        put(value);
        out_ += '}';
      };
      std::visit(put_named, one_of);
    }
  }

  template <class T> void put(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      put(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (check_storable<T>()) {
      put_object_with(stores_class_version<T> ? class_version<T> : 0, [&] {
        // One `serialize` serves both directions and is therefore not const; here it only reads.
        boost::serialization::serialize_adl(
            *this, const_cast<T&>(value), class_version<T>);  // NOLINT
      });
    }
  }

  template <class PutFields> void put_object_with(std::uint32_t newest, PutFields put_fields) {
    if (depth_ == codec_nesting_max) throw nested_too_deep{};
    ++depth_;
    const unsigned outer_place = std::exchange(place_, 0);
    begin_object(newest);
    put_fields();
    out_ += '}';
    place_ = outer_place;
    --depth_;
  }
  void begin_object(std::uint32_t newest);

  /// What may itself be null is put into an array, so that the two kinds of null differ.
  template <class T, class Nullable> void put_nullable(const Nullable& maybe) {
    constexpr bool nested = is_nullable<std::remove_const_t<T>>::value;
    if (!maybe) {
      out_ += "null";
      return;
    }
    if constexpr (nested) out_ += '[';
    put(*maybe);
    if constexpr (nested) out_ += ']';
  }

  template <class Row> void put_row(const Row& row) {
    out_ += '[';
    for (const auto& value : row) {
      begin_next();
      put(value);
    }
    out_ += ']';
  }

  /// An object when all keys are texts that JSON can hold, otherwise an array of [key, value].
  template <class Map, class PutAll> void put_map(const Map& map, PutAll put_all) {
    if constexpr (text_like<typename Map::key_type>) {
      if (keys_are_utf8(map)) {
        out_ += '{';
        put_all([this](const auto& element) {
          put_text(text_of(element.first));
          out_ += ':';
          put(element.second);
        });
        out_ += '}';
        return;
      }
    }
    out_ += '[';
    put_all([this](const auto& element) { this->put(element); });
    out_ += ']';
  }
  template <class Map> static bool keys_are_utf8(const Map& map) {
    for (const auto& element : map) {
      if (!is_utf8(text_of(element.first))) return false;
    }
    return true;
  }

  template <class Container, class PutElement>
  void put_sorted(const Container& container, PutElement put_element) {
    std::vector<written_element> elements;
    elements.reserve(container.size());
    for (const auto& value : container) {
      const std::size_t begin = out_.size();
      put_element(value);
      const std::size_t key_end = out_.size();
      out_ += ',';
      elements.push_back({begin, key_end, out_.size()});
    }
    if (elements.empty()) return;
    sort_written(out_.data(), elements);
    out_.pop_back();
  }

  std::string& out_;
  unsigned depth_ = 0;
  /// How many fields of the present object have been written.
  unsigned place_ = 0;
};

}  // namespace cairn::detail
