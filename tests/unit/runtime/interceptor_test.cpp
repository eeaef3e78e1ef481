#include "support/account.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using bank::withdraw;

/// Lets those with a name pass, and keeps a list of everything.
class porter final : public interceptor {
 public:
  result<void> before(intercepted_command& wish) override {
    if (wish.aggregate_id == "haunted") throw std::runtime_error{"a ghost"};
    if (wish.principal.empty()) return error{error::code::forbidden, "nobody in particular"};
    if (wish.correlation_id.empty()) wish.correlation_id = "made by the porter";
    wish.tags.emplace_back("seen");
    return {};
  }
  void after(const intercepted_command& wish,
             const intercepted_outcome& outcome) noexcept override {
    std::string line{wish.command_type};
    line.append(wish.json());
    if (outcome.accepted) line += " accepted " + std::to_string(outcome.accepted->version.value);
    if (outcome.rejected) line += " rejected " + std::to_string(*outcome.rejected);
    if (outcome.failed) line.append(" ").append(to_string(outcome.failed->what));
    const std::lock_guard lock{mutex_};
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock{mutex_};
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class Interceptor : public ::testing::Test {
 protected:
  Interceptor() {
    config settings;
    settings.in_memory = true;
    auto started = builder{settings}.add<account>().intercept(porter_).start();
    EXPECT_TRUE(started);
    app_.emplace(*std::move(started));
  }
  std::shared_ptr<porter> porter_ = std::make_shared<porter>();
  std::optional<runtime> app_;
};

TEST_F(Interceptor, EnrichesWhatIsStoredWithEachEvent) {
  auto ann = app_->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(open{"ann"}, {.principal = "teller"}).accepted());
  ASSERT_TRUE(ann.ask(deposit{5}, {.correlation_id = "web", .principal = "teller"}).accepted());
  const auto events = ann.history();
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ((*events)[0].correlation_id, correlation_id{"made by the porter"});
  EXPECT_EQ((*events)[0].tags, std::vector<std::string>{"seen"});
  EXPECT_EQ((*events)[1].correlation_id, correlation_id{"web"});
}

TEST_F(Interceptor, RefusesACommandBeforeAnythingHappens) {
  auto ann = app_->aggregate<account>("ann");
  const auto out = ann.ask(open{"ann"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->detail, "nobody in particular");
  const auto many = app_->ask_many<account>({{.id = "ann", .wish = open{"ann"}}});
  EXPECT_TRUE(many.front().failed());
  EXPECT_EQ(ann.state()->version, version{0});
}

TEST_F(Interceptor, ThatThrowsIsAnErrorOfTheCommand) {
  const auto out = app_->aggregate<account>("haunted").ask(open{"x"}, {.principal = "teller"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::user_code_threw);
  EXPECT_NE(out.failed()->detail.find("a ghost"), std::string::npos);
}

TEST_F(Interceptor, HearsOfEveryOutcomeBeforeTheSenderDoes) {
  auto ann = app_->aggregate<account>("ann");
  (void)ann.ask(open{"ann"}, {.principal = "teller"});
  (void)ann.ask(withdraw{5}, {.principal = "teller"});
  (void)ann.ask(deposit{1}, {.expected = version{9}, .principal = "teller"});
  (void)ann.ask(deposit{1});
  EXPECT_EQ(porter_->lines(),
            (std::vector<std::string>{R"(open{"owner":"ann"} accepted 1)",
                                      R"(withdraw{"cents":5} rejected 3)",
                                      R"(deposit{"cents":1} conflict)",
                                      R"(deposit{"cents":1} forbidden)"}));
}

}  // namespace
}  // namespace cairn
