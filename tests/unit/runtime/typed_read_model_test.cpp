#include "cairn/detail/typed_read_model.hpp"

#include "support/read_models.hpp"

#include "cairn/persistence/views.hpp"
#include "cairn/reader.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace cairn::tests {
namespace {

using detail::typed_read_model;

event_metadata meta_of(std::string_view aggregate_id, std::uint64_t offset) {
  event_metadata meta;
  meta.aggregate_id = aggregate_id;
  meta.position.offset = offset;
  return meta;
}

template <class Event>
result<void> apply(detail::read_model_fold& fold,
                   std::size_t wanted,
                   event_metadata meta,
                   const Event& event) {
  byte_buffer bytes;
  encode(event, bytes);
  return fold.apply(wanted, meta, {.type = Event::stable_name, .payload = bytes.view()});
}

/// The answer of `M` from its fold.
template <class M, class Query>
typename Query::answer ask(const detail::read_model_fold& fold,
                           const Query& question,
                           detail::table_store* store = nullptr) {
  typename Query::answer answer;
  fold.look(store, [&](const void* picture) {
    answer = M::query(*static_cast<const picture_of<M>*>(picture), question);
  });
  return answer;
}

TEST(TypedReadModel, SaysWhatTheUserWrote) {
  const typed_read_model<balances_at<7>> tables;
  EXPECT_EQ(tables.name(), "test.balances");
  EXPECT_EQ(tables.version(), 7U);
  EXPECT_FALSE(tables.in_memory());
  EXPECT_EQ(
      tables.table_names(),
      (std::vector<std::string>{"by_account", "by_offset", "cairn.letters", "cairn.control"}));
  ASSERT_EQ(tables.wanted().size(), 2U);
  EXPECT_EQ(tables.wanted()[0].aggregate_type, "test.account");
  EXPECT_EQ(tables.wanted()[0].event_type, "test.opened");
  EXPECT_EQ(tables.wanted()[1].event_type, "test.deposited");

  const typed_read_model<totals> memory;
  EXPECT_TRUE(memory.in_memory());
  EXPECT_EQ(memory.table_names(), (std::vector<std::string>{"cairn.letters", "cairn.control"}));
  ASSERT_EQ(memory.wanted().size(), 1U);
  EXPECT_EQ(memory.wanted()[0].event_type, "test.deposited");
}

TEST(TypedReadModel, AppliesEventsToAStateInMemory) {
  const typed_read_model<totals> type;
  const auto fold = type.make();
  fold->begin_batch(nullptr);
  for (const std::int64_t cents : {5, 6}) {
    EXPECT_TRUE(apply(*fold, 0, meta_of("ann", 1), deposited{cents}).has_value());
  }
  fold->end_batch();
  EXPECT_EQ(ask<totals>(*fold, how_much{}), (how_much::sum{11, 2}));
}

TEST(TypedReadModel, SavesRestoresAndClearsAState) {
  const typed_read_model<totals> type;
  const auto fold = type.make();
  fold->begin_batch(nullptr);
  ASSERT_TRUE(apply(*fold, 0, meta_of("ann", 1), deposited{5}).has_value());
  fold->end_batch();
  byte_buffer saved;
  ASSERT_TRUE(fold->save(saved).has_value());
  const auto other = type.make();
  ASSERT_TRUE(other->restore(saved.view()).has_value());
  EXPECT_EQ(ask<totals>(*other, how_much{}), (how_much::sum{5, 1}));
  EXPECT_EQ(other->restore(as_bytes("?")).error().what, error::code::corrupt);
  other->clear();
  EXPECT_EQ(ask<totals>(*other, how_much{}), (how_much::sum{0, 0}));
}

TEST(TypedReadModel, KeepsQueriesOutOfABatchInMemory) {
  const typed_read_model<totals> type;
  const auto fold = type.make();
  fold->begin_batch(nullptr);
  ASSERT_TRUE(apply(*fold, 0, meta_of("ann", 1), deposited{5}).has_value());
  auto asked = std::async(std::launch::async, [&] { return ask<totals>(*fold, how_much{}); });
  ASSERT_TRUE(apply(*fold, 0, meta_of("ann", 2), deposited{6}).has_value());
  fold->end_batch();
  const auto seen = asked.get();
  EXPECT_EQ(seen, (how_much::sum{11, 2}));
}

TEST(TypedReadModel, AppliesEventsToTheTablesOfATransaction) {
  const typed_read_model<balances> type;
  const auto fold = type.make();
  const auto view = persistence::make_memory_view(
      {.name = "test.balances", .tables = type.table_names(), .partitions = 1});
  {
    const auto batch = *view->begin();
    fold->begin_batch(&batch->tables());
    ASSERT_TRUE(apply(*fold, 0, meta_of("ann", 1), opened{"Ann"}).has_value());
    ASSERT_TRUE(apply(*fold, 1, meta_of("ann", 2), deposited{5}).has_value());
    fold->end_batch();
    ASSERT_TRUE(batch->commit({2}).has_value());
  }
  const auto now = *view->read();
  EXPECT_EQ(ask<balances>(*fold, balance_of{"ann"}, &now->tables()), (balance_of::balance{5, 2}));
  EXPECT_EQ(now->tables().count(1), 2U);
}

TEST(TypedReadModel, WhatApplyThrowsBecomesAnError) {
  const typed_read_model<fragile_totals> type;
  const auto fold = type.make();
  refusal_plan::refuse(13, 1);
  fold->begin_batch(nullptr);
  const auto done = apply(*fold, 0, meta_of("ann", 1), deposited{13});
  fold->end_batch();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().what, error::code::user_code_threw);
  EXPECT_EQ(done.error().detail, "apply: no deposits of 13");
}

TEST(TypedReadModel, AnEventThatCannotBeReadLeavesTheStateAlone) {
  const typed_read_model<totals> type;
  const auto fold = type.make();
  event_metadata meta = meta_of("ann", 1);
  const raw_event damaged{.type = deposited::stable_name, .payload = as_bytes("??????????????")};
  EXPECT_EQ(fold->apply(0, meta, damaged).error().what, error::code::corrupt);
  EXPECT_EQ(ask<totals>(*fold, how_much{}), (how_much::sum{0, 0}));
}

TEST(TypedReadModel, AnEventOfANewerClassVersionIsOfANewerProgram) {
  const typed_read_model<totals> type;
  const auto fold = type.make();
  event_metadata meta = meta_of("ann", 1);
  const raw_event newer{.type = deposited::stable_name, .schema_version = 1};
  EXPECT_EQ(fold->apply(0, meta, newer).error().what, error::code::newer_format);
}

struct angry_state {
  static constexpr std::string_view stable_name = "test.angry_state";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<notes>>;
  struct state {
    int number = 0;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      cairn::fields(ar, number);
      throw std::runtime_error{"not like this"};
    }
  };
  static void apply(state& /*now*/, const recorded<noted>& /*fact*/) { throw 42; }
};

TEST(TypedReadModel, WhateverUserCodeThrowsBecomesAnError) {
  const typed_read_model<angry_state> type;
  const auto fold = type.make();
  byte_buffer saved;
  EXPECT_EQ(fold->save(saved).error().what, error::code::user_code_threw);
  EXPECT_TRUE(saved.empty());
  EXPECT_EQ(apply(*fold, 0, meta_of("a", 1), noted{"x"}).error().what,
            error::code::user_code_threw);
}

/// Plays a running read model: remembers what it was asked for.
class played_model final : public detail::read_model_access {
 public:
  result<void> wait_for(const detail::picture_demand& demand) override {
    asked_for.assign(demand.all_of.begin(), demand.all_of.end());
    asked_caught_up = demand.caught_up;
    asked_timeout = demand.timeout;
    ++waits;
    return answer;
  }
  result<void> look(const detail::picture_visit& who) const override {
    who.own(&state);
    return {};
  }
  result<std::shared_ptr<detail::watcher>> watch(
      detail::watcher::options /*wish*/,
      const std::function<void(const void*)>& /*look*/) override {
    return error{error::code::unhandled, "nobody watches what is played"};
  }
  std::vector<position> checkpoints() const override { return {{{0}, 4}}; }
  read_model_status status() const override { return {.name = "played"}; }

  totals::state state{7, 3};
  result<void> answer;
  std::vector<position> asked_for;
  bool asked_caught_up = false;
  std::chrono::nanoseconds asked_timeout{0};
  int waits = 0;
};

TEST(Reader, DoesNotWaitUnlessAskedTo) {
  played_model model;
  const reader<totals> now{&model, {}};
  EXPECT_EQ(*now.ask(how_much{}), (how_much::sum{7, 3}));
  EXPECT_EQ(model.waits, 0);
  EXPECT_EQ((*now.checkpoints())[0].offset, 4U);
  EXPECT_EQ(now.status()->name, "played");
}

TEST(Reader, WaitsForEverythingThatWasDemanded) {
  using namespace std::chrono_literals;
  played_model model;
  const reader<totals> now{&model,
                           {.at_least = position{{0}, 5},
                            .caught_up = true,
                            .timeout = 2s,
                            .at_least_all = {position{{1}, 6}}}};
  EXPECT_TRUE(now.ask(how_much{}).has_value());
  EXPECT_EQ(model.asked_for, (std::vector<position>{{{1}, 6}, {{0}, 5}}));
  EXPECT_TRUE(model.asked_caught_up);
  EXPECT_EQ(model.asked_timeout, 2s);
}

TEST(Reader, AnswersWithTheReasonWhenTheModelIsNotThere) {
  played_model model;
  model.answer = error{error::code::stale, "behind"};
  EXPECT_EQ((reader<totals>{&model, {.caught_up = true}}.ask(how_much{}).error().detail), "behind");
  const reader<totals> unknown{error{error::code::unknown_name, "test.totals"}, {}};
  EXPECT_EQ(unknown.ask(how_much{}).error().what, error::code::unknown_name);
  EXPECT_EQ(unknown.checkpoints().error().what, error::code::unknown_name);
  EXPECT_EQ(unknown.status().error().what, error::code::unknown_name);
}

}  // namespace
}  // namespace cairn::tests
