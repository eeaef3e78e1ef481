#include "cairn/persistence/postings.hpp"

#include "lmdb/lmdb_postings.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/persistence/stream_index.hpp"
#include "cairn/testing/commits.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

// Which events say a word: in memory, and in rows on disk.

namespace cairn::persistence {
namespace {

using enum read_direction;
using offsets = std::vector<std::uint64_t>;

posting_key tag(std::string_view text) {
  return {posting_kind::tag, text};
}
posting_key correlation(std::string_view text) {
  return {posting_kind::correlation, text};
}

offsets count_up(std::uint64_t first, std::uint64_t last) {
  offsets made(last + 1 - first);
  std::iota(made.begin(), made.end(), first);
  return made;
}

template <class Postings>
offsets find(const Postings& in, posting_key key, const posting_range& range = {}) {
  offsets found;
  in.find(key, range, found);
  return found;
}

// -- in memory ------------------------------------------------------------------------------------

TEST(AppendRange, GivesOffsetsFromAPlaceOnInEitherDirection) {
  const offsets all{2, 4, 6, 8};
  const auto range = [&all](read_direction direction, std::uint64_t from, std::size_t max) {
    offsets out;
    append_range(all, {direction, from, max}, out);
    return out;
  };
  EXPECT_EQ(range(forwards, 0, 9), all);
  EXPECT_EQ(range(forwards, 4, 2), (offsets{4, 6}));
  EXPECT_EQ(range(forwards, 5, 9), (offsets{6, 8}));
  EXPECT_EQ(range(forwards, 9, 9), offsets{});
  EXPECT_EQ(range(backwards, UINT64_MAX, 9), (offsets{8, 6, 4, 2}));
  EXPECT_EQ(range(backwards, 6, 2), (offsets{6, 4}));
  EXPECT_EQ(range(backwards, 5, 9), (offsets{4, 2}));
  EXPECT_EQ(range(backwards, 1, 9), offsets{});
}

TEST(TextPostings, FindNothingWhereNothingWasAdded) {
  text_postings words;
  EXPECT_EQ(find(words, tag("a")), offsets{});
  words.add(tag("a"), 1, 1);
  EXPECT_EQ(find(words, tag("b")), offsets{});
  EXPECT_EQ(find(words, correlation("a")), offsets{});
}

TEST(TextPostings, GiveAllEventsOfEachCommit) {
  text_postings words;
  words.add(tag("a"), 1, 3);
  words.add(tag("b"), 4, 1);
  words.add(tag("a"), 5, 2);
  EXPECT_EQ(find(words, tag("a")), (offsets{1, 2, 3, 5, 6}));
  EXPECT_EQ(find(words, tag("a"), {forwards, 2, 3}), (offsets{2, 3, 5}));
  EXPECT_EQ(find(words, tag("a"), {forwards, 6, 3}), offsets{6});
  EXPECT_EQ(find(words, tag("a"), {backwards, UINT64_MAX, 3}), (offsets{6, 5, 3}));
  EXPECT_EQ(find(words, tag("a"), {backwards, 2, 9}), (offsets{2, 1}));
  EXPECT_EQ(find(words, tag("a"), {backwards, 0, 9}), offsets{});
}

TEST(TextPostings, CountATagThatACommandNamesTwiceOnce) {
  text_postings words;
  for (const std::string_view each : {"a", "b", "a"})
    words.add(tag(each), 1, 2);
  EXPECT_EQ(find(words, tag("a")), (offsets{1, 2}));
  EXPECT_EQ(find(words, tag("a"), {backwards, 2, 9}), (offsets{2, 1}));
  std::map<std::string, offsets> all;
  words.each([&all](posting_key key, const offsets& found) {
    all.emplace(key.term, found);
    return true;
  });
  EXPECT_EQ(all, (std::map<std::string, offsets>{{"a", {1, 2}}, {"b", {1, 2}}}));
}

TEST(TextPostings, KeepManyWordsApartAndListThemInOrder) {
  text_postings words;
  for (std::uint64_t i = 0; i < 1000; ++i)
    words.add(correlation("c" + std::to_string(i % 500)), i + 1, 1);
  words.add(tag("c7"), 1001, 1);
  for (std::uint64_t i = 0; i < 500; ++i)
    EXPECT_EQ(find(words, correlation("c" + std::to_string(i))), (offsets{i + 1, i + 501}));
  std::vector<std::string> listed;
  std::vector<posting_kind> kinds;
  words.each([&](posting_key key, const offsets&) {
    kinds.push_back(key.kind);
    if (key.kind == posting_kind::correlation) listed.emplace_back(key.term);
    return true;
  });
  EXPECT_EQ(listed.size(), 500U);
  EXPECT_TRUE(std::is_sorted(listed.begin(), listed.end()));
  EXPECT_TRUE(std::is_sorted(kinds.begin(), kinds.end()));
}

TEST(TextPostings, StopListingWhenTheVisitorSaysSo) {
  text_postings words;
  words.add(tag("a"), 1, 1);
  words.add(tag("b"), 2, 1);
  int seen = 0;
  words.each([&seen](posting_key, const offsets&) { return ++seen < 1; });
  EXPECT_EQ(seen, 1);
}

class SegmentPostings : public testing::Test {
 protected:
  void take(const std::vector<tests::test_commit>& commits) {
    const auto bytes = tests::make_block(end_, commits);
    const auto block = *block_view::parse(bytes);
    postings_.begin_block(block.names());
    for (std::uint32_t place = 0; place < block.header().commit_count; ++place)
      ASSERT_TRUE(postings_.add(*block.commit(place)).has_value());
  }

  log_end end_;
  segment_postings postings_;
};

TEST_F(SegmentPostings, FindCategoriesEventTypesTagsAndCorrelations) {
  take({{.events = {"1", "2"}, .tags = {"x", "y"}},
        {.id = "cart", .events = {"3"}, .aggregate_type = 3, .event_type = 4}});
  take({{.base = 2, .events = {"4"}, .correlation_id = "order", .event_type = 1}});
  EXPECT_EQ(find(postings_, {posting_kind::category, "bank.account"}), (offsets{1, 2, 4}));
  EXPECT_EQ(find(postings_, {posting_kind::category, "shop.cart"}), offsets{3});
  EXPECT_EQ(find(postings_, {posting_kind::category, "bank.paid"}), offsets{});
  EXPECT_EQ(find(postings_, {posting_kind::event_type, "bank.paid"}), (offsets{1, 2}));
  EXPECT_EQ(find(postings_, {posting_kind::event_type, "bank.opened"}), offsets{4});
  EXPECT_EQ(find(postings_, {posting_kind::event_type, "shop.added"}), offsets{3});
  EXPECT_EQ(find(postings_, tag("y")), (offsets{1, 2}));
  EXPECT_EQ(find(postings_, correlation("order")), offsets{4});
}

TEST_F(SegmentPostings, TakeACommandWithoutACorrelationAsCorrelatedWithItself) {
  take({{.command_id = "root"},
        {.id = "b", .command_id = "follower", .correlation_id = "root"},
        tests::rejected_commit("root")});
  EXPECT_EQ(find(postings_, correlation("root")), (offsets{1, 2}));
  EXPECT_EQ(find(postings_, correlation("follower")), offsets{});
}

TEST_F(SegmentPostings, HeedThatNumbersMeanOtherNamesInOtherBlocks) {
  take({{.events = {"1"}}});
  persistence::burst::origin nobody;
  burst encoded{nobody, 1, 0};
  tests::add_commit(encoded, {.events = {"2"}});
  block_builder builder;
  builder.begin({"other.aggregate", "", "other.event"}, encoded.names_used());
  const auto& entry = encoded.entries().front();
  builder.add(encoded.bytes_of(entry), entry.check, entry.event_count, {});
  const byte_view bytes = builder.finish(1, end_);
  const auto block = *block_view::parse(bytes);
  postings_.begin_block(block.names());
  ASSERT_TRUE(postings_.add(*block.commit(0)).has_value());
  take({{.events = {"3"}}});
  EXPECT_EQ(find(postings_, {posting_kind::category, "bank.account"}), (offsets{1, 3}));
  EXPECT_EQ(find(postings_, {posting_kind::category, "other.aggregate"}), offsets{2});
  EXPECT_EQ(find(postings_, {posting_kind::event_type, "other.event"}), offsets{2});
}

TEST_F(SegmentPostings, RefuseAnEventWhoseTypeHasNoNameInItsBlock) {
  take({{.events = {"1"}}});
  persistence::burst::origin nobody;
  burst encoded{nobody, 1, 0};
  tests::add_commit(encoded, {.events = {"2"}});
  block_builder builder;
  const std::vector<name_number> without_the_event{0};
  builder.begin(tests::bank_names(), without_the_event);
  const auto& entry = encoded.entries().front();
  builder.add(encoded.bytes_of(entry), entry.check, entry.event_count, {});
  const auto block = *block_view::parse(builder.finish(1, end_));
  postings_.begin_block(block.names());
  EXPECT_EQ(postings_.add(*block.commit(0)).error().what, error::code::corrupt);
}

TEST(StreamIndex, SaysWhenItHasNotComeSoFarInTime) {
  const auto log = make_memory_log();
  stream_index index{*log, nullptr, {}};
  ASSERT_TRUE(index.start().has_value());
  const auto now = std::chrono::steady_clock::now();
  EXPECT_TRUE(index.wait_for_offset(0, now).has_value());
  EXPECT_EQ(index.wait_for_offset(1, now).error().what, error::code::timed_out);
  EXPECT_TRUE(index.wait_for(0, now).has_value());
  EXPECT_EQ(index.wait_for(1000, now).error().what, error::code::timed_out);
}

// -- on disk --------------------------------------------------------------------------------------

class LmdbPostings : public testing::Test {
 protected:
  LmdbPostings()
      : env_(*lmdb::environment::open(directory_.path(), {.map_bytes = std::uint64_t{64} << 20U})) {
    auto txn = write();
    table_ = *txn.open_table("postings", MDB_CREATE);
    EXPECT_TRUE(txn.commit().has_value());
  }

  lmdb::transaction write() const {
    return *lmdb::transaction::begin(env_, lmdb::transaction::mode::write);
  }
  void append(posting_key key, const offsets& what) {
    auto txn = write();
    ASSERT_TRUE(lmdb::append_postings(txn, table_, key, what).has_value());
    ASSERT_TRUE(txn.commit().has_value());
  }
  result<offsets> try_find(posting_key key, const posting_range& range = {}) const {
    const auto txn = *lmdb::transaction::begin(env_, lmdb::transaction::mode::read);
    offsets found;
    if (auto done = lmdb::find_postings(txn, table_, key, range, found); !done) return done.error();
    return found;
  }
  offsets find(posting_key key, const posting_range& range = {}) const {
    return *try_find(key, range);
  }
  std::uint64_t rows() const { return *write().count(table_); }

  tests::temporary_directory directory_;
  lmdb::environment env_;
  lmdb::table table_{};
};

/// Offsets up to the parameter, written all at once or in parts.
class LmdbPostingsOfEveryLength : public LmdbPostings,
                                  public testing::WithParamInterface<std::uint64_t> {};

TEST_P(LmdbPostingsOfEveryLength, GiveBackWhatWasAppended) {
  const std::uint64_t last = GetParam();
  append(tag("before"), {1});
  append(tag("whole"), count_up(1, last));
  for (std::uint64_t first = 1; first <= last; first += 100)
    append(tag("parts"), count_up(first, std::min(first + 99, last)));
  append(tag("zzz"), {9});
  for (const std::string_view term : {"whole", "parts"}) {
    EXPECT_EQ(find(tag(term)), count_up(1, last));
    offsets reversed = count_up(1, last);
    std::reverse(reversed.begin(), reversed.end());
    EXPECT_EQ(find(tag(term), {backwards, UINT64_MAX}), reversed);
    for (const std::uint64_t from : {std::uint64_t{511}, std::uint64_t{512}, std::uint64_t{513}}) {
      EXPECT_EQ(find(tag(term), {forwards, from, 2}),
                from > last ? offsets{} : count_up(from, std::min(from + 1, last)));
      const std::uint64_t there = std::min(from, last);
      EXPECT_EQ(find(tag(term), {backwards, from, 2}), (offsets{there, there - 1}));
    }
  }
  const std::uint64_t rows_each = (last + lmdb::posting_row_offsets_max - 1) / 512;
  EXPECT_EQ(rows(), 2 + 2 * rows_each);
}

INSTANTIATE_TEST_SUITE_P(Lengths,
                         LmdbPostingsOfEveryLength,
                         testing::Values(2, 511, 512, 513, 1024, 1025, 3000));

TEST_F(LmdbPostings, AreNotHarmedByBeingWrittenAgain) {
  append(tag("a"), count_up(1, 700));
  append(tag("a"), count_up(1, 700));
  append(tag("a"), count_up(500, 900));
  EXPECT_EQ(find(tag("a")), count_up(1, 900));
  EXPECT_EQ(rows(), 2U);
}

TEST_F(LmdbPostings, KeepWordsApartThatBeginAlikeOrHaveAnyBytes) {
  using namespace std::string_literals;
  const std::vector<std::string> words{"a",
                                       "aa",
                                       "a\0"s,
                                       "a\0\0"s,
                                       "a\0\0\0\0\0\0\0\0\0"s,
                                       "\xFF",
                                       "\xFF\xFF",
                                       std::string(128, 'a')};
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < words.size(); ++i) {
      append(tag(words[i]), {round * 100 + i + 1});
      append(correlation(words[i]), {round * 100 + i + 51});
    }
  }
  for (std::uint64_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(find(tag(words[i])), (offsets{i + 1, i + 101, i + 201}));
    EXPECT_EQ(find(correlation(words[i]), {backwards, 160}), (offsets{i + 151, i + 51}));
  }
  EXPECT_EQ(find(tag("b")), offsets{});
  EXPECT_EQ(find(tag("")), offsets{});
}

TEST_F(LmdbPostings, SayWhenARowCannotBeRead) {
  append(tag("a"), {7, 8});
  {
    auto txn = write();
    const std::string key = std::string("\x03\x01", 2) + "a" + std::string(7, '\0') + "\x07";
    ASSERT_TRUE(txn.get(table_, as_bytes(key))->has_value());
    ASSERT_TRUE(txn.put(table_, as_bytes(key), as_bytes(std::string_view{"\0", 1})).has_value());
    ASSERT_TRUE(txn.commit().has_value());
  }
  EXPECT_EQ(try_find(tag("a")).error().what, error::code::corrupt);
  auto txn = write();
  EXPECT_EQ(lmdb::append_postings(txn, table_, tag("a"), offsets{9}).error().what,
            error::code::corrupt);
}

TEST_F(LmdbPostings, FindWhatMemoryAndASimpleModelFind) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 dice{seed};
  const auto draw = [&dice](std::uint64_t below) {
    return dice() % below;
  };
  std::map<std::string, std::set<std::uint64_t>> model;
  text_postings memory;
  std::uint64_t offset = 1;
  for (int flush = 0; flush < 12; ++flush) {
    text_postings part;
    for (int i = 0; i < 300; ++i) {
      // Some words are at every second commit, others at one.
      const std::string word = "w" + std::to_string(draw(std::uint64_t{1} << draw(10)));
      const auto events = static_cast<std::uint32_t>(1 + draw(4));
      memory.add(tag(word), offset, events);
      part.add(tag(word), offset, events);
      for (std::uint32_t n = 0; n < events; ++n)
        model[word].insert(offset + n);
      offset += events + draw(3);
    }
    for (std::uint64_t times = 1 + draw(2); times > 0; --times) {
      part.each([this](posting_key key, const offsets& what) {
        append(key, what);
        return true;
      });
    }
  }
  for (const auto& [word, known] : model) {
    const posting_range range{draw(2) == 0 ? forwards : backwards, draw(offset), 1 + draw(100)};
    offsets expected(known.begin(), known.end());
    if (range.direction == backwards) std::reverse(expected.begin(), expected.end());
    std::erase_if(expected, [&range](std::uint64_t each) {
      return range.direction == forwards ? each < range.from : each > range.from;
    });
    if (expected.size() > range.max) expected.resize(range.max);
    EXPECT_EQ(find(tag(word), range), expected) << word;
    EXPECT_EQ(persistence::find(memory, tag(word), range), expected) << word;
  }
}

}  // namespace
}  // namespace cairn::persistence
