#include "cairn/persistence/journal.hpp"
#include "cairn/testing/commits.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cairn::persistence {
namespace {

using tests::add_commit;
using tests::bank_names;

// More than the writer answers by itself.
constexpr std::size_t many = 3000;

/// Notes by whom and in which order it was answered; the first one can be held.
class answers_in_order {
 public:
  struct reply final : commit_reply {
    reply(answers_in_order& to, std::string as, std::shared_future<void> after)
        : notes(to), name(std::move(as)), held_until(std::move(after)) {}
    void durable(position) noexcept override { note(name); }
    void failed(const error&) noexcept override { note(name + " failed"); }
    void note(std::string what) noexcept {
      if (held_until.valid()) {
        notes.is_held_.set_value();
        held_until.wait();
      }
      const std::lock_guard lock{notes.mutex_};
      notes.seen_.push_back(std::move(what));
    }
    answers_in_order& notes;
    std::string name;
    std::shared_future<void> held_until;
  };

  reply* add(std::string name, std::shared_future<void> held_until = {}) {
    replies_.push_back(std::make_unique<reply>(*this, std::move(name), std::move(held_until)));
    return replies_.back().get();
  }
  void wait_until_held() { is_held_.get_future().wait(); }
  std::vector<std::string> seen() const {
    const std::lock_guard lock{mutex_};
    return seen_;
  }

 private:
  std::vector<std::unique_ptr<reply>> replies_;
  std::promise<void> is_held_;
  mutable std::mutex mutex_;
  std::vector<std::string> seen_;
};

class GroupAnswers : public testing::Test {
 protected:
  GroupAnswers() {
    journal::options settings;
    settings.room = [this]() -> result<void> {
      if (disk_is_full_.load()) return error{error::code::store_full, "the test says so"};
      return {};
    };
    auto opened = journal::open(make_memory_log(), nullptr, bank_names(), std::move(settings));
    EXPECT_TRUE(opened);
    journal_ = *std::move(opened);
    EXPECT_TRUE(journal_->start());
  }
  ~GroupAnswers() override { journal_->stop(); }

  /// One burst of so many commits to an aggregate; the first of the replies is held.
  void submit(const std::string& id, std::size_t count, std::shared_future<void> held_until = {}) {
    auto made = std::make_unique<burst>(origin_, ++sequence_, journal_->writer().era());
    for (std::size_t i = 0; i < count; ++i) {
      add_commit(*made, {.id = id, .base = i}, answers_.add(id, std::exchange(held_until, {})));
    }
    journal_->writer().submit(std::move(made));
  }

  std::atomic<bool> disk_is_full_{false};
  answers_in_order answers_;
  burst::origin origin_;
  std::uint64_t sequence_ = 0;
  std::unique_ptr<journal> journal_;
};

TEST_F(GroupAnswers, OfALargeGroupDoNotKeepTheNextOneFromTheDisk) {
  std::promise<void> go_on;
  submit("ann", many, go_on.get_future().share());
  answers_.wait_until_held();
  submit("bob", 1);
  while (journal_->durable_offset() < many + 1)
    std::this_thread::yield();
  EXPECT_TRUE(answers_.seen().empty());
  go_on.set_value();
  journal_->stop();
  const auto seen = answers_.seen();
  ASSERT_EQ(seen.size(), many + 1);
  EXPECT_EQ(seen.front(), "ann");
  EXPECT_EQ(seen.back(), "bob");
}

TEST_F(GroupAnswers, OfOneThatFailedComeBehindThoseBeforeIt) {
  std::promise<void> go_on;
  submit("ann", many, go_on.get_future().share());
  answers_.wait_until_held();
  disk_is_full_ = true;
  const std::uint64_t era = journal_->writer().era();
  submit("bob", 1);
  while (journal_->writer().era() == era)
    std::this_thread::yield();
  EXPECT_TRUE(answers_.seen().empty());
  go_on.set_value();
  journal_->stop();
  const auto seen = answers_.seen();
  ASSERT_EQ(seen.size(), many + 1);
  EXPECT_EQ(seen.front(), "ann");
  EXPECT_EQ(seen.back(), "bob failed");
}

}  // namespace
}  // namespace cairn::persistence
