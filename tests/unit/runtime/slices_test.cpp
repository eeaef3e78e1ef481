#include "support/account.hpp"
#include "support/running.hpp"

#include "cairn/cairn.hpp"
#include "cairn/persistence/stream_name.hpp"

#include <set>

namespace cairn {
namespace {

using bank::account;
using bank::open;

/// Counts by slice.
struct spread {
  static constexpr std::string_view stable_name = "test.spread";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<account>>;
  struct state {
    std::map<std::uint16_t, std::uint64_t> events;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("events", events)); }
  };
  template <class Fact> static void apply(state& now, const recorded<Fact>& fact) {
    ++now.events[fact.meta.slice()];
  }
  struct all {
    using answer = std::map<std::uint16_t, std::uint64_t>;
  };
  static all::answer query(const state& now, const all& /*question*/) { return now.events; }
};

class Slices : public tests::running {
 protected:
  Slices() {
    with = [](builder& parts) {
      parts.add<account>().add_read_model<spread>();
    };
    settings.partitions = 2;
    start();
    for (int i = 0; i < 40; ++i) {
      const std::string id = std::to_string(i);
      EXPECT_TRUE(app->aggregate<account>(id)
                      .ask(open{id}, {.tags = {i % 2 == 0 ? "even" : "odd"}})
                      .accepted());
      ids_.insert(id);
    }
  }
  ~Slices() override { stop(); }

  std::set<std::string> found(const event_query& query) {
    std::set<std::string> ids;
    const auto page = app->events(query);
    EXPECT_TRUE(page) << describe(page.error());
    for (const recorded_event& one : page->events) {
      EXPECT_TRUE(query.slices.has(one.slice()));
      EXPECT_EQ(one.slice(), slice_of(account::stable_name, one.aggregate_id));
      ids.insert(one.aggregate_id);
    }
    return ids;
  }

  std::set<std::string> ids_;
};

TEST_F(Slices, TogetherHaveEveryEventOnce) {
  std::set<std::string> all;
  std::size_t events = 0;
  for (std::uint16_t first = 0; first < slice_count; first += 256) {
    const auto some = found({.slices = {first, static_cast<std::uint16_t>(first + 255)}});
    EXPECT_LT(some.size(), ids_.size());
    events += some.size();
    all.insert(some.begin(), some.end());
  }
  EXPECT_EQ(events, ids_.size());
  EXPECT_EQ(all, ids_);
}

TEST_F(Slices, HoldBesideWhateverElseIsAsked) {
  const std::uint16_t of_7 = slice_of(account::stable_name, "7");
  EXPECT_EQ(found({.tag = "odd", .slices = {of_7, of_7}}), std::set<std::string>{"7"});
  EXPECT_EQ(found({.tag = "even", .slices = {of_7, of_7}}), std::set<std::string>{});
}

TEST_F(Slices, ThatDoNotExistAreRefused) {
  for (const slice_range& wrong : {slice_range{5, 4}, slice_range{0, 1024}}) {
    const auto page = app->events({.slices = wrong});
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().what, error::code::bad_input);
  }
}

TEST_F(Slices, AreKnownToReadModels) {
  const auto seen = app->read<spread>({.caught_up = true}).ask(spread::all{});
  ASSERT_TRUE(seen);
  std::map<std::uint16_t, std::uint64_t> expected;
  for (const std::string& id : ids_)
    ++expected[slice_of(account::stable_name, id)];
  EXPECT_EQ(*seen, expected);
}

TEST(SliceOfAStream, IsPartOfTheHashThatChoosesItsPartition) {
  EXPECT_EQ(slice_of("shop.cart", "ann"), persistence::hash_of({"shop.cart", "ann"}) % slice_count);
}

}  // namespace
}  // namespace cairn
