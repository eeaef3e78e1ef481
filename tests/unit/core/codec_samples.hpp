#pragma once

#include "cairn/codec.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

// Types that use every way in which a user may describe a stored value. Shared by tests and
// fuzzers.

namespace samples {

enum class colour : std::uint16_t { red = 1, deep_blue = 700 };

struct circle {
  static constexpr std::string_view stable_name = "shape.circle";
  std::int32_t radius = 0;
  bool operator==(const circle&) const = default;
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("radius", radius));
  }
};

struct label {
  static constexpr std::string_view stable_name = "shape.label";
  std::string text;
  bool operator==(const label&) const = default;
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("text", text));
  }
};

using shape = std::variant<circle, label>;

/// Private fields and a private `serialize`, which Boost's access class may call.
class purse {
 public:
  purse() = default;
  explicit purse(std::int64_t cents) : cents_(cents) {}
  bool operator==(const purse&) const = default;

 private:
  friend class boost::serialization::access;
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    cairn::fields(ar, boost::serialization::make_nvp("cents", cents_));
  }
  std::int64_t cents_ = 0;
};

/// Different functions for the two directions, as members.
struct percent {
  double share = 0;
  bool operator==(const percent&) const = default;
  template <class Archive> void save(Archive& ar, unsigned /*version*/) const {
    const auto hundredths = static_cast<std::int32_t>(std::lround(share * 100));
    ar << boost::serialization::make_nvp("hundredths", hundredths);
  }
  template <class Archive> void load(Archive& ar, unsigned /*version*/) {
    std::int32_t hundredths = 0;
    ar >> boost::serialization::make_nvp("hundredths", hundredths);
    share = hundredths / 100.0;
  }
  BOOST_SERIALIZATION_SPLIT_MEMBER()
};

/// Different functions for the two directions, beside the class.
struct celsius {
  std::int32_t tenths = 0;
  bool operator==(const celsius&) const = default;
};
template <class Archive> void save(Archive& ar, const celsius& value, unsigned /*version*/) {
  const std::int32_t kelvin_tenths = value.tenths + 2731;
  ar << kelvin_tenths;
}
template <class Archive> void load(Archive& ar, celsius& value, unsigned /*version*/) {
  std::int32_t kelvin_tenths = 0;
  ar >> kelvin_tenths;
  if (kelvin_tenths < 2731 - 10'000) throw std::domain_error{"colder than cold"};
  value.tenths = kelvin_tenths - 2731;
}
template <class Archive> void serialize(Archive& ar, celsius& value, unsigned version) {
  boost::serialization::split_free(ar, value, version);
}

/// Grows through pointers and through rows.
struct tree {
  std::int32_t value = 0;
  std::unique_ptr<tree> left;
  std::shared_ptr<tree> right;
  std::vector<tree> more;
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    cairn::fields(ar, value, left, right, more);
  }
};

/// `depth` objects within one another.
inline tree chain(unsigned depth) {
  tree top;
  for (unsigned i = 1; i < depth; ++i) {
    tree outer;
    outer.left = std::make_unique<tree>(std::move(top));
    top = std::move(outer);
  }
  return top;
}

/// One class at three moments of its life.
struct note_v0 {
  std::string text;
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("text", text));
  }
};
struct note_v2 {
  static constexpr std::string_view stable_name = "samples.note";
  std::string text;
  std::vector<std::string> tags;
  std::string author = "unknown";
  template <class Archive> void serialize(Archive& ar, unsigned version) {
    cairn::fields(ar, cairn::field("text", text));
    if (version >= 1) cairn::fields(ar, cairn::field("tags", tags));
    if (version >= 2) cairn::fields(ar, cairn::field("author", author));
  }
};

/// Carries no version, and cannot get one later.
struct point {
  std::int8_t x = 0;
  std::int8_t y = 0;
  bool operator==(const point&) const = default;
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("x", x), cairn::field("y", y));
  }
};

struct everything {
  bool truth = true;
  char letter = 'c';
  char16_t wide_letter = u'w';
  std::int8_t tiny = -8;
  std::uint8_t small = 200;
  std::int16_t low = -300;
  std::uint32_t high = 70'000;
  std::int64_t negative = std::numeric_limits<std::int64_t>::min();
  std::uint64_t positive = std::numeric_limits<std::uint64_t>::max();
  float single = 0.1F;
  double real = -0.1;
  colour tint = colour::deep_blue;
  std::string text = "Gr\xC3\xBC\xC3\x9F \"dich\"\n";
  std::vector<std::string> texts{"a", "", "bcd"};
  std::vector<bool> truths{true, false, true};
  std::vector<std::byte> bytes{std::byte{0}, std::byte{255}};
  std::vector<std::uint8_t> octets{0, 127, 255};
  std::deque<std::int32_t> deque{1, -2};
  std::list<purse> list{purse{5}, purse{-6}};
  std::array<std::int16_t, 3> array{1, 2, 3};
  std::int32_t c_array[2] = {9, -9};  // NOLINT: C arrays
  std::map<std::string, double> map{{"pi", 3.14}, {"e", 2.72}};
  std::map<std::int32_t, point> points{{-1, {1, 2}}, {4, {3, 4}}};
  std::unordered_map<std::string, std::int32_t> hashed{{"one", 1}, {"two", 2}, {"three", 3}};
  std::unordered_map<std::int32_t, std::string> hashed_numbers{{1, "one"}, {-300, "many"}};
  std::set<std::string> set{"x", "y"};
  std::unordered_set<std::int32_t> hashed_set{5, -1, 1000};
  std::optional<label> maybe = label{"here"};
  std::optional<label> nothing;
  std::optional<std::optional<bool>> doubt = std::optional<bool>{};
  std::pair<std::int32_t, std::string> pair{1, "one"};
  std::tuple<bool, double, point> tuple{true, 0.5, {7, 8}};
  std::chrono::milliseconds pause{1500};
  cairn::timestamp moment{std::chrono::nanoseconds{1'700'000'000'123'456'789}};
  std::vector<shape> shapes{circle{3}, label{"round"}};
  cairn::aggregate_id aggregate{"ann"};
  std::map<cairn::aggregate_id, cairn::version> seen{{"bob", {4}}};
  cairn::position position{{3}, 12};
  percent share{0.25};
  celsius warmth{215};

  bool operator==(const everything&) const = default;

  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    cairn::fields(ar,
                  cairn::field("truth", truth),
                  cairn::field("letter", letter),
                  wide_letter,
                  tiny,
                  small,
                  low,
                  high,
                  negative,
                  positive,
                  single,
                  real,
                  tint,
                  cairn::field("text", text),
                  texts,
                  truths,
                  bytes,
                  octets,
                  deque,
                  list,
                  array,
                  c_array,
                  map,
                  points,
                  hashed,
                  hashed_numbers,
                  set,
                  hashed_set,
                  maybe,
                  nothing,
                  doubt,
                  pair,
                  tuple,
                  pause,
                  moment,
                  cairn::field("shapes", shapes),
                  aggregate,
                  seen,
                  position,
                  share,
                  warmth);
  }
};

/// What the fuzzer reads: everything, and what grows.
struct rich {
  everything all;
  tree grown;
  note_v2 note;
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    cairn::fields(
        ar, cairn::field("all", all), cairn::field("grown", grown), cairn::field("note", note));
  }
};

/// Other values in every field that differs in length or form.
inline rich rich_sample() {
  rich sample;
  sample.grown = chain(3);
  sample.grown.right = std::make_shared<tree>();
  sample.grown.more.resize(2);
  sample.note = {"text", {"tag"}, "ann"};
  return sample;
}

template <class T> std::string bytes_of(const T& value) {
  cairn::byte_buffer out;
  cairn::encode(value, out);
  return std::string{out.text()};
}

}  // namespace samples

BOOST_CLASS_VERSION(samples::note_v2, 2)
BOOST_CLASS_IMPLEMENTATION(samples::point, boost::serialization::object_serializable)
