#pragma once

#include "cairn/bytes.hpp"
#include "cairn/detail/codec_traits.hpp"

#include <boost/mpl/bool.hpp>

#include <array>
#include <bit>
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

/// Writes values in the format of docs/codec.md. Meets Boost's Saving Archive concept, as far as
/// values go: no pointers to shared or polymorphic objects. One thread; borrows the buffer.
class output_archive {
 public:
  using is_saving = boost::mpl::bool_<true>;
  using is_loading = boost::mpl::bool_<false>;

  explicit output_archive(byte_buffer& out) noexcept : out_(out) {}

  template <class T> output_archive& operator&(const T& field) {
    put(field_parts<const T>::value(field));
    return *this;
  }
  template <class T> output_archive& operator<<(const T& field) { return *this & field; }

  [[nodiscard]] unsigned get_library_version() const noexcept { return 0; }
  template <class T> void register_type(const T* /*unused*/ = nullptr) {}

 private:
  void put_varint(std::uint64_t value) {
    if (value < 0x80) {
      *out_.extend(1) = static_cast<std::byte>(value);
      return;
    }
    constexpr std::size_t longest = 10;
    std::byte* const begin = out_.extend(longest);
    std::byte* to = begin;
    for (; value >= 0x80; value >>= 7U) {
      *to++ = static_cast<std::byte>(value | 0x80U);
    }
    *to++ = static_cast<std::byte>(value);
    out_.truncate(out_.size() - (longest - static_cast<std::size_t>(to - begin)));
  }

  void put_text(std::string_view text) {
    put_varint(text.size());
    out_.append(text);
  }

  void put(bool value) { *out_.extend(1) = static_cast<std::byte>(value ? 1 : 0); }

  template <std::integral T> void put(const T& value) {
    static_assert(sizeof(T) <= sizeof(std::uint64_t), "cairn: integers have at most 64 bits");
    if constexpr (std::same_as<T, char>) {
      *out_.extend(1) = static_cast<std::byte>(value);
    } else if constexpr (character<T>) {
      put_varint(static_cast<std::make_unsigned_t<T>>(value));
    } else if constexpr (std::is_signed_v<T>) {
      // Zigzag: small numbers of either sign become small unsigned ones.
      const auto wide = static_cast<std::uint64_t>(std::int64_t{value});
      put_varint((wide << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0U));
    } else {
      put_varint(value);
    }
  }

  template <std::floating_point T> void put(const T& value) {
    static_assert(sizeof(T) <= sizeof(double), "cairn: long double differs among machines");
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    out_.append_little(std::bit_cast<bits>(value));
  }

  void put(const std::string& text) { put_text(text); }
  template <class Tag> void put(const text_id<Tag>& id) { put_text(id.text()); }
  void put(const version& value) { put(value.value); }
  void put(const partition_id& id) { put(id.value); }
  void put(const position& place) {
    put(place.partition);
    put(place.offset);
  }

  template <class Rep, class Period> void put(const std::chrono::duration<Rep, Period>& time) {
    static_assert(std::integral<Rep>, "cairn: a stored duration counts in integers");
    put(time.count());
  }
  template <class Clock, class Duration>
  void put(const std::chrono::time_point<Clock, Duration>& time) {
    put(time.time_since_epoch());
  }

  template <class T, class A> void put(const std::vector<T, A>& row) { put_row(row); }
  template <class T, class A> void put(const std::deque<T, A>& row) { put_row(row); }
  template <class T, class A> void put(const std::list<T, A>& row) { put_row(row); }
  template <class K, class C, class A> void put(const std::set<K, C, A>& set) { put_row(set); }

  template <class T, std::size_t Size> void put(const std::array<T, Size>& row) {
    put_elements(row.data(), Size);
  }
  template <class T, std::size_t Size> void put(const T (&row)[Size]) {  // NOLINT: C arrays
    put_elements(&row[0], Size);
  }

  template <class K, class V, class C, class A> void put(const std::map<K, V, C, A>& map) {
    check_element<K>();
    put_varint(map.size());
    for (const auto& [key, value] : map) {
      put(key);
      put(value);
    }
  }

  template <class K, class H, class E, class A>
  void put(const std::unordered_set<K, H, E, A>& set) {
    put_sorted(set, [this](const K& key) {
      put(key);
      return out_.size();
    });
  }
  template <class K, class V, class H, class E, class A>
  void put(const std::unordered_map<K, V, H, E, A>& map) {
    put_sorted(map, [this](const auto& element) {
      put(element.first);
      const std::size_t key_end = out_.size();
      put(element.second);
      return key_end;
    });
  }

  template <class A, class B> void put(const std::pair<A, B>& both) {
    put(both.first);
    put(both.second);
  }
  template <class... Ts> void put(const std::tuple<Ts...>& parts) {
    std::apply([&](const Ts&... part) { (put(part), ...); }, parts);
  }

  template <class T> void put(const std::optional<T>& maybe) { put_nullable(maybe); }
  template <class T> void put(const std::unique_ptr<T>& owned) { put_nullable(owned); }
  template <class T> void put(const std::shared_ptr<T>& shared) { put_nullable(shared); }

  template <class... Ts> void put(const std::variant<Ts...>& one_of) {
    CAIRN_ASSERT(!one_of.valueless_by_exception());
    if constexpr (check_alternatives<Ts...>()) {
      const auto put_named = [this]<class T>(const T& value) {
        put_text(T::stable_name);
        put(value);
      };
      std::visit(put_named, one_of);
    }
  }

  template <class T> void put(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      put(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (check_storable<T>()) {
      put_object(value);
    }
  }

  template <class T> void put_object(const T& value) {
    if (depth_ == codec_nesting_max) throw nested_too_deep{};
    ++depth_;
    if constexpr (stores_class_version<T>) put_varint(class_version<T>);
    // One `serialize` serves both directions and is therefore not const; when saving it only reads.
    boost::serialization::serialize_adl(*this, const_cast<T&>(value), class_version<T>);  // NOLINT
    --depth_;
  }

  template <class Nullable> void put_nullable(const Nullable& maybe) {
    put(static_cast<bool>(maybe));
    if (maybe) put(*maybe);
  }

  template <class T> void put_elements(const T* first, std::size_t count) {
    if constexpr (byte_like<T>) {
      out_.append(first, count);
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        put(first[i]);
      }
    }
  }

  template <class Row> void put_row(const Row& row) {
    using element = typename Row::value_type;
    check_element<element>();
    put_varint(row.size());
    if constexpr (byte_like<element> && requires { row.data(); }) {
      out_.append(row.data(), row.size());
    } else {
      const std::size_t begin = out_.size();
      for (const auto& value : row) {
        put(value);
      }
      // The reader refuses counts beyond the bytes that are left.
      CAIRN_ASSERT(out_.size() - begin >= row.size());
    }
  }

  template <class Container, class PutElement>
  void put_sorted(const Container& container, PutElement put_element) {
    check_element<typename Container::key_type>();
    put_varint(container.size());
    std::vector<written_element> elements;
    elements.reserve(container.size());
    for (const auto& value : container) {
      const std::size_t begin = out_.size();
      const std::size_t key_end = put_element(value);
      elements.push_back({begin, key_end, out_.size()});
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    sort_written(reinterpret_cast<char*>(out_.data()), elements);
  }

  byte_buffer& out_;
  unsigned depth_ = 0;
};

}  // namespace cairn::detail
