#include "codec_samples.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <new>
#include <set>

namespace {

using cairn::error;
using namespace samples;  // NOLINT(google-build-using-namespace): the vocabulary of these tests

std::string hex_of(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
    hex += "0123456789abcdef"[static_cast<unsigned char>(byte) & 0xFU];
  }
  return hex;
}

template <class T> std::string hex(const T& value) {
  return hex_of(bytes_of(value));
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
  }
  return bytes;
}

template <class T> cairn::result<T> read(std::string_view bytes) {
  return cairn::decode<T>(cairn::as_bytes(bytes));
}

template <class T> error why_not(std::string_view bytes) {
  const auto read_back = read<T>(bytes);
  return read_back ? error{} : read_back.error();
}

template <class T> void expect_round_trip(const T& value) {
  const auto back = read<T>(bytes_of(value));
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, value);
}

// ---- the format
// ---------------------------------------------------------------------------------------

// These bytes are on disks: a change here is a change of format, and old stores become unreadable.
TEST(Codec, FreezesTheBytesOfNumbersAndTexts) {
  EXPECT_EQ(hex(true), "01");
  EXPECT_EQ(hex(false), "00");
  EXPECT_EQ(hex('a'), "61");
  EXPECT_EQ(hex(static_cast<char>(0xFF)), "ff");
  EXPECT_EQ(hex(u'\u20AC'), "ac41");
  EXPECT_EQ(hex(std::uint8_t{200}), "c801");
  EXPECT_EQ(hex(std::uint32_t{300}), "ac02");
  EXPECT_EQ(hex(std::numeric_limits<std::uint64_t>::max()), "ffffffffffffffffff01");
  EXPECT_EQ(hex(std::int32_t{0}), "00");
  EXPECT_EQ(hex(std::int32_t{-1}), "01");
  EXPECT_EQ(hex(std::int32_t{1}), "02");
  EXPECT_EQ(hex(std::int8_t{-128}), "ff01");
  EXPECT_EQ(hex(std::numeric_limits<std::int64_t>::min()), "ffffffffffffffffff01");
  EXPECT_EQ(hex(colour::deep_blue), "bc05");
  EXPECT_EQ(hex(std::string{"abc"}), "03616263");
}

TEST(Codec, WritesFloatsLeastSignificantByteFirst) {
  EXPECT_EQ(hex(1.0F), "0000803f");
  EXPECT_EQ(hex(1.0), "000000000000f03f");
  EXPECT_EQ(hex(-0.0), "0000000000000080");
}

TEST(Codec, FreezesTheBytesOfContainers) {
  EXPECT_EQ(hex(std::vector<std::int32_t>{1, -1, 64}), "0302018001");
  EXPECT_EQ(hex(std::vector<bool>{true, false}), "020100");
  EXPECT_EQ(hex(std::vector<std::uint8_t>{0, 200}), "0200c8");
  EXPECT_EQ(hex(std::deque<std::int32_t>{1, 2}), "020204");
  EXPECT_EQ(hex(std::deque<std::uint8_t>{200}), "01c801");
  EXPECT_EQ(hex(std::list<std::string>{"a", ""}), "02016100");
  EXPECT_EQ(hex(std::array<std::int32_t, 2>{1, 2}), "0204");
  EXPECT_EQ(hex(std::array<std::byte, 2>{std::byte{1}, std::byte{255}}), "01ff");
  EXPECT_EQ(hex(std::set<std::int32_t>{3, -3}), "020506");
  EXPECT_EQ(hex(std::map<std::string, bool>{{"b", true}, {"a", false}}), "02016100016201");
  EXPECT_EQ(hex(std::unordered_set<std::int32_t>{3, -3, 0}), "03000506");
  EXPECT_EQ(hex(std::unordered_map<std::string, bool>{{"b", true}, {"a", false}}),
            "02016100016201");
  EXPECT_EQ(hex(std::pair<bool, std::string>{true, "a"}), "010161");
  EXPECT_EQ(hex(std::tuple<std::int32_t, bool>{2, true}), "0401");
  EXPECT_EQ(hex(std::optional<std::int32_t>{}), "00");
  EXPECT_EQ(hex(std::optional<std::int32_t>{5}), "010a");
  EXPECT_EQ(hex(std::make_unique<std::int32_t>(5)), "010a");
  EXPECT_EQ(hex(std::make_shared<const std::int32_t>(5)), "010a");
}

TEST(Codec, FreezesTheBytesOfTimesIdsAndObjects) {
  EXPECT_EQ(hex(std::chrono::milliseconds{-2}), "03");
  EXPECT_EQ(hex(cairn::timestamp{std::chrono::nanoseconds{64}}), "8001");
  EXPECT_EQ(hex(cairn::aggregate_id{"ann"}), "03616e6e");
  EXPECT_EQ(hex(cairn::version{300}), "ac02");
  EXPECT_EQ(hex(cairn::position{{2}, 300}), "02ac02");
  EXPECT_EQ(hex(circle{2}), "0004");
  EXPECT_EQ(hex(point{1, -1}), "0201");
  EXPECT_EQ(hex(purse{-1}), "0001");
  EXPECT_EQ(hex(note_v2{"a", {}, "b"}), "020161000162");
  EXPECT_EQ(hex(shape{circle{2}}), "0c73686170652e636972636c650004");
}

TEST(Codec, FreezesTheBytesOfEverythingTogether) {
  const std::string frozen =
      "000163770fc801d704f0a204ffffffffffffffffff01ffffffffffffffffff01cdcccc3d9a9999999999b9bf"
      "bc050e4772c3bcc39f202264696368220a0301610003626364030100010200ff03007fff02020302000a000b"
      "0204061211020165c3f5285c8fc205400270691f85eb51b81e09400201020408060803036f6e65020374776f"
      "04057468726565060202036f6e65d704046d616e79020178017903010ad00f0100046865726500010002036f"
      "6e6501000000000000e03f0e10b817aab4aed8c7bfce972f020c73686170652e636972636c6500060b736861"
      "70652e6c6162656c0005726f756e6403616e6e0103626f6204030c003200842e";
  EXPECT_EQ(hex(everything{}), frozen);
  const auto back = read<everything>(from_hex(frozen));
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, everything{});
}

TEST(Codec, GivesEqualBytesForEqualUnorderedContainers) {
  std::unordered_map<std::string, std::int32_t> forward;
  std::unordered_map<std::string, std::int32_t> backward(1000);
  for (std::int32_t i = 0; i < 100; ++i) {
    forward.emplace("key" + std::to_string(i), i);
  }
  for (std::int32_t i = 99; i >= 0; --i) {
    backward.emplace("key" + std::to_string(i), i);
  }
  ASSERT_EQ(forward, backward);
  EXPECT_EQ(bytes_of(forward), bytes_of(backward));
  expect_round_trip(forward);
}

TEST(Codec, AppendsToWhatTheBufferHolds) {
  cairn::byte_buffer out;
  out.append(std::string_view{"head"});
  cairn::encode(circle{2}, out);
  EXPECT_EQ(hex_of(out.text()), hex_of("head") + "0004");
}

// ---- round trips
// --------------------------------------------------------------------------------------

TEST(Codec, ReadsBackEverythingItWrites) {
  expect_round_trip(everything{});
}

TEST(Codec, ReadsBackEmptyContainersAndExtremeNumbers) {
  everything sample;
  sample.texts.clear();
  sample.bytes.clear();
  sample.hashed.clear();
  sample.shapes.clear();
  sample.text.assign(100'000, '\0');
  sample.negative = std::numeric_limits<std::int64_t>::max();
  sample.real = std::numeric_limits<double>::infinity();
  sample.single = std::numeric_limits<float>::denorm_min();
  expect_round_trip(sample);
}

TEST(Codec, ReadsOverAnOldValueAndForgetsIt) {
  everything old;
  old.texts.assign(50, "old");
  old.map = {{"old", 1}};
  old.nothing = label{"old"};
  old.hashed_set = {99};
  ASSERT_TRUE(cairn::decode_into(old, cairn::as_bytes(bytes_of(everything{}))));
  EXPECT_EQ(old, everything{});
}

TEST(Codec, WritesWhatPointersPointTo) {
  const auto back = read<tree>(bytes_of(rich_sample().grown));
  ASSERT_TRUE(back);
  ASSERT_TRUE(back->left && back->left->left && back->right);
  EXPECT_FALSE(back->left->left->left);
  EXPECT_EQ(back->more.size(), 2U);
}

// ---- class versions
// -----------------------------------------------------------------------------------

TEST(Codec, TellsTheVersionOfAClass) {
  EXPECT_EQ(cairn::schema_version_of<note_v2>(), 2U);
  EXPECT_EQ(cairn::schema_version_of<circle>(), 0U);
}

TEST(Codec, ReadsBytesOfAnOlderVersionOfAClass) {
  const auto back = read<note_v2>(bytes_of(note_v0{"hello"}));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->text, "hello");
  EXPECT_EQ(back->author, "unknown");
}

TEST(Codec, RefusesBytesOfANewerVersionOfAClass) {
  const error why = why_not<note_v2>(from_hex("03016100016200"));
  EXPECT_EQ(why.what, error::code::corrupt);
  EXPECT_EQ(why.detail,
            "written by the newer schema version 3 of samples.note; this program knows versions up "
            "to 2");
}

// ---- bytes that may be anything
// -----------------------------------------------------------------------

TEST(Codec, RefusesEveryPrefixOfValidBytes) {
  const std::string bytes = bytes_of(rich_sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(why_not<rich>(bytes.substr(0, size)).what, error::code::corrupt) << size;
  }
}

TEST(Codec, SurvivesEveryFlippedBit) {
  const std::string bytes = bytes_of(rich_sample());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    const auto before = static_cast<unsigned char>(bytes[bit / 8]);
    flipped[bit / 8] = static_cast<char>(before ^ (1U << (bit % 8)));
    const auto back = read<rich>(flipped);
    if (!back) continue;
    ASSERT_TRUE(read<rich>(bytes_of(*back))) << bit;
  }
}

TEST(Codec, RefusesBytesAfterTheValue) {
  const error why = why_not<std::int32_t>(from_hex("0200"));
  EXPECT_EQ(why, (error{error::code::corrupt, "bytes are left after the value, at byte 1"}));
}

/// Remembers the largest piece of memory that was asked for.
template <class T> struct watched_allocator {
  using value_type = T;
  static inline std::size_t largest = 0;
  watched_allocator() = default;
  template <class U> explicit watched_allocator(const watched_allocator<U>& /*other*/) {}
  T* allocate(std::size_t count) {
    largest = std::max(largest, count * sizeof(T));
    return std::allocator<T>{}.allocate(count);
  }
  void deallocate(T* memory, std::size_t count) { std::allocator<T>{}.deallocate(memory, count); }
  bool operator==(const watched_allocator&) const = default;
};

TEST(Codec, RefusesLengthsBeyondTheBytesWithoutAllocating) {
  using row = std::vector<std::uint64_t, watched_allocator<std::uint64_t>>;
  EXPECT_EQ(why_not<row>(from_hex("ffffffffffffffffff0100")).detail,
            "a length exceeds the bytes that are left, at byte 10");
  EXPECT_EQ(watched_allocator<std::uint64_t>::largest, 0U);
  EXPECT_EQ(why_not<std::string>(from_hex("ffffffff0f61")).what, error::code::corrupt);
  EXPECT_EQ(why_not<std::vector<std::byte>>(from_hex("ffffffff0f61")).what, error::code::corrupt);
}

struct fat {
  std::array<std::string, 8> texts;
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    cairn::fields(ar, texts);
  }
};

TEST(Codec, ReservesLittleForALengthThatTheBytesOnlyPretendToHold) {
  using row = std::vector<fat, watched_allocator<fat>>;
  // A million elements by the count, and a million bytes, but the first element takes them all.
  const std::string bytes =
      from_hex("c0843d") + from_hex("00") + from_hex("ac843d") + std::string(1'000'000, 'x');
  EXPECT_EQ(why_not<row>(bytes).what, error::code::corrupt);
  EXPECT_LE(watched_allocator<fat>::largest, 70'000U);
}

TEST(Codec, RefusesWhatNoWriterWrites) {
  EXPECT_EQ(why_not<bool>(from_hex("02")).detail, "a truth value is neither 0 nor 1, at byte 1");
  EXPECT_EQ(why_not<std::optional<bool>>(from_hex("0201")).what, error::code::corrupt);
  EXPECT_EQ(why_not<std::uint8_t>(from_hex("8002")).detail,
            "an integer does not fit its type, at byte 2");
  EXPECT_EQ(why_not<std::int8_t>(from_hex("8002")).what, error::code::corrupt);
  EXPECT_EQ(why_not<colour>(from_hex("808004")).what, error::code::corrupt);
  EXPECT_EQ(why_not<std::uint32_t>(from_hex("8000")).what, error::code::corrupt)
      << "two forms of 0";
  EXPECT_EQ(why_not<std::uint64_t>(from_hex("ffffffffffffffffff02")).what, error::code::corrupt);
  EXPECT_EQ(why_not<std::uint64_t>(from_hex("ffffffffffffffffffff01")).what, error::code::corrupt);
  EXPECT_EQ(why_not<std::set<std::int32_t>>(from_hex("020202")).detail,
            "a set has the same element twice, at byte 3");
  EXPECT_EQ((why_not<std::map<std::int32_t, bool>>(from_hex("0202000200")).detail),
            "a map has the same key twice, at byte 4");
  EXPECT_EQ((why_not<std::unordered_map<std::int32_t, bool>>(from_hex("0202000200")).what),
            error::code::corrupt);
}

TEST(Codec, NamesAnAlternativeThatItDoesNotKnow) {
  const error why = why_not<shape>(from_hex("03") + "s\nq" + from_hex("00"));
  EXPECT_EQ(why, (error{error::code::unknown_name, "no alternative is called \"s?q\""}));
}

// ---- depth
// --------------------------------------------------------------------------------------------

TEST(Codec, ReadsAndWritesObjectsUpToTheDeepestNesting) {
  EXPECT_TRUE(read<tree>(bytes_of(chain(cairn::codec_nesting_max))));
}

TEST(Codec, RefusesBytesOfObjectsThatNestTooDeep) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) {
    bytes += from_hex("000001");  // version, value, "left is there"
  }
  EXPECT_EQ(why_not<tree>(bytes).detail, "objects are nested too deep, at byte 192");
}

TEST(Codec, RefusesToWriteObjectsThatNestTooDeepToBeReadBack) {
  cairn::byte_buffer out;
  EXPECT_THROW(cairn::encode(chain(cairn::codec_nesting_max + 1), out), cairn::nested_too_deep);
  EXPECT_TRUE(out.empty());
}

// ---- the code of users
// --------------------------------------------------------------------------------

struct thrower {
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    std::int32_t number = 1;
    cairn::fields(ar, number);
    throw std::runtime_error{"no way"};
  }
};

TEST(Codec, ReportsWhatAUsersSerializeThrows) {
  EXPECT_EQ(why_not<thrower>(from_hex("0002")),
            (error{error::code::user_code_threw, "serialize threw: no way"}));
  EXPECT_EQ(why_not<celsius>(from_hex("00ffff7f")).what, error::code::user_code_threw);
}

TEST(Codec, LeavesTheBufferAsItWasWhenAUsersSerializeThrows) {
  cairn::byte_buffer out;
  out.append(std::string_view{"head"});
  EXPECT_THROW(cairn::encode(thrower{}, out), std::runtime_error);
  EXPECT_EQ(out.text(), "head");
}

/// Reads a count of its own, without a thought for bad bytes.
struct careless {
  std::vector<std::int32_t> numbers;
  template <class Archive> void save(Archive& ar, unsigned /*version*/) const {
    const std::uint64_t count = numbers.size();
    ar << count;
    for (const std::int32_t number : numbers) {
      ar << number;
    }
  }
  template <class Archive> void load(Archive& ar, unsigned /*version*/) {
    std::uint64_t count = 0;
    ar >> count;
    for (std::uint64_t i = 0; i < count; ++i) {
      ar >> numbers.emplace_back();
    }
  }
  BOOST_SERIALIZATION_SPLIT_MEMBER()
};

TEST(Codec, EndsTheLoopsOfAUsersLoadWhenTheBytesEnd) {
  EXPECT_EQ(read<careless>(bytes_of(careless{{1, 2, 3}}))->numbers.size(), 3U);
  EXPECT_EQ(why_not<careless>(from_hex("00ffffffffffffffffff010204")).what, error::code::corrupt);
}

/// Swallows everything and goes on.
struct swallower {
  std::int32_t number = 0;
  template <class Archive> void serialize(Archive& ar, unsigned /*version*/) {
    try {
      cairn::fields(ar, number);
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }
};

TEST(Codec, ReportsAFaultThatAUserSwallowed) {
  EXPECT_EQ(why_not<swallower>(from_hex("00")).what, error::code::corrupt);
}

}  // namespace
