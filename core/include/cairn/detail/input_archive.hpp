#pragma once

#include "cairn/bytes.hpp"
#include "cairn/detail/codec_traits.hpp"
#include "cairn/error.hpp"

#include <boost/mpl/bool.hpp>

#include <algorithm>
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

/// Reads values from bytes that may be anything. Meets Boost's Loading Archive concept as far as
/// values go. The first fault stops all reading with reading_stopped and is kept. One thread;
/// borrows the bytes.
class input_archive {
 public:
  using is_saving = boost::mpl::bool_<false>;
  using is_loading = boost::mpl::bool_<true>;

  explicit input_archive(byte_view bytes) noexcept
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  template <class T> input_archive& operator&(T&& field) {
    get(field_parts<std::remove_reference_t<T>>::value(field));
    return *this;
  }
  template <class T> input_archive& operator>>(T&& field) { return *this & field; }

  [[nodiscard]] unsigned get_library_version() const noexcept { return 0; }
  template <class T> void register_type(const T* /*unused*/ = nullptr) {}
  void reset_object_address(const void* /*now*/, const void* /*before*/) noexcept {}

  /// Throws reading_stopped when bytes are left, or when a fault was found and a user swallowed it.
  void expect_end();

  /// Why reading stopped. Call it inside the handler of the exception that ended it.
  [[nodiscard]] error why_stopped() const;

 private:
  [[noreturn]] void stop(error::code what, std::string detail);
  [[noreturn]] void stop_corrupt(const char* detail);
  [[noreturn]] void stop_newer(std::uint32_t stored, std::uint32_t known, std::string_view type);
  [[noreturn]] void stop_unknown(std::string_view name);

  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  const std::byte* take(std::size_t count) {
    if (left() < count) stop_corrupt("the bytes end within a value");
    return std::exchange(at_, at_ + count);
  }

  std::uint64_t get_varint() {
    const auto first = std::to_integer<std::uint64_t>(*take(1));
    return first < 0x80 ? first : get_long_varint(first & 0x7FU);
  }
  std::uint64_t get_long_varint(std::uint64_t value);

  /// Of elements, each of which takes at least one byte.
  std::size_t get_count() {
    const std::uint64_t count = get_varint();
    if (count > left()) stop_corrupt("a length exceeds the bytes that are left");
    return static_cast<std::size_t>(count);
  }

  std::string_view get_text() {
    const std::size_t size = get_count();
    return as_text({take(size), size});
  }

  void get(bool& value) {
    const auto byte = std::to_integer<unsigned>(*take(1));
    if (byte > 1) stop_corrupt("a truth value is neither 0 nor 1");
    value = byte == 1;
  }

  template <std::integral T> void get(T& value) {
    static_assert(sizeof(T) <= sizeof(std::uint64_t), "cairn: integers have at most 64 bits");
    if constexpr (std::same_as<T, char>) {
      value = static_cast<char>(*take(1));
    } else if constexpr (character<T>) {
      std::make_unsigned_t<T> number{};
      get(number);
      value = static_cast<T>(number);
    } else if constexpr (std::is_signed_v<T>) {
      const std::uint64_t folded = get_varint();
      const auto wide = static_cast<std::int64_t>((folded >> 1U) ^ (~(folded & 1U) + 1U));
      value = static_cast<T>(wide);
      if (value != wide) stop_corrupt("an integer does not fit its type");
    } else {
      const std::uint64_t wide = get_varint();
      value = static_cast<T>(wide);
      if (value != wide) stop_corrupt("an integer does not fit its type");
    }
  }

  template <std::floating_point T> void get(T& value) {
    static_assert(sizeof(T) <= sizeof(double), "cairn: long double differs among machines");
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    value = std::bit_cast<T>(load_little<bits>(take(sizeof(bits))));
  }

  void get(std::string& text) { text = get_text(); }
  template <class Tag> void get(text_id<Tag>& id) { id = text_id<Tag>{get_text()}; }
  void get(version& value) { get(value.value); }
  void get(partition_id& id) { get(id.value); }
  void get(position& place) {
    get(place.partition);
    get(place.offset);
  }

  template <class Rep, class Period> void get(std::chrono::duration<Rep, Period>& time) {
    static_assert(std::integral<Rep>, "cairn: a stored duration counts in integers");
    Rep count{};
    get(count);
    time = std::chrono::duration<Rep, Period>{count};
  }
  template <class Clock, class Duration> void get(std::chrono::time_point<Clock, Duration>& time) {
    Duration since_epoch{};
    get(since_epoch);
    time = std::chrono::time_point<Clock, Duration>{since_epoch};
  }

  template <class T, class A> void get(std::vector<T, A>& row) { get_row(row); }
  template <class T, class A> void get(std::deque<T, A>& row) { get_row(row); }
  template <class T, class A> void get(std::list<T, A>& row) { get_row(row); }

  template <class T, std::size_t Size> void get(std::array<T, Size>& row) {
    get_elements(row.data(), Size);
  }
  template <class T, std::size_t Size> void get(T (&row)[Size]) {  // NOLINT: C arrays
    get_elements(&row[0], Size);
  }

  template <class K, class C, class A> void get(std::set<K, C, A>& set) { get_set(set); }
  template <class K, class H, class E, class A> void get(std::unordered_set<K, H, E, A>& set) {
    get_set(set);
  }
  template <class K, class V, class C, class A> void get(std::map<K, V, C, A>& map) {
    get_map(map);
  }
  template <class K, class V, class H, class E, class A>
  void get(std::unordered_map<K, V, H, E, A>& map) {
    get_map(map);
  }

  template <class A, class B> void get(std::pair<A, B>& both) {
    get(both.first);
    get(both.second);
  }
  template <class... Ts> void get(std::tuple<Ts...>& parts) {
    std::apply([&](Ts&... part) { (get(part), ...); }, parts);
  }

  template <class T> void get(std::optional<T>& maybe) {
    maybe.reset();
    if (get_is_there()) get(maybe.emplace());
  }
  template <class T> void get(std::unique_ptr<T>& owned) {
    owned.reset();
    if (!get_is_there()) return;
    auto fresh = std::make_unique<std::remove_const_t<T>>();
    get(*fresh);
    owned = std::move(fresh);
  }
  template <class T> void get(std::shared_ptr<T>& shared) {
    shared.reset();
    if (!get_is_there()) return;
    auto fresh = std::make_shared<std::remove_const_t<T>>();
    get(*fresh);
    shared = std::move(fresh);
  }

  template <class... Ts> void get(std::variant<Ts...>& one_of) {
    if constexpr (check_alternatives<Ts...>()) {
      const std::string_view name = get_text();
      if (!(get_if_named<Ts>(one_of, name) || ...)) stop_unknown(name);
    }
  }
  template <class T, class Variant> bool get_if_named(Variant& one_of, std::string_view name) {
    if (name != std::string_view{T::stable_name}) return false;
    get(one_of.template emplace<T>());
    return true;
  }

  template <class T> void get(T& value) {
    if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number{};
      get(number);
      value = static_cast<T>(number);
    } else if constexpr (check_storable<std::remove_const_t<T>>()) {
      get_object(value);
    }
  }

  template <class T> void get_object(T& value) {
    // Wrappers of Boost, such as make_array, arrive as const objects that point to what is read.
    constexpr bool is_wrapper = std::is_base_of_v<boost::serialization::basic_traits, T>;
    static_assert(is_wrapper || !std::is_const_v<T>, "cairn: a const field cannot be read back");
    using object = std::remove_const_t<T>;
    if (depth_ == codec_nesting_max) stop_corrupt("objects are nested too deep");
    ++depth_;
    std::uint32_t stored = class_version<object>;
    if constexpr (stores_class_version<object>) {
      get(stored);
      if (stored > class_version<object>) {
        stop_newer(stored, class_version<object>, name_for_people<object>());
      }
    }
    boost::serialization::serialize_adl(*this, const_cast<object&>(value), stored);  // NOLINT
    --depth_;
  }

  bool get_is_there() {
    bool is_there = false;
    get(is_there);
    return is_there;
  }

  template <class T> void get_elements(T* first, std::size_t count) {
    if constexpr (byte_like<T>) {
      if (count != 0) std::memcpy(first, take(count), count);
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        get(first[i]);
      }
    }
  }

  /// Reserves little, whatever the count says: the elements have not been seen yet.
  template <class Container> static void reserve_some(Container& container, std::size_t count) {
    constexpr std::size_t bytes_max = std::size_t{64} * 1024;
    constexpr std::size_t some = bytes_max / sizeof(typename Container::value_type) + 1;
    if constexpr (requires { container.reserve(count); }) container.reserve(std::min(count, some));
  }

  template <class Row> void get_row(Row& row) {
    using element = typename Row::value_type;
    check_element<element>();
    const std::size_t count = get_count();
    row.clear();
    if constexpr (byte_like<element> && requires { row.data(); }) {
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
      const auto* first = reinterpret_cast<const element*>(take(count));
      row.assign(first, first + count);
    } else {
      reserve_some(row, count);
      for (std::size_t i = 0; i < count; ++i) {
        if constexpr (std::same_as<element, bool>) {
          row.push_back(get_is_there());
        } else {
          get(row.emplace_back());
        }
      }
    }
  }

  template <class Set> void get_set(Set& set) {
    check_element<typename Set::key_type>();
    const std::size_t count = get_count();
    set.clear();
    reserve_some(set, count);
    for (std::size_t i = 0; i < count; ++i) {
      typename Set::key_type key{};
      get(key);
      set.emplace_hint(set.end(), std::move(key));
      if (set.size() != i + 1) stop_corrupt("a set has the same element twice");
    }
  }

  template <class Map> void get_map(Map& map) {
    check_element<typename Map::key_type>();
    const std::size_t count = get_count();
    map.clear();
    reserve_some(map, count);
    for (std::size_t i = 0; i < count; ++i) {
      typename Map::key_type key{};
      get(key);
      const auto place = map.try_emplace(map.end(), std::move(key));
      if (map.size() != i + 1) stop_corrupt("a map has the same key twice");
      get(place->second);
    }
  }

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  unsigned depth_ = 0;
  std::optional<error> fault_;
};

}  // namespace cairn::detail
