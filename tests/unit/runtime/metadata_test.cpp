#include "support/account.hpp"
#include "support/running.hpp"

#include "cairn/cairn.hpp"

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using bank::withdraw;

/// Adds a word of its own.
class stamper final : public interceptor {
 public:
  result<void> before(intercepted_command& wish) override {
    seen.push_back(wish.metadata);
    if (adds) wish.metadata.emplace_back("stamp", wish.command_type);
    return {};
  }
  bool adds = false;
  std::vector<metadata_map> seen;
};

/// Remembers the metadata of each event.
struct notebook {
  static constexpr std::string_view stable_name = "test.notebook";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<account>>;
  struct state {
    std::vector<std::string> lines;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("lines", lines)); }
  };
  template <class Fact> static void apply(state& now, const recorded<Fact>& fact) {
    std::string line;
    for (const auto& [key, value] : fact.meta.metadata)
      line.append(key).append("=").append(value).append(";");
    now.lines.push_back(std::move(line));
  }
  struct all {
    using answer = std::vector<std::string>;
  };
  static std::vector<std::string> query(const state& now, const all& /*question*/) {
    return now.lines;
  }
};

class Metadata : public tests::running {
 protected:
  Metadata() {
    with = [this](builder& parts) {
      parts.add<account>().add_read_model<notebook>().intercept(stamper_);
    };
    start();
  }
  ~Metadata() override { stop(); }

  aggregate_handle<account> ann() { return app->aggregate<account>("ann"); }
  std::vector<metadata_map> in_history() {
    std::vector<metadata_map> all;
    const auto events = ann().history();
    EXPECT_TRUE(events);
    for (const recorded_event& one : *events)
      all.push_back(one.metadata);
    return all;
  }
  error::code refusal(metadata_map what) {
    const auto out = ann().ask(open{"ann"}, {.metadata = std::move(what)});
    EXPECT_TRUE(out.failed());
    return out.failed() ? out.failed()->what : error::code{};
  }

  std::shared_ptr<stamper> stamper_ = std::make_shared<stamper>();
  const metadata_map some_{{"ip", "::1"}, {"agent", "curl"}};
};

TEST_F(Metadata, StandsAtEachEventOfTheCommandInTheOrderGiven) {
  ASSERT_TRUE(ann().ask(open{"ann"}, {.metadata = some_}).accepted());
  ASSERT_TRUE(ann().ask(deposit{5}).accepted());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(in_history(), (std::vector<metadata_map>{some_, {}}));
    const auto page = app->events({});
    ASSERT_TRUE(page);
    ASSERT_EQ(page->events.size(), 2U);
    EXPECT_EQ(page->events[0].metadata, some_);
    EXPECT_TRUE(page->events[1].metadata.empty());
    restart();
  }
}

TEST_F(Metadata, IsShownToReadModelsAndNotLeftToTheNextEvent) {
  ASSERT_TRUE(ann().ask(open{"ann"}, {.metadata = some_}).accepted());
  ASSERT_TRUE(ann().ask(deposit{5}).accepted());
  const auto lines = app->read<notebook>({.caught_up = true}).ask(notebook::all{});
  ASSERT_TRUE(lines) << describe(lines.error());
  EXPECT_EQ(*lines, (std::vector<std::string>{"ip=::1;agent=curl;", ""}));
}

TEST_F(Metadata, IsSeenAndAddedToByInterceptors) {
  stamper_->adds = true;
  ASSERT_TRUE(ann().ask(open{"ann"}, {.metadata = some_}).accepted());
  EXPECT_EQ(stamper_->seen, std::vector<metadata_map>{some_});
  metadata_map stamped = some_;
  stamped.emplace_back("stamp", "open");
  EXPECT_EQ(in_history(), std::vector<metadata_map>{stamped});
}

TEST_F(Metadata, ThatIsTooMuchIsRefusedBeforeAnythingHappens) {
  EXPECT_EQ(refusal(metadata_map(1, {"k", std::string(4'096, 'v')})), error::code::too_large);
  metadata_map many;
  for (int i = 0; i < 33; ++i)
    many.emplace_back(std::to_string(i), "");
  EXPECT_EQ(refusal(many), error::code::too_large);
  EXPECT_EQ(refusal({{"", "v"}}), error::code::bad_input);
  EXPECT_EQ(ann().state()->version, version{0});
  many.pop_back();
  EXPECT_TRUE(ann().ask(open{"ann"}, {.metadata = many}).accepted());
  EXPECT_EQ(in_history(), std::vector<metadata_map>{many});
}

TEST_F(Metadata, ThatAnInterceptorMakesTooMuchIsRefused) {
  settings.metadata_entries_max = 2;
  restart();
  stamper_->adds = true;
  EXPECT_EQ(refusal(some_), error::code::too_large);
  EXPECT_TRUE(ann().ask(open{"ann"}, {.metadata = {{"ip", "::1"}}}).accepted());
}

TEST_F(Metadata, OfARejectionStopsNobody) {
  EXPECT_TRUE(ann().ask(withdraw{5}, {.command_id = "w", .metadata = some_}).rejected());
  restart();
  const auto again = ann().ask(withdraw{5}, {.command_id = "w"});
  EXPECT_TRUE(again.rejected());
  EXPECT_TRUE(app->verify());
}

TEST_F(Metadata, StandsAtEachPartOfAnAtomicCommit) {
  const auto bob = app->aggregate<account>("bob");
  const auto out =
      app->ask_atomically({.metadata = some_}, ann().part(open{"ann"}), bob.part(open{"bob"}));
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(in_history(), std::vector<metadata_map>{some_});
  EXPECT_EQ(bob.history()->front().metadata, some_);
}

}  // namespace
}  // namespace cairn
