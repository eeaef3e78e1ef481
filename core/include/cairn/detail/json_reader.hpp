#pragma once

#include "cairn/detail/codec_traits.hpp"
#include "cairn/error.hpp"

#include <boost/mpl/bool.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <limits>
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

namespace cairn {

/// Longer texts are refused before they are read.
inline constexpr std::size_t json_text_max_bytes = std::size_t{16} * 1024 * 1024;

namespace detail {

class json_document;

/// Names a value within a json_document.
enum class json_node : std::uint32_t {};

/// Reads values from JSON; docs/codec.md has the mapping. Meets Boost's Loading Archive concept as
/// far as values go. The first fault stops all reading with reading_stopped and is kept. One
/// thread.
class json_reader {
 public:
  using is_saving = boost::mpl::bool_<false>;
  using is_loading = boost::mpl::bool_<true>;

  json_reader() noexcept;
  json_reader(const json_reader&) = delete;
  json_reader& operator=(const json_reader&) = delete;
  json_reader(json_reader&&) = delete;
  json_reader& operator=(json_reader&&) = delete;
  ~json_reader();

  void parse(std::string_view text);

  /// The whole document. @pre parse has returned
  template <class T> void read(T& value) {
    get(json_node{}, value);
    stop_again();
  }

  /// A field of the object that is being read.
  template <class T> json_reader& operator&(T&& field) {
    using parts = field_parts<std::remove_reference_t<T>>;
    const json_node node = take_field(parts::name(field));
    get(node, parts::value(field));
    return *this;
  }
  template <class T> json_reader& operator>>(T&& field) { return *this & field; }

  [[nodiscard]] unsigned get_library_version() const noexcept { return 0; }
  template <class T> void register_type(const T* /*unused*/ = nullptr) {}
  void reset_object_address(const void* /*now*/, const void* /*before*/) noexcept {}

  /// Why reading stopped. Call it inside the handler of the exception that ended it.
  [[nodiscard]] error why_stopped() const;

 private:
  /// The object that is being read, and how far.
  struct open_object {
    json_node node{};
    json_node next{};
    unsigned place = 0;
  };

  [[noreturn]] void stop(error::code what, std::string detail);
  [[noreturn]] void stop_at(json_node node, std::string_view complaint);
  [[noreturn]] void stop_newer(json_node node, std::uint32_t stored, std::uint32_t known);
  [[noreturn]] void stop_unknown(json_node node, std::string_view name);
  /// When a user has swallowed reading_stopped.
  void stop_again() const;

  std::uint32_t begin_object(json_node node, std::uint32_t newest);
  json_node take_field(std::string_view name);
  void end_object();
  bool is_object(json_node node) const;
  bool is_null(json_node node) const;
  /// The number of elements. @pre of size_of, first_of, next_of, key_of: an array or object
  std::size_t begin_array(json_node node);
  void begin_array_of(json_node node, std::size_t count);
  json_node first_of(json_node node) const;
  json_node next_of(json_node node) const;
  std::size_t size_of(json_node node) const;
  std::string_view key_of(json_node node) const;

  bool get_truth(json_node node);
  std::int64_t get_signed(json_node node, std::int64_t least, std::int64_t most);
  std::uint64_t get_unsigned(json_node node, std::uint64_t most);
  double get_double(json_node node);
  float get_float(json_node node);
  std::string get_text(json_node node);
  std::string get_hex(json_node node);

  void get(json_node node, bool& value) { value = get_truth(node); }

  template <std::integral T> void get(json_node node, T& value) {
    static_assert(sizeof(T) <= sizeof(std::uint64_t), "cairn: integers have at most 64 bits");
    using limits = std::numeric_limits<T>;
    if constexpr (character<T>) {
      using number = std::make_unsigned_t<T>;
      value = static_cast<T>(get_unsigned(node, std::numeric_limits<number>::max()));
    } else if constexpr (std::is_signed_v<T>) {
      value = static_cast<T>(get_signed(node, limits::min(), limits::max()));
    } else {
      value = static_cast<T>(get_unsigned(node, limits::max()));
    }
  }
  template <std::floating_point T> void get(json_node node, T& value) {
    static_assert(sizeof(T) <= sizeof(double), "cairn: long double differs among machines");
    if constexpr (sizeof(T) == sizeof(float)) {
      value = get_float(node);
    } else {
      value = get_double(node);
    }
  }

  void get(json_node node, std::string& text) { text = get_text(node); }
  template <class Tag> void get(json_node node, text_id<Tag>& id) {
    id = text_id<Tag>{get_text(node)};
  }
  void get(json_node node, version& value) { get(node, value.value); }
  void get(json_node node, partition_id& id) { get(node, id.value); }
  void get(json_node node, position& place) {
    get_object_with(node, 0, [&](std::uint32_t /*stored*/) {
      fields(*this, field("partition", place.partition), field("offset", place.offset));
    });
  }

  template <class Rep, class Period>
  void get(json_node node, std::chrono::duration<Rep, Period>& time) {
    static_assert(std::integral<Rep>, "cairn: a stored duration counts in integers");
    Rep count{};
    get(node, count);
    time = std::chrono::duration<Rep, Period>{count};
  }
  template <class Clock, class Duration>
  void get(json_node node, std::chrono::time_point<Clock, Duration>& time) {
    Duration since_epoch{};
    get(node, since_epoch);
    time = std::chrono::time_point<Clock, Duration>{since_epoch};
  }

  template <class T, class A> void get(json_node node, std::vector<T, A>& row) {
    if constexpr (std::same_as<T, std::byte>) {
      const std::string bytes = get_hex(node);
      row.resize(bytes.size());
      copy_bytes(bytes, row.data());
    } else {
      get_row(node, row);
    }
  }
  template <class T, class A> void get(json_node node, std::deque<T, A>& row) {
    get_row(node, row);
  }
  template <class T, class A> void get(json_node node, std::list<T, A>& row) { get_row(node, row); }

  template <class T, std::size_t Size> void get(json_node node, std::array<T, Size>& row) {
    get_elements(node, row.data(), Size);
  }
  template <class T, std::size_t Size>
  void get(json_node node, T (&row)[Size]) {  // NOLINT: C arrays
    get_elements(node, &row[0], Size);
  }

  template <class K, class C, class A> void get(json_node node, std::set<K, C, A>& set) {
    get_set(node, set);
  }
  template <class K, class H, class E, class A>
  void get(json_node node, std::unordered_set<K, H, E, A>& set) {
    get_set(node, set);
  }
  template <class K, class V, class C, class A>
  void get(json_node node, std::map<K, V, C, A>& map) {
    get_map(node, map);
  }
  template <class K, class V, class H, class E, class A>
  void get(json_node node, std::unordered_map<K, V, H, E, A>& map) {
    get_map(node, map);
  }

  template <class A, class B> void get(json_node node, std::pair<A, B>& both) {
    begin_array_of(node, 2);
    get(first_of(node), both.first);
    get(next_of(first_of(node)), both.second);
  }
  template <class... Ts> void get(json_node node, std::tuple<Ts...>& parts) {
    begin_array_of(node, sizeof...(Ts));
    json_node at = first_of(node);
    const auto get_part = [this, &at](auto& part) {
      get(at, part);
      at = next_of(at);
    };
    std::apply([&get_part](Ts&... part) { (get_part(part), ...); }, parts);
  }

  template <class T> void get(json_node node, std::optional<T>& maybe) {
    maybe.reset();
    if (!is_null(node)) get_inner<T>(node, maybe.emplace());
  }
  template <class T> void get(json_node node, std::unique_ptr<T>& owned) {
    owned.reset();
    if (is_null(node)) return;
    auto fresh = std::make_unique<std::remove_const_t<T>>();
    get_inner<T>(node, *fresh);
    owned = std::move(fresh);
  }
  template <class T> void get(json_node node, std::shared_ptr<T>& shared) {
    shared.reset();
    if (is_null(node)) return;
    auto fresh = std::make_shared<std::remove_const_t<T>>();
    get_inner<T>(node, *fresh);
    shared = std::move(fresh);
  }
  template <class T, class Value> void get_inner(json_node node, Value& value) {
    if constexpr (is_nullable<std::remove_const_t<T>>::value) {
      begin_array_of(node, 1);
      node = first_of(node);
    }
    get(node, value);
  }

  template <class... Ts> void get(json_node node, std::variant<Ts...>& one_of) {
    if constexpr (check_alternatives<Ts...>()) {
      const open_object outer = object_;
      begin_object(node, 0);
      const json_node type = take_field("type");
      const std::string name = get_text(type);
      const json_node value = take_field("value");
      end_object();
      object_ = outer;
      if (!(get_if_named<Ts>(value, one_of, name) || ...)) stop_unknown(type, name);
    }
  }
  template <class T, class Variant>
  bool get_if_named(json_node node, Variant& one_of, std::string_view name) {
    if (name != std::string_view{T::stable_name}) return false;
    get(node, one_of.template emplace<T>());
    return true;
  }

  template <class T> void get(json_node node, T& value) {
    if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number{};
      get(node, number);
      value = static_cast<T>(number);
    } else if constexpr (check_storable<std::remove_const_t<T>>()) {
      // Wrappers of Boost, such as make_array, arrive as const objects that point to what is read.
      constexpr bool is_wrapper = std::is_base_of_v<boost::serialization::basic_traits, T>;
      static_assert(is_wrapper || !std::is_const_v<T>, "cairn: a const field cannot be read back");
      using object = std::remove_const_t<T>;
      constexpr std::uint32_t newest = stores_class_version<object> ? class_version<object> : 0;
      get_object_with(node, newest, [&](std::uint32_t stored) {
        const std::uint32_t from = stores_class_version<object> ? stored : class_version<object>;
        boost::serialization::serialize_adl(*this, const_cast<object&>(value), from);  // NOLINT
      });
    }
  }

  template <class GetFields>
  void get_object_with(json_node node, std::uint32_t newest, GetFields get_fields) {
    if (depth_ == codec_nesting_max) stop_at(node, "is nested too deep");
    ++depth_;
    const open_object outer = object_;
    const std::uint32_t stored = begin_object(node, newest);
    get_fields(stored);
    end_object();
    object_ = outer;
    --depth_;
  }

  static void copy_bytes(std::string_view from, std::byte* to) {
    if (!from.empty()) {
      from.copy(reinterpret_cast<char*>(to), from.size());  // NOLINT: bytes are bytes
    }
  }

  template <class T> void get_elements(json_node node, T* first, std::size_t count) {
    if constexpr (std::same_as<T, std::byte>) {
      const std::string bytes = get_hex(node);
      if (bytes.size() != count) stop_at(node, "has another number of bytes than its type");
      copy_bytes(bytes, first);
    } else {
      begin_array_of(node, count);
      json_node at = first_of(node);
      for (std::size_t i = 0; i < count; ++i, at = next_of(at)) {
        get(at, first[i]);
      }
    }
  }

  template <class Row> void get_row(json_node node, Row& row) {
    const std::size_t count = begin_array(node);
    row.clear();
    json_node at = first_of(node);
    for (std::size_t i = 0; i < count; ++i, at = next_of(at)) {
      if constexpr (std::same_as<typename Row::value_type, bool>) {
        row.push_back(get_truth(at));
      } else {
        get(at, row.emplace_back());
      }
    }
  }

  template <class Set> void get_set(json_node node, Set& set) {
    const std::size_t count = begin_array(node);
    set.clear();
    json_node at = first_of(node);
    for (std::size_t i = 0; i < count; ++i, at = next_of(at)) {
      typename Set::key_type key{};
      get(at, key);
      set.emplace_hint(set.end(), std::move(key));
      if (set.size() != i + 1) stop_at(at, "is twice in its set");
    }
  }

  template <class Map> void get_map(json_node node, Map& map) {
    using key_type = typename Map::key_type;
    map.clear();
    if constexpr (text_like<key_type>) {
      if (is_object(node)) {
        const std::size_t count = size_of(node);
        json_node at = first_of(node);
        for (std::size_t i = 0; i < count; ++i, at = next_of(at)) {
          get_mapped(at, map, key_type{std::string{key_of(at)}}, at);
        }
        return;
      }
    }
    const std::size_t count = begin_array(node);
    json_node at = first_of(node);
    for (std::size_t i = 0; i < count; ++i, at = next_of(at)) {
      begin_array_of(at, 2);
      key_type key{};
      get(first_of(at), key);
      get_mapped(at, map, std::move(key), next_of(first_of(at)));
    }
  }
  template <class Map>
  void get_mapped(json_node element, Map& map, typename Map::key_type key, json_node value) {
    const std::size_t before = map.size();
    const auto place = map.try_emplace(map.end(), std::move(key));
    if (map.size() == before) stop_at(element, "is twice in its map");
    get(value, place->second);
  }

  std::unique_ptr<json_document> document_;
  open_object object_;
  unsigned depth_ = 0;
  std::optional<error> fault_;
};

}  // namespace detail
}  // namespace cairn
