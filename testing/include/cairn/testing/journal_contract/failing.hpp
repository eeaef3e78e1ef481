#pragma once

#include "cairn/testing/journal_contract/fixture.hpp"

#include <string>
#include <vector>

// What a journal promises when something fails. See cairn/testing/journal_contract.hpp.

namespace cairn::persistence {

TYPED_TEST_P(JournalContract, KeepsNothingOfAGroupThatIsRefused) {
  this->write("ann", {"a1"});
  this->set_room(error{error::code::store_full, "no room"});
  const auto replies = this->host_->submit({this->on("ann", {"a2"}), this->on("bob", {"b1"})});
  for (const auto& reply : replies) {
    EXPECT_EQ(reply->wait().error().what, error::code::store_full);
  }
  EXPECT_EQ(this->journal_->durable_offset(), 1U);
  EXPECT_EQ(this->head("ann"), 1U);
  EXPECT_EQ(this->journal_->writer().counters().commits.load(), 1U);
  EXPECT_EQ(this->journal_->writer().counters().failed_groups.load(), 1U);
}

TYPED_TEST_P(JournalContract, AnswersThoseWhoOnlyWaitAlsoWhenThereIsNoRoom) {
  this->write("ann", {"a1"});
  const std::uint64_t era = this->journal_->writer().era();
  this->set_room(error{error::code::store_full, "no room"});
  const auto answer = this->host_->wait_for_commits();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->offset, 1U);
  EXPECT_EQ(this->journal_->writer().era(), era);
}

TYPED_TEST_P(JournalContract, RefusesBurstsThatWereDecidedBeforeAFailure) {
  this->write("ann", {"a1"});
  const std::uint64_t era = this->journal_->writer().era();
  this->set_room(error{error::code::store_full, "no room"});
  EXPECT_EQ(this->write("ann", {"a2"}), 0U);
  EXPECT_EQ(this->journal_->writer().era(), era + 1);
  this->set_room({});
  const auto late = this->host_->submit({this->on("ann", {"a3"})})[0]->wait();
  EXPECT_EQ(late.error().what, error::code::store_full);
  EXPECT_EQ(effect_of(late.error().what), error::effect::none);
  this->host_->reload();
  EXPECT_EQ(this->write("ann", {"again"}), 2U);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"), (std::vector<std::string>{"a1", "again"}));
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

TYPED_TEST_P(JournalContract, GoesOnAfterARefusalOfAnyKind) {
  this->set_room(error{error::code::io_failed, "cannot look"});
  EXPECT_EQ(this->write("ann", {"a1"}), 0U);
  this->set_room({});
  this->host_->reload();
  EXPECT_EQ(this->write("ann", {"a1"}), 1U);
}

TYPED_TEST_P(JournalContract, IsFencedForGoodByAnotherClaim) {
  this->write("ann", {"a1"});
  // Through the back door: the same log, as another process would.
  (void)*const_cast<block_log&>(this->journal_->log()).claim();
  const auto refused = this->host_->submit({this->on("ann", {"a2"})})[0]->wait();
  EXPECT_EQ(refused.error().what, error::code::fenced);
  this->host_->reload();
  const auto later = this->host_->submit({this->on("ann", {"a2"})})[0]->wait();
  EXPECT_EQ(later.error().what, error::code::fenced);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"), (std::vector<std::string>{"a1"}));
}

TYPED_TEST_P(JournalContract, SaysWhyAStoppedIndexCannotBeAsked) {
  this->write("ann", {"a1"});
  this->journal_->stop();
  EXPECT_EQ(this->head("ann"), 1U);  // what it has, it still knows
  auto& index = const_cast<stream_index&>(this->journal_->index());
  EXPECT_EQ(index.wait_for(1'000).error().what, error::code::shutting_down);
}

TYPED_TEST_P(JournalContract, StoresNothingOfARejectedAppendAndGoesOn) {
  this->put_a_probe_in_between();
  this->write("ann", {"a1"});
  this->probe_->reject_next();
  EXPECT_EQ(this->refusal_of("ann", {"lost", "too"}), error::code::store_full);
  EXPECT_EQ(this->head("ann"), 1U);
  EXPECT_EQ(this->write("ann", {"a2"}), 2U);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"), (std::vector<std::string>{"a1", "a2"}));
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

TYPED_TEST_P(JournalContract, WritesNoMoreAfterAFailureButReads) {
  this->put_a_probe_in_between();
  this->write("ann", {"a1"});
  this->probe_->fail_next({error::code::storage_failed, "the disk"});
  EXPECT_EQ(this->refusal_of("ann", {"lost"}), error::code::storage_failed);
  // The log would take it: it is the journal that has had enough.
  EXPECT_EQ(this->refusal_of("ann", {"refused"}), error::code::storage_failed);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"), std::vector<std::string>{"a1"});
  this->reopen();
  EXPECT_EQ(this->write("ann", {"a2"}), 2U);
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

TYPED_TEST_P(JournalContract, FindsAfterARestartWhatWasStoredWithoutAnAnswer) {
  this->put_a_probe_in_between();
  this->write("ann", {"a1"});
  this->probe_->fail_next({error::code::uncertain, "died"}, testing::journal_probe::fate::stored);
  EXPECT_EQ(this->refusal_of("ann", {"a2", "a3"}), error::code::uncertain);
  this->reopen();
  EXPECT_EQ(this->head("ann"), 3U);
  EXPECT_EQ(this->write("ann", {"a4"}), 4U);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"),
            (std::vector<std::string>{"a1", "a2", "a3", "a4"}));
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

}  // namespace cairn::persistence
