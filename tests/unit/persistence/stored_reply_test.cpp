#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// Replies, as commits carry them and as a journal finds them again.

namespace cairn::persistence {
namespace {

using tests::test_commit;

test_commit replying(std::vector<std::string> events, std::string id, std::string reply) {
  test_commit made = tests::commit_of(std::move(events));
  made.command_id = std::move(id);
  made.reply = std::move(reply);
  return made;
}

class CommitWithReply : public testing::Test {
 protected:
  CommitWithReply() {
    for (name_number i = 0; i < tests::bank_names().size(); ++i)
      names_.add(i, tests::bank_names()[i]);
  }
  static byte_buffer encode(const test_commit& what) {
    burst::origin nobody;
    burst made{nobody, 1, 1};
    tests::add_commit(made, what);
    byte_buffer bytes;
    bytes.append(made.bytes_of(made.entries().front()));
    return bytes;
  }
  result<commit_view> read(byte_view bytes) {
    return commit_view::parse(bytes, layout::check_of(bytes), names_, 7);
  }
  void expect_refused(const byte_buffer& bytes, const char* why) {
    const auto commit = read(bytes.view());
    ASSERT_FALSE(commit.has_value()) << why;
    EXPECT_EQ(commit.error().what, error::code::corrupt);
    EXPECT_NE(commit.error().detail.find(why), std::string::npos) << commit.error().detail;
  }
  static void add_flag(byte_buffer& bytes, unsigned flag) {
    const auto flags = detail::load_little<std::uint8_t>(bytes.data() + layout::flags_at);
    bytes.patch_little(layout::flags_at, static_cast<std::uint8_t>(flags | flag));
  }

  block_names names_;
};

TEST_F(CommitWithReply, KeepsItApartFromItsEvents) {
  for (const std::size_t length : {std::size_t{1}, std::size_t{127}, std::size_t{20'000}}) {
    const std::string reply(length, 'r');
    test_commit what = replying({"one", "", "three"}, "c-1", reply);
    what.tags = {"vip"};
    const byte_buffer bytes = encode(what);
    const auto commit = *read(bytes.view());
    EXPECT_EQ(as_text(commit.reply()), reply);
    EXPECT_EQ(commit.command_id(), "c-1");
    EXPECT_EQ(tests::look_at(commit)->events, (std::vector<std::string>{"one", "", "three"}));
  }
}

TEST_F(CommitWithReply, MayHaveNoEventsAndMayBeLinked) {
  const byte_buffer alone = encode(replying({}, "c-1", "r"));
  EXPECT_EQ(as_text(read(alone.view())->reply()), "r");
  test_commit what = replying({"e"}, "c-1", "r");
  what.linked = true;
  const byte_buffer bytes = encode(what);
  EXPECT_TRUE(read(bytes.view())->linked());
  EXPECT_EQ(as_text(read(bytes.view())->reply()), "r");
}

TEST_F(CommitWithReply, IsRefusedWhenItIsNoneOfACommand) {
  byte_buffer without_id = encode(tests::commit_of(std::size_t{0}));
  add_flag(without_id, layout::has_reply);
  without_id.append_varint(1);
  without_id.append(std::string_view{"r"});
  expect_refused(without_id, "no command id");
  byte_buffer rejection = encode(tests::rejected_commit());
  add_flag(rejection, layout::has_reply);
  rejection.append_varint(1);
  rejection.append(std::string_view{"r"});
  expect_refused(rejection, "is a rejection");
  byte_buffer note = encode(tests::note_of("ann", {}));
  add_flag(note, layout::has_reply);
  note.append_varint(1);
  note.append(std::string_view{"r"});
  expect_refused(note, "note");
}

TEST_F(CommitWithReply, IsRefusedWhenItIsEmptyOrCutShort) {
  byte_buffer empty = encode(replying({}, "c-1", {}));
  add_flag(empty, layout::has_reply);
  empty.append_varint(0);
  expect_refused(empty, "reply");
  const byte_buffer whole = encode(replying({}, "c-1", "reply"));
  for (std::size_t left = whole.size() - 6; left < whole.size(); ++left) {
    byte_buffer part;
    part.append(whole.view(0, left));
    expect_refused(part, "reply");
  }
}

class JournalWithReplies : public testing::Test {
 protected:
  void open() {
    host_.reset();
    journal_.reset();
    const auto folder = [this](const char* name) {
      std::filesystem::create_directories(directory_.path() / name);
      return directory_.path() / name;
    };
    journal_ =
        *journal::open(*lmdb::open_block_log(folder("log"), {.map_bytes = map, .prefill_bytes = 0}),
                       *lmdb::open_index_store(folder("index"), map),
                       tests::bank_names(),
                       {});
    ASSERT_TRUE(journal_->start());
    host_ = std::make_unique<tests::journal_host>(*journal_);
  }
  void write(const test_commit& what) { (void)host_->write({what}); }
  std::string reply_to(const std::string& command_id) {
    const stream_name ann{"bank.account", "ann"};
    (void)journal_->head(ann);
    const auto known = journal_->outcome(ann, command_id);
    if (!known || !known->has_value()) return "unknown";
    const auto found = journal_->stored_reply(ann, command_id, (*known)->offset);
    return found ? std::string{as_text(*found)} : describe(found.error());
  }

  static constexpr std::uint64_t map = std::uint64_t{64} << 20U;
  tests::temporary_directory directory_;
  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
};

TEST_F(JournalWithReplies, FindsEachAlsoOfCommandsWithoutEvents) {
  open();
  write(replying({}, "c-0", "nothing yet"));
  write(replying({"a", "b"}, "c-1", "two"));
  // Many blocks without events between the event and the command that covers it.
  for (int i = 0; i < 5; ++i)
    write(tests::rejected_commit("no-" + std::to_string(i)));
  write(replying({}, "c-2", "still two"));
  write(tests::rejected_commit("no"));
  write(replying({"c"}, "c-3", "three"));
  write(replying({}, "c-4", {}));
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(reply_to("c-0"), "nothing yet");
    EXPECT_EQ(reply_to("c-1"), "two");
    EXPECT_EQ(reply_to("c-2"), "still two");
    EXPECT_EQ(reply_to("c-3"), "three");
    EXPECT_EQ(reply_to("c-4"), "");
    open();
  }
}

TEST_F(JournalWithReplies, FindsThoseOfOneBlockApart) {
  open();
  test_commit bob = replying({"x"}, "c-1", "bob's");
  bob.id = "bob";
  (void)host_->write({bob,
                      replying({}, "c-0", "before"),
                      replying({"a"}, "c-1", "one"),
                      replying({}, "c-2", "one still"),
                      replying({"b"}, "c-3", "two")});
  EXPECT_EQ(reply_to("c-0"), "before");
  EXPECT_EQ(reply_to("c-1"), "one");
  EXPECT_EQ(reply_to("c-2"), "one still");
  EXPECT_EQ(reply_to("c-3"), "two");
}

TEST_F(JournalWithReplies, NoticesThatTheLogHasNoSuchCommand) {
  open();
  write(replying({"a"}, "c-1", "one"));
  write(replying({"b"}, "c-2", "two"));
  const auto found = journal_->stored_reply({"bank.account", "ann"}, "c-3", 1);
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().what, error::code::corrupt);
  EXPECT_EQ(journal_->stored_reply({"bank.account", "bob"}, "c-2", 2).error().what,
            error::code::corrupt);
}

using hashes = std::vector<std::uint64_t>;

std::uint64_t stream_of(const std::string& id) {
  return hash_of({"bank.account", id});
}

TEST_F(JournalWithReplies, TellsWhichStreamsACommandWasRecordedInByOneCommit) {
  open();
  const auto part = [](const char* id, std::vector<std::string> events, bool linked) {
    test_commit made = replying(std::move(events), "c-1", {});
    made.id = id;
    made.linked = linked;
    return made;
  };
  const auto streams = [this](const std::string& id) {
    const stream_name stream{"bank.account", id};
    (void)tests::head_of(*journal_, stream);
    const auto known = *journal_->outcome(stream, "c-1");
    return *journal_->linked_streams(stream, "c-1", known->offset);
  };
  // Of two with the id in one stream the last one counts.
  (void)host_->write({part("eve", {}, true), part("dan", {"d"}, true), part("eve", {"e"}, false)});
  (void)host_->write({part("cat", {"c"}, false),
                      part("ann", {"a"}, true),
                      part("bob", {}, false),
                      part("fay", {}, false)});
  hashes pair{stream_of("dan"), stream_of("eve")};
  hashes two{stream_of("ann"), stream_of("bob")};
  std::sort(two.begin(), two.end());
  std::sort(pair.begin(), pair.end());
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(streams("dan"), pair);
    EXPECT_EQ(streams("eve"), pair);
    EXPECT_EQ(streams("ann"), two);
    EXPECT_EQ(streams("bob"), two);
    EXPECT_EQ(streams("cat"), hashes{stream_of("cat")});
    EXPECT_EQ(streams("fay"), hashes{stream_of("fay")});
    open();
  }
  const auto none = journal_->linked_streams({"bank.account", "ann"}, "c-2", 3);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().what, error::code::corrupt);
}

}  // namespace
}  // namespace cairn::persistence
