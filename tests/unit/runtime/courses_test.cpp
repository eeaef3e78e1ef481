#include "support/running.hpp"

#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// The example of dcb.events: a student may subscribe to so many courses, a course takes so many
// students. Neither the one nor the other is an aggregate; both limits hold all the same.

namespace cairn {
namespace {

struct subscribe {
  static constexpr std::string_view stable_name = "subscribe";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const subscribe&) const = default;
};
struct subscribed {
  static constexpr std::string_view stable_name = "subscribed";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const subscribed&) const = default;
};
/// One student in one course.
struct subscription {
  static constexpr std::string_view stable_name = "subscription";
  struct state {
    bool is_made = false;
  };
  enum class rejection : std::uint8_t { made_already };
  using command = std::variant<subscribe>;
  using event = std::variant<subscribed>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& now, const subscribe& /*wish*/) {
    if (now.is_made) return rejection::made_already;
    return subscribed{};
  }
  static void evolve(state& now, const subscribed& /*fact*/) { now.is_made = true; }
};

constexpr std::size_t courses_max = 5;
constexpr std::size_t students_max = 4;

class Courses : public tests::running {
 protected:
  Courses() {
    with = [](builder& parts) {
      parts.add<subscription>({.hosts = 4});
    };
  }
  ~Courses() override { stop(); }

  static std::size_t with_tag(const std::vector<recorded_event>& events, const std::string& tag) {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const recorded_event& one) {
          return std::find(one.tags.begin(), one.tags.end(), tag) != one.tags.end();
        }));
  }

  /// Nothing when one of the limits is reached.
  std::optional<outcome<subscription>> try_to_subscribe(const std::string& student,
                                                        const std::string& course,
                                                        std::uint32_t attempts_max = 50) {
    const std::string id = "{school}/" + student + "/" + course;
    const std::vector<std::string> tags{"student:" + student, "course:" + course};
    return app->aggregate<subscription>(id).ask_on(
        {{.event_types = {"subscribed"}, .tags = {tags[0]}},
         {.event_types = {"subscribed"}, .tags = {tags[1]}}},
        [&](const std::vector<recorded_event>& seen) -> std::optional<subscription::command> {
          if (with_tag(seen, tags[0]) >= courses_max) return std::nullopt;
          if (with_tag(seen, tags[1]) >= students_max) return std::nullopt;
          return subscribe{};
        },
        {.ask = {.tags = tags, .guard = {.within_partition = true}}, .attempts_max = attempts_max});
  }

  struct load {
    std::atomic<int> accepted{0};
    std::atomic<int> full{0};
    std::atomic<int> conflicts{0};
    std::atomic<int> others{0};
  };
  void subscribe_many(load& sum, int seed) {
    for (int i = 0; i < 40; ++i) {
      const auto out = try_to_subscribe("s" + std::to_string((i * 7 + seed * 3) % 9),
                                        "c" + std::to_string((i * 5 + seed) % 8));
      if (!out) {
        ++sum.full;
      } else if (out->accepted()) {
        ++sum.accepted;
      } else if (out->failed() && out->failed()->what == error::code::conflict) {
        ++sum.conflicts;
      } else if (!out->rejected()) {
        ++sum.others;
      }
    }
  }
  void expect_limits_kept(int accepted) {
    std::map<std::string, std::size_t> used;
    const auto page = app->events({.any_of = {{.categories = {"subscription"}}}});
    ASSERT_TRUE(page);
    for (const recorded_event& one : page->events) {
      for (const std::string& tag : one.tags)
        ++used[tag];
    }
    EXPECT_EQ(page->events.size(), static_cast<std::size_t>(accepted));
    std::size_t full = 0;
    for (const auto& [tag, count] : used) {
      const std::size_t limit = tag.starts_with("student:") ? courses_max : students_max;
      EXPECT_LE(count, limit) << tag;
      if (count == limit) ++full;
    }
    EXPECT_GT(full, 4U);
  }
};

TEST_F(Courses, NeverExceedTheirLimitsHoweverManySubscribeAtOnce) {
  for (const auto partitions : std::initializer_list<std::uint16_t>{1, 4}) {
    settings.partitions = partitions;
    settings.store = directory.path() / std::to_string(partitions);
    start();
    load sum;
    for (int run = 0; run < 2; ++run) {
      std::vector<std::thread> clients;
      for (int t = 0; t < 6; ++t)
        clients.emplace_back([&, t] { subscribe_many(sum, t + run); });
      for (std::thread& one : clients)
        one.join();
      restart();
      expect_limits_kept(sum.accepted);
    }
    EXPECT_GT(sum.full.load(), 0);
    EXPECT_EQ(sum.others.load(), 0);
    EXPECT_EQ(sum.conflicts.load(), 0) << "nobody should need fifty attempts";
    stop();
  }
}

TEST_F(Courses, AskOnReadsOnAfterAConflictAndEndsAfterSoManyAttempts) {
  start();
  const auto ask = [this](std::uint32_t attempts_max, int rivals) {
    int made = 0;
    std::vector<std::size_t> counts;
    auto out = app->aggregate<subscription>("me").ask_on(
        {{.tags = {"x"}}},
        [&](const std::vector<recorded_event>& seen) -> std::optional<subscription::command> {
          counts.push_back(seen.size());
          if (made < rivals) {
            const std::string rival =
                "rival-" + std::to_string(attempts_max) + std::to_string(made);
            EXPECT_TRUE(
                app->aggregate<subscription>(rival).ask(subscribe{}, {.tags = {"x"}}).accepted());
          }
          ++made;
          return subscribe{};
        },
        {.ask = {.tags = {"x"}}, .attempts_max = attempts_max});
    return std::pair{std::move(*out), counts};
  };
  const auto [lost, seen] = ask(2, 2);
  ASSERT_TRUE(lost.failed());
  EXPECT_EQ(lost.failed()->what, error::code::conflict);
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1}));
  const auto [won, more] = ask(3, 2);
  ASSERT_TRUE(won.accepted());
  EXPECT_EQ(more, (std::vector<std::size_t>{2, 3, 4}));
}

TEST_F(Courses, AskOnSaysWhatIsWrong) {
  start();
  const auto me = app->aggregate<subscription>("me");
  const auto none = me.ask_on({}, [](const auto&) { return subscribe{}; });
  EXPECT_EQ(none->failed()->what, error::code::bad_input);
  const auto throws = me.ask_on({{.tags = {"x"}}}, [](const auto&) -> subscribe { throw 1; });
  EXPECT_EQ(throws->failed()->what, error::code::user_code_threw);
  const auto late = me.ask_on(
      {{.tags = {"x"}}}, [](const auto&) { return subscribe{}; }, {.ask = {.timeout = {}}});
  ASSERT_TRUE(late->failed());
  EXPECT_EQ(effect_of(late->failed()->what), error::effect::none);
  EXPECT_EQ(app->status().events, 0U);
}

}  // namespace
}  // namespace cairn
