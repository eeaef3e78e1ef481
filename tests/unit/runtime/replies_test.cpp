#include "support/door.hpp"
#include "support/running.hpp"

#include <array>
#include <coroutine>
#include <future>

namespace cairn {
namespace {

using namespace doors;

/// Runs by itself and ends by itself.
struct detached {
  struct promise_type {
    detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

detached ask_and_tell(aggregate_handle<door> to, std::promise<outcome<door, heard>>& told) {
  auto asked = to.co_ask(knock{});
  told.set_value(co_await asked);
}

/// What a later program expects of a knock.
struct echo {
  std::array<std::uint64_t, 20> times{};
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("times", times)); }
  bool operator==(const echo&) const = default;
};
struct later_knock {
  using reply = echo;
  static constexpr std::string_view stable_name = knock::stable_name;
  template <class Ar> void serialize(Ar&, unsigned) {}
  bool operator==(const later_knock&) const = default;
};
struct later_door {
  static constexpr std::string_view stable_name = door::stable_name;
  struct state {};
  enum class rejection : std::uint8_t { none };
  using command = std::variant<later_knock>;
  using event = std::variant<knocked>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const later_knock& /*wish*/) { return knocked{}; }
  static void evolve(state& /*now*/, const knocked& /*fact*/) {}
  static echo reply(const state& /*after*/, const later_knock& /*wish*/) { return {}; }
};

class Replies : public tests::running {
 protected:
  Replies() {
    with = [](builder& parts) {
      parts.add<door>();
    };
    start();
  }
  ~Replies() override { stop(); }

  aggregate_handle<door> d() { return app->aggregate<door>("d"); }
  /// Of the command, which must be accepted.
  template <class Command> reply_of<Command> reply_to(const Command& wish, ask_options how = {}) {
    const auto out = d().ask(wish, std::move(how));
    EXPECT_NE(out.accepted(), nullptr) << (out.failed() ? describe(*out.failed()) : "rejected");
    return out.accepted() ? out.accepted()->reply : reply_of<Command>{};
  }
  /// What has become of a repeat with this id.
  template <class Command>
  void expect_repeated(const Command& wish, const char* id, const reply_of<Command>& reply) {
    const auto out = d().ask(wish, {.command_id = id});
    ASSERT_TRUE(out.accepted()) << (out.failed() ? describe(*out.failed()) : "rejected");
    EXPECT_TRUE(out.accepted()->repeated);
    EXPECT_EQ(out.accepted()->reply, reply);
  }
  /// Why the reply to a repeat cannot be told.
  template <class Command> void expect_lost(const Command& wish, const char* why) {
    const auto out = d().ask(wish, {.command_id = "c-1"});
    ASSERT_TRUE(out.failed());
    EXPECT_EQ(out.failed()->what, error::code::uncertain);
    EXPECT_NE(out.failed()->detail.find(why), std::string::npos) << out.failed()->detail;
  }
};

TEST_F(Replies, ComeWithTheReceiptAndAreOfTheStateBehindTheEvents) {
  const auto out = d().ask(knock{2});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{1});
  EXPECT_EQ(out.accepted()->reply, (heard{1, "xx"}));
  EXPECT_EQ(reply_to(knock{}), (heard{2, {}}));
}

TEST_F(Replies, ComeInTheOrderOfTheCommands) {
  tests::collected<std::uint32_t> came;
  for (int i = 0; i < 3; ++i) {
    d().ask(knock{}, {}, [&came](const outcome<door, heard>& what) {
      came.put(what.accepted() != nullptr ? what.accepted()->reply.knocks : 0);
    });
  }
  EXPECT_EQ(came.wait_for(3), (std::vector<std::uint32_t>{1, 2, 3}));
}

TEST_F(Replies, ComeToCallbacksThatTakeAnything) {
  tests::collected<std::uint32_t> came;
  d().ask(knock{}, {}, [&came](const auto& what) { came.put(what.accepted()->reply.knocks); });
  EXPECT_EQ(came.wait_for(1), std::vector<std::uint32_t>{1});
  tests::collected<version> plain;
  d().ask(
      knock{}, {}, [&plain](const outcome<door>& what) { plain.put(what.accepted()->version); });
  EXPECT_EQ(plain.wait_for(1), std::vector<version>{version{2}});
}

TEST_F(Replies, ComeToCoroutines) {
  std::promise<outcome<door, heard>> told;
  ask_and_tell(d(), told);
  const auto out = told.get_future().get();
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->reply, (heard{1, {}}));
}

TEST_F(Replies, ComeToThoseWhoReadDecideAndWrite) {
  const auto make = [](const aggregate_state<door>& now) {
    return knock{door::knocks(now.state) + 3};
  };
  const auto out = d().ask_from(make);
  ASSERT_TRUE(out && out->accepted());
  EXPECT_EQ(out->accepted()->reply, (heard{1, "xxx"}));
  tests::collected<heard> came;
  d().ask_from(make, {}, [&came](const std::optional<outcome<door, heard>>& what) {
    came.put(what && what->accepted() ? what->accepted()->reply : heard{});
  });
  EXPECT_EQ(came.wait_for(1).front(), (heard{2, "xxxx"}));
}

TEST_F(Replies, AreNotGivenByRejectionsAndFailures) {
  ASSERT_TRUE(d().ask(open_it{}).accepted());
  EXPECT_EQ(*d().ask(knock{}, {.command_id = "c-1"}).rejected(), door::rejection::nobody_there);
  EXPECT_EQ(*d().ask(knock{}, {.command_id = "c-1"}).rejected(), door::rejection::nobody_there);
  EXPECT_EQ(d().ask(unlock{}).failed()->what, error::code::unhandled);
  EXPECT_EQ(d().ask(listen{}, {.expected = version{9}}).failed()->what, error::code::conflict);
}

TEST_F(Replies, OfARepeatAreThoseOfTheFirst) {
  EXPECT_EQ(reply_to(knock{1}, {.command_id = "c-1"}), (heard{1, "x"}));
  EXPECT_EQ(reply_to(knock{}).knocks, 2U);
  expect_repeated(knock{1}, "c-1", {1, "x"});
  restart();
  expect_repeated(knock{1}, "c-1", {1, "x"});
  EXPECT_EQ(reply_to(listen{}).knocks, 2U);
}

TEST_F(Replies, OfARepeatThatComesBeforeTheFirstIsDurableAreTheSame) {
  tests::collected<heard> came;
  for (int i = 0; i < 8; ++i) {
    d().ask(knock{}, {.command_id = "c-1"}, [&came](const outcome<door, heard>& what) {
      came.put(what.accepted() != nullptr ? what.accepted()->reply : heard{});
    });
  }
  EXPECT_EQ(came.wait_for(8), (std::vector<heard>(8, heard{1, {}})));
}

TEST_F(Replies, OfCommandsWithoutEventsAreKeptToo) {
  EXPECT_EQ(reply_to(listen{}, {.command_id = "c-0"}), (heard{0, {}}));
  EXPECT_EQ(reply_to(knock{}, {.command_id = "c-1"}), (heard{1, {}}));
  EXPECT_EQ(reply_to(listen{}, {.command_id = "c-2"}), (heard{1, {}}));
  EXPECT_EQ(reply_to(knock{}, {.command_id = "c-3"}), (heard{2, {}}));
  restart();
  expect_repeated(listen{}, "c-0", {0, {}});
  expect_repeated(knock{}, "c-1", {1, {}});
  expect_repeated(listen{}, "c-2", {1, {}});
}

TEST_F(Replies, AreKeptForManyMoreThanAnAggregateRemembers) {
  for (int i = 0; i < 100; ++i)
    (void)reply_to(knock{}, {.command_id = "c-" + std::to_string(i)});
  expect_repeated(knock{}, "c-3", {4, {}});
  expect_repeated(knock{}, "c-99", {100, {}});
}

TEST_F(Replies, AreKeptForThoseWhoSendTheCommandWithoutAskingForOne) {
  ASSERT_TRUE(d().ask(door::command{knock{2}}, {.command_id = "c-1"}).accepted());
  expect_repeated(knock{2}, "c-1", {1, "xx"});
  const auto out = d().ask(door::command{knock{2}}, {.command_id = "c-1"});
  ASSERT_TRUE(out.accepted());
  EXPECT_TRUE(out.accepted()->repeated);
}

TEST_F(Replies, ThatAreTooLargeLetNothingHappen) {
  stop();
  settings.event_bytes_max = 100;
  start();
  const auto out = d().ask(knock{100}, {.command_id = "c-1"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::too_large);
  EXPECT_NE(out.failed()->detail.find("reply"), std::string::npos);
  EXPECT_EQ(d().state()->version, version{0});
  EXPECT_EQ(reply_to(knock{20}, {.command_id = "c-1"}).knocks, 1U);
}

TEST_F(Replies, ThatCannotBeMadeLetNothingHappen) {
  for (const char* id : {"", "c-1"}) {
    const auto out = d().ask(knock{13}, {.command_id = command_id{id}});
    ASSERT_TRUE(out.failed());
    EXPECT_EQ(out.failed()->what, error::code::user_code_threw);
    EXPECT_NE(out.failed()->detail.find("reply of door/d threw: bad luck"), std::string::npos)
        << out.failed()->detail;
  }
  EXPECT_EQ(d().state()->version, version{0});
  EXPECT_EQ(reply_to(knock{}, {.command_id = "c-1"}).knocks, 1U);
}

TEST_F(Replies, OfAnotherCommandWithTheSameIdAreNotTaken) {
  EXPECT_EQ(reply_to(knock{}, {.command_id = "c-1"}).knocks, 1U);
  expect_lost(listen{}, "another command");
  restart();
  expect_lost(listen{}, "another command");
  ASSERT_TRUE(d().ask(lock{7}, {.command_id = "c-2"}).accepted());
}

TEST_F(Replies, ThatALaterProgramCannotReadAreNotInvented) {
  EXPECT_EQ(reply_to(knock{}, {.command_id = "c-1"}).knocks, 1U);
  stop();
  with = [](builder& parts) {
    parts.add<later_door>();
  };
  start();
  const auto out = app->aggregate<later_door>("d").ask(later_knock{}, {.command_id = "c-1"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::uncertain);
  EXPECT_NE(out.failed()->detail.find("corrupt"), std::string::npos) << out.failed()->detail;
  EXPECT_EQ(app->aggregate<later_door>("d").state()->version, version{1});
}

TEST_F(Replies, ThatWereNeverMadeAreNotInvented) {
  ASSERT_TRUE(app->ask_atomically({.command_id = "c-1"}, d().part(knock{})).accepted());
  expect_lost(knock{}, "none was stored");
  restart();
  expect_lost(knock{}, "none was stored");
  EXPECT_EQ(reply_to(listen{}).knocks, 1U);
}

}  // namespace
}  // namespace cairn
