#pragma once

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// What every journal promises to those who read it event by event. A backend joins like one of
// journal_contract.hpp; with `flush_commits`, it says after how many commits its index moves.

namespace cairn::persistence {

using texts = std::vector<std::string>;

/// Outside of the templates, in which GCC 12 stumbles over it.
inline std::vector<tests::test_commit> two_events_with_a_tag_and_one_without() {
  return {{.id = "w", .events = {"a", "b"}, .tags = {"x"}}, {.id = "v", .tags = {"y"}}};
}

template <class Backend> class JournalEventsContract : public testing::Test {
 protected:
  static constexpr auto forwards = read_direction::forwards;
  static constexpr auto backwards = read_direction::backwards;

  JournalEventsContract() {
    options_.index.flush_commits = Backend::flush_commits;
    open();
  }

  void open() {
    host_.reset();
    journal_.reset();
    journal_ = *journal::open(backend_.log(), backend_.index(), tests::bank_names(), options_);
    ASSERT_TRUE(journal_->start().has_value());
    host_ = std::make_unique<tests::journal_host>(*journal_);
  }

  /// Commits of one and two events of accounts and carts; their events are called 1, 2, 3, ... by
  /// their offsets.
  void write_samples() {
    host_->write({{.id = "ann", .events = {"1"}, .tags = {"x"}, .event_type = 1},
                  {.id = "bob", .events = {"2", "3"}, .command_id = "c-1"}});
    host_->write({{.id = "cart",
                   .events = {"4", "5"},
                   .tags = {"x", "y"},
                   .correlation_id = "c-1",
                   .aggregate_type = 3,
                   .event_type = 4}});
    host_->write({tests::rejected_commit("c-2"), {.id = "ann", .events = {"6"}, .tags = {"y"}}});
  }

  /// The payloads of what is visited.
  texts read(event_range range, event_progress* progress = nullptr) {
    texts seen;
    const auto read = journal_->read_events(range, [&seen](const found_event& found) {
      seen.emplace_back(as_text(found.event.payload));
      return result<bool>{true};
    });
    EXPECT_TRUE(read.has_value()) << describe(read.error());
    if (read && progress != nullptr) *progress = *read;
    return seen;
  }
  texts find(posting_kind kind, std::string_view term, read_direction direction = forwards) {
    return read({.key = posting_key{kind, term}, .direction = direction, .from = start(direction)});
  }
  static std::uint64_t start(read_direction direction) {
    return direction == forwards ? 0 : UINT64_MAX;
  }
  texts stream(std::string_view id, const stream_range& range) {
    texts seen;
    const auto read = journal_->read_stream_events(
        {"bank.account", id}, range, [&seen](const found_event& found) {
          seen.emplace_back(as_text(found.event.payload));
          return result<bool>{true};
        });
    EXPECT_TRUE(read.has_value()) << describe(read.error());
    return seen;
  }

  Backend backend_;
  journal::options options_;
  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
};

TYPED_TEST_SUITE_P(JournalEventsContract);

TYPED_TEST_P(JournalEventsContract, HasNothingToShowWhenItIsEmpty) {
  event_progress progress;
  EXPECT_TRUE(this->read({}, &progress).empty());
  EXPECT_TRUE(progress.at_end);
  EXPECT_EQ(progress.next, 1U);
  EXPECT_TRUE(this->read({.direction = this->backwards, .from = UINT64_MAX}, &progress).empty());
  EXPECT_TRUE(progress.at_end);
  EXPECT_TRUE(this->find(posting_kind::tag, "x").empty());
  EXPECT_TRUE(this->find(posting_kind::tag, "x", this->backwards).empty());
  EXPECT_TRUE(this->stream("ann", {}).empty());
}

TYPED_TEST_P(JournalEventsContract, ShowsAllEventsInBothDirections) {
  this->write_samples();
  EXPECT_EQ(this->read({}), (texts{"1", "2", "3", "4", "5", "6"}));
  EXPECT_EQ(this->read({.from = 3}), (texts{"3", "4", "5", "6"}));
  EXPECT_EQ(this->read({.from = 7}), texts{});
  EXPECT_EQ(this->read({.from = 2, .up_to = 4}), (texts{"2", "3", "4"}));
  const auto back = this->backwards;
  EXPECT_EQ(this->read({.direction = back, .from = UINT64_MAX}),
            (texts{"6", "5", "4", "3", "2", "1"}));
  EXPECT_EQ(this->read({.direction = back, .from = 4}), (texts{"4", "3", "2", "1"}));
  EXPECT_EQ(this->read({.direction = back, .from = 0}), texts{});
  EXPECT_EQ(this->read({.direction = back, .from = UINT64_MAX, .up_to = 2}), (texts{"2", "1"}));
}

TYPED_TEST_P(JournalEventsContract, FindsEventsByEachKindOfWord) {
  this->write_samples();
  const auto check = [this] {
    EXPECT_EQ(this->find(posting_kind::category, "bank.account"), (texts{"1", "2", "3", "6"}));
    EXPECT_EQ(this->find(posting_kind::category, "shop.cart"), (texts{"4", "5"}));
    EXPECT_EQ(this->find(posting_kind::event_type, "bank.paid"), (texts{"2", "3", "6"}));
    EXPECT_EQ(this->find(posting_kind::event_type, "bank.opened"), texts{"1"});
    EXPECT_EQ(this->find(posting_kind::tag, "x"), (texts{"1", "4", "5"}));
    EXPECT_EQ(this->find(posting_kind::tag, "y", this->backwards), (texts{"6", "5", "4"}));
    EXPECT_EQ(this->find(posting_kind::correlation, "c-1"), (texts{"2", "3", "4", "5"}));
    EXPECT_EQ(this->find(posting_kind::correlation, "c-2"), texts{});
    EXPECT_EQ(this->find(posting_kind::tag, "z"), texts{});
    EXPECT_EQ(this->find(posting_kind::category, "bank"), texts{});
  };
  check();
  if constexpr (requires { this->backend_.directory; }) {
    this->open();
    check();
  }
}

TYPED_TEST_P(JournalEventsContract, GoesOnFromWhereItStopped) {
  this->write_samples();
  for (const auto direction : {this->forwards, this->backwards}) {
    for (const bool keyed : {false, true}) {
      event_range range{.direction = direction, .from = this->start(direction), .looks_max = 1};
      if (keyed) range.key = posting_key{posting_kind::category, "bank.account"};
      texts together;
      event_progress progress;
      for (int pages = 0; !progress.at_end && pages < 9; ++pages) {
        const texts page = this->read(range, &progress);
        EXPECT_LE(page.size(), 1U);
        EXPECT_EQ(progress.looked, page.size());
        together.insert(together.end(), page.begin(), page.end());
        range.from = progress.next;
      }
      EXPECT_TRUE(progress.at_end);
      range.looks_max = UINT64_MAX;
      range.from = this->start(direction);
      EXPECT_EQ(together, this->read(range));
      EXPECT_EQ(together.size(), keyed ? 4U : 6U);
    }
  }
}

TYPED_TEST_P(JournalEventsContract, GoesOnBehindTheEndOnceThereIsMore) {
  this->write_samples();
  event_progress progress;
  const posting_key key{posting_kind::tag, "x"};
  EXPECT_EQ(this->read({.key = key}, &progress).size(), 3U);
  EXPECT_EQ(progress.next, 7U);
  this->host_->write({{.id = "ann", .events = {"7"}, .tags = {"x"}}});
  EXPECT_EQ(this->read({.key = key, .from = progress.next}), texts{"7"});
  EXPECT_EQ(this->read({.from = progress.next}), texts{"7"});
}

TYPED_TEST_P(JournalEventsContract, StopsWhenTheVisitorHasEnough) {
  this->write_samples();
  std::vector<std::uint64_t> offsets;
  const auto read = *this->journal_->read_events({.key = posting_key{posting_kind::tag, "x"}},
                                                 [&offsets](const found_event& found) {
                                                   offsets.push_back(found.offset);
                                                   return result<bool>{offsets.size() < 2};
                                                 });
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{1, 4}));
  EXPECT_EQ(read.next, 5U);
  EXPECT_FALSE(read.at_end);
  const auto failed = this->journal_->read_events({}, [](const found_event&) {
    return result<bool>{error{error::code::not_found, "enough"}};
  });
  EXPECT_EQ(failed.error().what, error::code::not_found);
}

TYPED_TEST_P(JournalEventsContract, HidesWhatIsNotVisibleButLooksAtIt) {
  this->write_samples();
  const auto visible = [](const commit_view& commit, version now) {
    return commit.aggregate_id() != "bob" || now.value > 1;
  };
  event_progress progress;
  EXPECT_EQ(this->read({.visible = visible}, &progress), (texts{"1", "3", "4", "5", "6"}));
  EXPECT_EQ(progress.looked, 6U);
  EXPECT_EQ(this->read({.key = posting_key{posting_kind::correlation, "c-1"},
                        .direction = this->backwards,
                        .from = UINT64_MAX,
                        .visible = visible}),
            (texts{"5", "4", "3"}));
  EXPECT_EQ(this->stream("bob", {.visible = visible}), texts{"3"});
}

TYPED_TEST_P(JournalEventsContract, ShowsAStreamInBothDirections) {
  this->host_->write({{.id = "ann", .events = {"1", "2", "3"}}, {.id = "bob", .events = {"b"}}});
  this->host_->write({{.id = "ann", .events = {"4"}}, {.id = "ann", .events = {"5", "6"}}});
  EXPECT_EQ(this->stream("ann", {}), (texts{"1", "2", "3", "4", "5", "6"}));
  EXPECT_EQ(this->stream("ann", {.after = {2}, .up_to = {5}}), (texts{"3", "4", "5"}));
  EXPECT_EQ(this->stream("ann", {.after = {1}, .events_max = 3}), (texts{"2", "3", "4"}));
  const auto back = this->backwards;
  EXPECT_EQ(this->stream("ann", {.direction = back}), (texts{"6", "5", "4", "3", "2", "1"}));
  EXPECT_EQ(this->stream("ann", {.direction = back, .events_max = 2}), (texts{"6", "5"}));
  EXPECT_EQ(this->stream("ann", {.after = {1}, .up_to = {5}, .direction = back, .events_max = 9}),
            (texts{"5", "4", "3", "2"}));
  EXPECT_EQ(this->stream("ann", {.after = {6}}), texts{});
  EXPECT_EQ(this->stream("ann", {.after = {5}, .up_to = {2}, .direction = back}), texts{});
}

TYPED_TEST_P(JournalEventsContract, KnowsWhichEventsAreLaterThanATime) {
  std::uint64_t written = 0;
  for (const std::int64_t second : {10, 20, 20, 30})
    written = this->host_->write({{.events = {"a", "b"}, .time = tests::at_second(second)}});
  EXPECT_EQ(written, 8U);
  const auto after = [this](std::int64_t second, std::uint64_t up_to = 8) {
    return *this->journal_->offset_after(tests::at_second(second), up_to);
  };
  EXPECT_EQ(after(9), 1U);
  EXPECT_EQ(after(10), 3U);
  EXPECT_EQ(after(20), 7U);
  EXPECT_EQ(after(30), 9U);
  EXPECT_EQ(after(30, 5), 6U);
  EXPECT_EQ(*this->journal_->time_of(4), tests::at_second(20));
}

TYPED_TEST_P(JournalEventsContract, AgreesWithASimpleModel) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 dice{seed};
  const auto draw = [&dice](std::uint64_t below) {
    return dice() % below;
  };
  struct known_event {
    std::string payload;
    std::string type;
    std::string tag;
    std::string correlation;
  };
  std::vector<known_event> model;
  for (int group = 0; group < 60; ++group) {
    std::vector<tests::test_commit> commits;
    for (std::uint64_t left = 1 + draw(5); left > 0; --left) {
      tests::test_commit one{.id = "s" + std::to_string(draw(5)), .events = {}};
      one.tags = {"t" + std::to_string(draw(3))};
      one.event_type = static_cast<name_number>(1 + draw(2));
      if (draw(3) == 0) one.correlation_id = "c" + std::to_string(draw(4));
      for (std::uint64_t events = 1 + draw(4); events > 0; --events) {
        one.events.push_back(std::to_string(model.size() + 1));
        model.push_back({one.events.back(),
                         tests::bank_names()[one.event_type],
                         one.tags[0],
                         one.correlation_id});
      }
      commits.push_back(std::move(one));
    }
    this->host_->write(std::move(commits));
  }
  for (int question = 0; question < 200; ++question) {
    const bool back = draw(2) == 0;
    const std::uint64_t from = draw(model.size() + 2);
    const std::string terms[] = {"bank.account",
                                 draw(2) == 0 ? "bank.opened" : "bank.paid",
                                 "t" + std::to_string(draw(4)),
                                 "c" + std::to_string(draw(5))};
    const auto which = draw(5);
    event_range range{.direction = back ? this->backwards : this->forwards, .from = from};
    if (which > 0) range.key = posting_key{static_cast<posting_kind>(which), terms[which - 1]};
    std::vector<std::string> expected;
    for (std::uint64_t i = 0; i < model.size(); ++i) {
      const known_event& one = model[back ? model.size() - 1 - i : i];
      const std::uint64_t offset = std::stoull(one.payload);
      if (back ? offset > from : offset < from) continue;
      const std::string said[] = {"bank.account", one.type, one.tag, one.correlation};
      if (which == 0 || said[which - 1] == terms[which - 1]) expected.push_back(one.payload);
    }
    ASSERT_EQ(this->read(range), expected) << "kind " << which << " from " << from;
  }
}

TYPED_TEST_P(JournalEventsContract, ShowsEachEventOnceWhileItIsBeingWritten) {
  constexpr int rounds = 300;
  std::atomic<bool> done{false};
  std::thread writer{[this, &done] {
    tests::journal_host host{*this->journal_};
    for (int i = 0; i < rounds; ++i)
      host.write(two_events_with_a_tag_and_one_without());
    done.store(true);
  }};
  std::uint64_t next = 0;
  std::uint64_t seen = 0;
  for (bool last = false; !last;) {
    last = done.load();
    const auto read = this->journal_->read_events(
        {.key = posting_key{posting_kind::tag, "x"}, .from = next, .looks_max = 50},
        [&](const found_event& found) {
          // Of three events, the first two have the tag.
          EXPECT_EQ(found.offset, seen / 2 * 3 + seen % 2 + 1);
          ++seen;
          return result<bool>{true};
        });
    ASSERT_TRUE(read.has_value()) << describe(read.error());
    next = read->next;
    last = last && read->at_end;
  }
  writer.join();
  EXPECT_EQ(seen, 2U * rounds);
}

REGISTER_TYPED_TEST_SUITE_P(JournalEventsContract,
                            HasNothingToShowWhenItIsEmpty,
                            ShowsAllEventsInBothDirections,
                            FindsEventsByEachKindOfWord,
                            GoesOnFromWhereItStopped,
                            GoesOnBehindTheEndOnceThereIsMore,
                            StopsWhenTheVisitorHasEnough,
                            HidesWhatIsNotVisibleButLooksAtIt,
                            ShowsAStreamInBothDirections,
                            KnowsWhichEventsAreLaterThanATime,
                            AgreesWithASimpleModel,
                            ShowsEachEventOnceWhileItIsBeingWritten);

}  // namespace cairn::persistence
