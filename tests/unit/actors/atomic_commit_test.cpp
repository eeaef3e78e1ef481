#include "cairn/actors/atomic_commit.hpp"

#include "support/journal_and_host.hpp"
#include "support/notebook.hpp"

#include "cairn/atomic.hpp"

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using actors::atomic_commit;
using actors::atomic_result;

/// An atomic commit on plain threads, where the thread sanitizer sees all of it.
class AtomicCommitInHosts : public journal_and_host<notebook> {
 protected:
  static actors::host_options patient() {
    actors::host_options made;
    made.wake_attempts_max = 1'000'000;
    made.wake_pause_first = 1ms;
    made.wake_pause_max = 2ms;
    return made;
  }

  std::future<atomic_result> write_together(const std::vector<std::string>& ids,
                                            const std::string& text,
                                            persistence::append_guard guard = {}) {
    auto promise = std::make_shared<std::promise<atomic_result>>();
    auto came = promise->get_future();
    std::vector<atomic_commit::part> parts;
    for (const std::string& id : ids) {
      parts.push_back({host_.get(),
                       id,
                       persistence::hash_of({"notebook", id}),
                       expectation{},
                       std::make_unique<detail::part_message<notebook>>(notebook::write{text})});
      parts.back().wish->aggregate_id = id;
    }
    atomic_commit::options settings;
    settings.guard = std::move(guard);
    atomic_commit::start(std::make_shared<atomic_commit>(
        std::move(parts), std::move(settings), *journal_, [promise](atomic_result&& what) {
          promise->set_value(std::move(what));
        }));
    return came;
  }
  std::string stored_text(const std::string& id) {
    auto found = actors::replay(type_, id, *journal_, *snapshots_, {}, silent_log());
    EXPECT_TRUE(found) << describe(found.error());
    return static_cast<const detail::typed_instance<notebook>&>(*found->instance).state().text;
  }
  /// Leaves "12x" in a, "1x" in b and "kept" in c.
  void lose_a_group_between_two_loans(persistence::append_guard guard) {
    write("a", "1");
    write("b", "1");
    start_again(patient());
    write("a", "2");
    failing_reads_ = 1'000'000;
    auto coming = write_together({"a", "b"}, "x", std::move(guard));
    disk_is_full_ = true;
    EXPECT_TRUE(ask("c", notebook::write{"lost"}).failed());
    disk_is_full_ = false;
    write("c", "kept");
    failing_reads_ = 0;
    EXPECT_EQ(coming.get().outcome.what, detail::erased_outcome::kind::accepted);
  }
  std::uint64_t write(const std::string& id, const std::string& text) {
    const auto out = ask(id, notebook::write{text});
    EXPECT_TRUE(out.accepted());
    return out.accepted() != nullptr ? out.accepted()->version.value : 0;
  }
};

TEST_F(AtomicCommitInHosts, IsOneCommitOfSeveralAggregates) {
  start();
  const auto out = write_together({"a", "b", "c"}, "x").get();
  EXPECT_EQ(out.outcome.what, detail::erased_outcome::kind::accepted);
  EXPECT_EQ(out.outcome.receipt.position.offset, 3U);
  for (const char* id : {"a", "b", "c"})
    EXPECT_EQ(stored_text(id), "x");
  EXPECT_EQ(write("b", "y"), 2U);
  EXPECT_EQ(stored_text("b"), "xy");
}

TEST_F(AtomicCommitInHosts, TakesItsStatesBackWhenItsGroupFails) {
  start();
  write("a", "1");
  write("b", "1");
  disk_is_full_ = true;
  const auto out = write_together({"a", "b"}, "lost").get();
  EXPECT_EQ(out.outcome.what, detail::erased_outcome::kind::failed);
  EXPECT_EQ(out.outcome.why.what, error::code::store_full);
  disk_is_full_ = false;
  EXPECT_EQ(write("a", "2"), 2U);
  EXPECT_EQ(write("b", "2"), 2U);
  EXPECT_EQ(stored_text("a"), "12");
  EXPECT_EQ(stored_text("b"), "12");
}

/// One state is lent before a group fails, the other one after it: what was decided on both must
/// not stay in either, so it is decided again.
TEST_F(AtomicCommitInHosts, IsDecidedAgainWhenAGroupFailsBetweenTwoLoans) {
  start(patient());
  lose_a_group_between_two_loans({});
  EXPECT_EQ(write("a", "3"), 4U);
  EXPECT_EQ(write("b", "2"), 3U);
  EXPECT_EQ(stored_text("a"), "12x3");
  EXPECT_EQ(stored_text("b"), "1x2");
  EXPECT_EQ(stored_text("c"), "kept");
}

/// Its states wait for the verdict, and are given back before it borrows them anew.
TEST_F(AtomicCommitInHosts, WithAGuardIsDecidedAgainAsWell) {
  start(patient());
  lose_a_group_between_two_loans({{{.tags = {"none"}}}, 0});
  EXPECT_EQ(write("a", "3"), 4U);
  EXPECT_EQ(write("b", "2"), 3U);
  EXPECT_EQ(stored_text("a"), "12x3");
  EXPECT_EQ(stored_text("b"), "1x2");
}

TEST_F(AtomicCommitInHosts, TakesItsStatesBackWhenItsGroupIsRefusedBeforeItsGuardIsJudged) {
  start();
  write("a", "1");
  write("b", "1");
  disk_is_full_ = true;
  const auto out = write_together({"a", "b"}, "lost", {{{.tags = {"none"}}}, 0}).get();
  EXPECT_EQ(out.outcome.why.what, error::code::store_full);
  disk_is_full_ = false;
  EXPECT_EQ(write("a", "2"), 2U);
  EXPECT_EQ(write("b", "2"), 2U);
  EXPECT_EQ(stored_text("a"), "12");
  EXPECT_EQ(stored_text("b"), "12");
}

TEST_F(AtomicCommitInHosts, GoesHomeUnchangedWhenItsGuardIsBroken) {
  start();
  std::size_t accepted = 0;
  for (int round = 0; round < 40; ++round) {
    const std::uint64_t after = journal_->durable_offset();
    std::vector<std::future<atomic_result>> coming;
    for (int i = 0; i < 6; ++i) {
      const std::string first = std::to_string(i % 3);
      const std::string second = std::to_string((i + 1) % 3);
      coming.push_back(
          write_together({first, second}, ".", {{{.categories = {"notebook"}}}, after}));
    }
    std::size_t won = 0;
    for (auto& one : coming) {
      const auto out = one.get();
      if (out.outcome.what == detail::erased_outcome::kind::accepted) {
        ++won;
      } else {
        EXPECT_EQ(out.outcome.why.what, error::code::conflict) << describe(out.outcome.why);
      }
    }
    EXPECT_EQ(won, 1U) << "round " << round;
    accepted += won;
  }
  std::size_t dots = 0;
  for (int i = 0; i < 3; ++i) {
    const std::size_t mine = stored_text(std::to_string(i)).size();
    EXPECT_EQ(write(std::to_string(i), "."), mine + 1);
    dots += mine;
  }
  EXPECT_EQ(dots, accepted * 2);
}

TEST_F(AtomicCommitInHosts, ManyAtOnceNeverWaitForEachOther) {
  start();
  std::vector<std::future<atomic_result>> coming;
  for (int i = 0; i < 300; ++i) {
    const std::string first = std::to_string(i % 5);
    const std::string second = std::to_string((i + 1 + i % 3) % 5);
    coming.push_back(write_together({first, second}, "."));
  }
  for (auto& one : coming)
    EXPECT_EQ(one.get().outcome.what, detail::erased_outcome::kind::accepted);
  std::size_t dots = 0;
  for (int i = 0; i < 5; ++i)
    dots += stored_text(std::to_string(i)).size();
  EXPECT_EQ(dots, 600U);
}

}  // namespace
}  // namespace cairn::tests
