#pragma once

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"
#include "cairn/testing/journal_probe.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What the cases of the journal contract have in common; see cairn/testing/journal_contract.hpp.

namespace cairn::persistence {

template <class Backend> class JournalContract : public ::testing::Test {
 protected:
  using commits = std::vector<tests::test_commit>;
  using payloads = std::vector<std::string>;

  JournalContract() { open(); }

  void open() {
    options_.room = [this] {
      const std::lock_guard lock{mutex_};
      return room_ ? result<void>{*room_} : result<void>{};
    };
    auto log = probe_ ? *probe_->source()({0}) : backend_.log();
    journal_ = *journal::open(std::move(log), backend_.index(), tests::bank_names(), options_);
    journal_->on_group([this] { groups_.fetch_add(1); });
    ASSERT_TRUE(journal_->start().has_value());
    host_ = std::make_unique<tests::journal_host>(*journal_);
  }
  void reopen_with(journal::options settings) {
    journal_.reset();
    options_ = std::move(settings);
    open();
  }
  /// From here on the log can be made to fail; reopen() finds it as it was left.
  void put_a_probe_in_between() {
    host_.reset();
    journal_.reset();
    probe_.emplace([this](partition_id /*the only one*/) -> result<std::unique_ptr<block_log>> {
      return backend_.log();
    });
    open();
  }
  void reopen() {
    host_.reset();
    journal_.reset();
    open();
  }
  error::code refusal_of(std::string id, payloads events) {
    const auto answer = host_->submit({on(std::move(id), std::move(events))})[0]->wait();
    host_->reload();
    return answer ? error::code{} : answer.error().what;
  }

  void set_room(std::optional<error> refusal) {
    const std::lock_guard lock{mutex_};
    room_ = std::move(refusal);
  }

  static tests::test_commit on(std::string id, payloads events, std::string command_id = {}) {
    tests::test_commit made = tests::commit_of(std::move(events));
    made.id = std::move(id);
    made.command_id = std::move(command_id);
    return made;
  }
  std::uint64_t write(std::string id, payloads events, std::string command_id = {}) {
    return host_->write({on(std::move(id), std::move(events), std::move(command_id))});
  }

  std::uint64_t head(const std::string& id) {
    return tests::head_of(*journal_, {"bank.account", id});
  }
  stream_facts facts(const std::string& id) {
    return tests::found_in_time(journal_->facts({"bank.account", id}, tests::index_deadline()));
  }
  std::optional<stored_outcome> outcome(const std::string& id, const std::string& command_id) {
    (void)head(id);  // waits for the index
    return *journal_->outcome({"bank.account", id}, command_id);
  }

  Backend backend_;
  std::mutex mutex_;
  std::optional<error> room_;
  std::atomic<std::uint64_t> groups_{0};
  journal::options options_;
  std::optional<testing::journal_probe> probe_;
  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
};

TYPED_TEST_SUITE_P(JournalContract);

}  // namespace cairn::persistence
