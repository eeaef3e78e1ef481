#include "support/ledger_versions.hpp"

#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/persistence/block.hpp"
#include "cairn/persistence/burst.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

// Events as they were stored once, in both codecs: by class versions and types that are no more.
// CAIRN_WRITE_GOLDEN=1 writes the file anew: for new events under a new name, never for those that
// have been released.

namespace cairn {
namespace {

const std::filesystem::path golden =
    std::filesystem::path{CAIRN_GOLDEN_DIRECTORY} / "events_v1.bin";

using bytes = std::vector<std::byte>;

template <class Event> void add(persistence::burst& to, std::size_t type, const Event& fact) {
  for (const event_codec codec : {event_codec::binary, event_codec::json}) {
    detail::encode_event(fact, codec, to.begin_event(type, schema_version_of<Event>(), codec));
    to.end_event();
  }
}

/// One block with one commit, as the programs of `then` and in between would have written it.
bytes encode_now() {
  const persistence::name_list names{
      "test.ledger", "opened", "paid_in", "received", "moved", "mused", "adjusted"};
  persistence::burst::origin nobody;
  persistence::burst all{nobody, 1, 0};
  persistence::commit_head head;
  head.aggregate_id = "ann";
  all.begin_commit(head, 1);
  add(all, 0, then::opened{"ann"});
  add(all, 0, now::opened{"ann", "CHF"});
  add(all, 1, then::paid_in{300});
  add(all, 2, then::paid_in{-1});
  add(all, 3, then::moved{20, 10});
  add(all, 4, then::mused{"h\xC3\xA4"});
  add(all, 5, then::adjusted{3});
  add(all, 5, now::coded_adjustment{3, 9});
  add(all, 5, now::adjusted{3, "oops"});
  all.finish_commit(nullptr);
  persistence::block_builder builder;
  builder.begin(names, all.names_used());
  const auto& entry = all.entries().front();
  (void)builder.add(all.bytes_of(entry), entry.check, entry.event_count, {});
  persistence::log_end end;
  const byte_view made = builder.finish(1, end);
  return {made.begin(), made.end()};
}

bytes stored() {
  std::ifstream in{golden, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const byte_view all = as_bytes(text);
  return {all.begin(), all.end()};
}

class GoldenEvents : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::getenv("CAIRN_WRITE_GOLDEN") == nullptr) return;
    const bytes now = encode_now();
    std::ofstream{golden, std::ios::binary} << as_text(now);
  }
};

TEST_F(GoldenEvents, AreStillReadAsEventsOfToday) {
  const bytes all = stored();
  const auto block = persistence::block_view::parse(all);
  ASSERT_TRUE(block) << describe(block.error());
  const detail::typed_aggregate<now::ledger> type;
  const auto ann = type.make();
  const auto done = block->commit(0)->each_event(
      [&ann](const persistence::event_view& event) { return ann->replay(event); });
  ASSERT_TRUE(done) << describe(done.error());
  const auto& now = static_cast<const detail::typed_instance<now::ledger>&>(*ann).state();
  // Each twice: as bytes and as JSON.
  EXPECT_EQ(now.story,
            (std::vector<std::string>{"opened in EUR",
                                      "opened in EUR",
                                      "opened in CHF",
                                      "opened in CHF",
                                      "+300",
                                      "+300",
                                      "+-1",
                                      "+-1",
                                      "+20",
                                      "-10",
                                      "+20",
                                      "-10",
                                      "code 7: 3",
                                      "code 7: 3",
                                      "code 9: 3",
                                      "code 9: 3",
                                      "oops: 3",
                                      "oops: 3"}));
}

/// The block around them may have a newer format.
TEST_F(GoldenEvents, AreStillWrittenAsTheyWere) {
  constexpr std::size_t block_header_bytes = 96;
  const bytes now = encode_now();
  const bytes then = stored();
  ASSERT_GT(then.size(), block_header_bytes);
  ASSERT_EQ(now.size(), then.size());
  EXPECT_TRUE(
      std::equal(now.begin() + block_header_bytes, now.end(), then.begin() + block_header_bytes));
}

}  // namespace
}  // namespace cairn
