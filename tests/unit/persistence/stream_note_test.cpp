#include "cairn/persistence/stream_note.hpp"

#include "cairn/persistence/block_log.hpp"
#include "cairn/testing/commits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// The bytes of notes and of linked commits: what is written is read, and whatever else the bytes
// are, they are refused.

namespace cairn::persistence {
namespace {

using std::chrono::nanoseconds;
using tests::test_commit;

std::shared_ptr<const versioned_metadata> described(stream_metadata what) {
  return std::make_shared<const versioned_metadata>(
      versioned_metadata{std::move(what), version{300}});
}

std::vector<stream_note> samples() {
  return {
      {},
      {.hidden_up_to = 5, .reset_at = 5},
      {.hidden_up_to = UINT64_MAX, .reset_at = 300, .tombstoned = true},
      {.count_max = 0},
      {.hidden_up_to = 1, .count_max = UINT64_MAX, .age_max = nanoseconds::max()},
      {.tombstoned = true, .age_max = nanoseconds{0}},
      {.hidden_up_to = 2, .count_max = 4, .metadata = described({})},
      {.metadata = described({{{"owner", "ann"}, {"empty", ""}},
                              {.readers = {"all"}, .metadata_writers = {"admins", "ops"}}})},
  };
}

TEST(StreamNote, IsReadAsItWasWritten) {
  for (const stream_note& note : samples()) {
    byte_buffer bytes;
    layout::append_note(bytes, note);
    byte_reader in{bytes.view()};
    EXPECT_EQ(layout::read_note(in), note);
    EXPECT_EQ(in.left(), 0U);
  }
}

TEST(StreamNote, IsAnotherOneWhenItsMetadataIs) {
  const stream_note plain{.count_max = 1};
  const stream_note noted{.count_max = 1, .metadata = described({{{"a", "1"}}})};
  EXPECT_EQ(noted, (stream_note{.count_max = 1, .metadata = described({{{"a", "1"}}})}));
  EXPECT_NE(noted, (stream_note{.count_max = 1, .metadata = described({{{"a", "2"}}})}));
  EXPECT_NE(noted, (stream_note{.count_max = 2, .metadata = noted.metadata}));
  EXPECT_NE(noted, plain);
  EXPECT_NE(plain, noted);
}

TEST(StreamNote, RefusesEveryPrefixOfItself) {
  for (const stream_note& note : samples()) {
    byte_buffer bytes;
    layout::append_note(bytes, note);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::vector<std::byte> prefix(bytes.data(), bytes.data() + size);
      byte_reader in{prefix};
      EXPECT_FALSE(layout::read_note(in).has_value()) << size;
    }
  }
}

TEST(StreamNote, RefusesWhatNoNoteSays) {
  // Flags, hidden up to, reset at, and so on.
  const std::vector<std::vector<unsigned>> wrong{
      {16, 0, 0},  // a flag without a meaning
      {0, 1, 2},   // begins anew behind what is hidden
      {4, 0, 0, 128, 128, 128, 128, 128, 128, 128, 128, 128, 1},  // a negative age
  };
  for (const auto& numbers : wrong) {
    std::vector<std::byte> bytes;
    for (const unsigned number : numbers)
      bytes.push_back(static_cast<std::byte>(number));
    byte_reader in{bytes};
    EXPECT_FALSE(layout::read_note(in).has_value()) << numbers[0];
  }
}

class CommitOfFormat2 : public testing::Test {
 protected:
  CommitOfFormat2() { names_.add(0, "bank.account"); }

  byte_buffer encode(const test_commit& what) {
    burst::origin nobody;
    burst encoded{nobody, 1, 0};
    tests::add_commit(encoded, what);
    if (what.linked) tests::add_commit(encoded, {});
    byte_buffer bytes;
    bytes.append(encoded.bytes_of(encoded.entries()[0]));
    EXPECT_EQ(encoded.entries()[0].check, layout::check_of(bytes.view()));
    return bytes;
  }
  /// With the check that these bytes should have.
  result<commit_view> read(byte_view bytes) {
    return commit_view::parse(bytes, layout::check_of(bytes), names_, 7);
  }
  error::code refusal(byte_view bytes) {
    const auto commit = read(bytes);
    EXPECT_FALSE(commit.has_value());
    return commit ? error::code{} : commit.error().what;
  }
  static void set_flags(byte_buffer& bytes, unsigned flags) {
    bytes.patch_little(layout::flags_at, static_cast<std::uint8_t>(flags));
  }

  block_names names_;
};

TEST_F(CommitOfFormat2, CarriesANoteAndTheCommandThatMadeIt) {
  test_commit noted = tests::note_of("ann", {.hidden_up_to = 4, .reset_at = 3});
  noted.base = 9;
  noted.command_id = "c-1";
  noted.tags = {"vip"};
  const byte_buffer bytes = encode(noted);
  const auto commit = *read(bytes.view());
  ASSERT_NE(commit.note(), nullptr);
  EXPECT_EQ(*commit.note(), *noted.note);
  EXPECT_EQ(commit.command_id(), "c-1");
  EXPECT_EQ(commit.last().value, 9U);
  EXPECT_EQ(commit.event_count(), 0U);
  EXPECT_FALSE(commit.rejected());
  EXPECT_FALSE(commit.linked());
  EXPECT_TRUE(tests::look_at(commit)->events.empty());
}

TEST_F(CommitOfFormat2, SaysWhetherItIsLinked) {
  test_commit one = tests::commit_of({"e"});
  EXPECT_EQ(read(encode(one).view())->note(), nullptr);
  EXPECT_FALSE(read(encode(one).view())->linked());
  one.linked = true;
  const byte_buffer bytes = encode(one);
  EXPECT_TRUE(read(bytes.view())->linked());
}

TEST_F(CommitOfFormat2, KeepsItsNoteWhenItIsCopied) {
  const byte_buffer bytes = encode(tests::note_of("ann", {.count_max = 3}));
  const commit_view copy = *read(bytes.view());
  EXPECT_EQ(copy.note()->count_max, 3U);
}

TEST_F(CommitOfFormat2, RefusesEveryPrefixOfANote) {
  for (const stream_note& note : samples()) {
    const byte_buffer bytes = encode(tests::note_of("ann", note));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::vector<std::byte> prefix(bytes.data(), bytes.data() + size);
      EXPECT_EQ(refusal(prefix), error::code::corrupt) << size;
    }
  }
}

TEST_F(CommitOfFormat2, WithAnyByteChangedIsReadAsSomethingElseOrRefusedAndNeverCrashes) {
  test_commit noted = tests::note_of("ann", {.hidden_up_to = 300, .count_max = 7});
  noted.command_id = "c-1";
  const byte_buffer bytes = encode(noted);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      std::vector<std::byte> changed(bytes.data(), bytes.data() + bytes.size());
      changed[at] = static_cast<std::byte>(value);
      const auto commit = read(changed);
      if (!commit) {
        EXPECT_EQ(commit.error().what, error::code::corrupt);
      } else if (const stream_note* note = commit->note()) {
        EXPECT_LE(note->reset_at, note->hidden_up_to);
        EXPECT_EQ(commit->event_count(), 0U);
      }
    }
  }
}

TEST_F(CommitOfFormat2, RefusesANoteWithEventsOrARejection) {
  byte_buffer with_events = encode(tests::note_of("ann", {}));
  with_events.patch_little(layout::event_count_at, std::uint32_t{1});
  EXPECT_EQ(refusal(with_events.view()), error::code::corrupt);
  byte_buffer with_more = encode(tests::note_of("ann", {}));
  with_more.append_little(std::uint8_t{0});
  EXPECT_EQ(refusal(with_more.view()), error::code::corrupt);
  byte_buffer rejection = encode(tests::rejected_commit());
  layout::append_note(rejection, stream_note{});
  set_flags(rejection, layout::has_command_id | layout::is_rejection | layout::is_note);
  EXPECT_EQ(refusal(rejection.view()), error::code::corrupt);
}

TEST_F(CommitOfFormat2, RefusesFlagsThatHaveNoMeaning) {
  byte_buffer bytes = encode(tests::commit_of({"e"}));
  set_flags(bytes, 128U);
  EXPECT_EQ(refusal(bytes.view()), error::code::corrupt);
}

TEST(LinkedCommits, WhoseLastOneIsMissingAreFoundByVerify) {
  // No writer of ours makes such a block.
  test_commit first;
  first.linked = true;
  burst::origin nobody;
  burst encoded{nobody, 1, 0};
  tests::add_commit(encoded, first);
  const auto& entry = encoded.entries()[0];
  block_builder builder;
  builder.begin(tests::bank_names(), encoded.names_used());
  builder.add(encoded.bytes_of(entry), entry.check, entry.event_count, {});
  const auto log = make_memory_log();
  const auto claimed = *log->claim();
  log_end end;
  const std::vector<byte_view> blocks{builder.finish(claimed.epoch, end)};
  ASSERT_TRUE(log->append(claimed.epoch, blocks).has_value());
  const auto checked = verify(*log);
  ASSERT_FALSE(checked.has_value());
  EXPECT_NE(checked.error().detail.find("atomic"), std::string::npos) << checked.error().detail;
}

}  // namespace
}  // namespace cairn::persistence
