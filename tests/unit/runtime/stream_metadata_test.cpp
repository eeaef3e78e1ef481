#include "support/counter.hpp"
#include "support/running.hpp"

#include "cairn/cairn.hpp"

namespace cairn {
namespace {

using counting::add;
using counting::counter;

/// Writes down what interceptors see.
class listener final : public interceptor {
 public:
  result<void> before(intercepted_command& wish) override {
    heard.push_back(std::string{wish.command_type} + wish.json());
    return {};
  }
  std::vector<std::string> heard;
};

class StreamMetadata : public tests::running {
 protected:
  StreamMetadata() {
    with = [this](builder& parts) {
      parts.add<counter>().intercept(listener_);
    };
    start();
  }
  ~StreamMetadata() override { stop(); }

  aggregate_handle<counter> c() { return app->aggregate<counter>("c"); }
  versioned_metadata now() {
    const auto found = c().metadata();
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : versioned_metadata{};
  }

  std::shared_ptr<listener> listener_ = std::make_shared<listener>();
  const stream_metadata owned_{{{"owner", "ann"}, {"zone", "eu"}},
                               {.readers = {"all"}, .writers = {"ann", "ops"}}};
  const stream_metadata open_{{}, {.removers = {"nobody"}}};
};

TEST_F(StreamMetadata, IsEmptyOfVersion0WhereNobodyHasSetIt) {
  EXPECT_EQ(now(), versioned_metadata{});
  ASSERT_TRUE(c().ask(add{1}).accepted());
  EXPECT_EQ(now(), versioned_metadata{});
}

TEST_F(StreamMetadata, ReplacesTheOneBeforeAndCountsOnItsOwn) {
  ASSERT_TRUE(c().ask(add{1}).accepted());
  const auto out = c().set_metadata(owned_);
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{1}) << "the aggregate's";
  ASSERT_TRUE(c().set_metadata(open_).accepted());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(now(), (versioned_metadata{open_, {2}}));
    EXPECT_EQ(c().state()->version, version{1});
    EXPECT_EQ(c().history()->size(), 1U);
    restart();
  }
}

TEST_F(StreamMetadata, IsFoundAgainFromTheLogAlone) {
  ASSERT_TRUE(c().set_metadata(owned_).accepted());
  stop();
  std::filesystem::remove_all(settings.store / "p0000" / "index");
  start();
  EXPECT_EQ(now(), (versioned_metadata{owned_, {1}}));
}

TEST_F(StreamMetadata, MayBeSetBeforeTheFirstEvent) {
  ASSERT_TRUE(c().set_metadata(owned_, {.expected = expectation::none()}).accepted());
  ASSERT_TRUE(c().ask(add{1}, {.expected = expectation::none()}).accepted());
  EXPECT_EQ(now(), (versioned_metadata{owned_, {1}}));
}

TEST_F(StreamMetadata, IsSetOnlyInPlaceOfTheVersionThatIsExpected) {
  ASSERT_TRUE(c().ask(add{1}).accepted());
  ASSERT_TRUE(c().ask(add{1}).accepted());
  ASSERT_TRUE(c().set_metadata(owned_, {.expected = version{0}}).accepted());
  const auto out = c().set_metadata(open_, {.expected = version{2}});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::conflict);
  EXPECT_EQ(out.failed()->actual_version, 1U);
  EXPECT_EQ(now(), (versioned_metadata{owned_, {1}}));
  ASSERT_TRUE(c().set_metadata(open_, {.expected = version{1}}).accepted());
  EXPECT_EQ(now(), (versioned_metadata{open_, {2}}));
}

TEST_F(StreamMetadata, TakesEffectOnceUnderItsId) {
  for (int i = 0; i < 2; ++i) {
    const auto out = c().set_metadata(owned_, {.command_id = "m"});
    ASSERT_TRUE(out.accepted());
    EXPECT_EQ(out.accepted()->repeated, i == 1);
    restart();
  }
  EXPECT_EQ(now().version, version{1});
}

TEST_F(StreamMetadata, StaysWhenEventsAreHiddenAndTheAggregateIsRemovedAndBeginsAnew) {
  ASSERT_TRUE(c().ask(add{1}).accepted());
  ASSERT_TRUE(c().ask(add{1}).accepted());
  ASSERT_TRUE(c().set_metadata(owned_).accepted());
  ASSERT_TRUE(c().truncate_before(version{2}).accepted());
  ASSERT_TRUE(c().set_retention({.count_max = 5}).accepted());
  EXPECT_EQ(now(), (versioned_metadata{owned_, {1}}));
  EXPECT_EQ(c().history()->size(), 1U) << "and hides what was hidden";
  ASSERT_TRUE(c().remove().accepted());
  EXPECT_EQ(now(), (versioned_metadata{owned_, {1}}));
  ASSERT_TRUE(c().ask(add{1}).accepted());
  ASSERT_TRUE(c().set_metadata(open_).accepted());
  restart();
  EXPECT_EQ(now(), (versioned_metadata{open_, {2}}));
  EXPECT_EQ(c().history()->size(), 1U);
  EXPECT_EQ(c().state()->state.value, 1);
}

TEST_F(StreamMetadata, EndsWithATombstone) {
  ASSERT_TRUE(c().set_metadata(owned_).accepted());
  ASSERT_TRUE(c().tombstone().accepted());
  EXPECT_EQ(c().metadata().error().what, error::code::deleted);
  EXPECT_EQ(c().set_metadata(open_).failed()->what, error::code::deleted);
}

TEST_F(StreamMetadata, BeyondTheLimitsIsRefused) {
  EXPECT_EQ(c().set_metadata({{{"k", std::string(4'096, 'v')}}, {}}).failed()->what,
            error::code::too_large);
  EXPECT_EQ(c().set_metadata({{}, {.readers = {""}}}).failed()->what, error::code::bad_input);
  EXPECT_EQ(now(), versioned_metadata{});
}

TEST_F(StreamMetadata, IsSeenByInterceptors) {
  ASSERT_TRUE(c().set_metadata({{{"owner", "ann"}}, {.readers = {"all"}}}).accepted());
  EXPECT_EQ(listener_->heard,
            std::vector<std::string>{
                R"(cairn.set_metadata{"custom":{"owner":"ann"},"readers":["all"],"writers":[],)"
                R"("removers":[],"metadata_readers":[],"metadata_writers":[]})"});
}

}  // namespace
}  // namespace cairn
