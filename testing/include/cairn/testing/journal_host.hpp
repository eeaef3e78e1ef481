#pragma once

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/commits.hpp"

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cairn::tests {

/// Waits for the writer's answer to one commit.
class waiting_reply final : public persistence::commit_reply {
 public:
  void durable(position newest) noexcept override { answer_.set_value(newest); }
  void failed(const error& why) noexcept override { answer_.set_value(why); }

  /// Once. Blocks until the writer has answered.
  [[nodiscard]] result<position> wait() { return answer_.get_future().get(); }
  /// Blocks; the offset, or 0 for a failure.
  [[nodiscard]] std::uint64_t offset() {
    const auto answer = wait();
    return answer ? answer->offset : 0;
  }

 private:
  std::promise<result<position>> answer_;
};

/// How long a test waits for the index at most: in a log that has lost what it was given, the index
/// never comes so far.
[[nodiscard]] inline persistence::journal::time_point index_deadline() {
  return std::chrono::steady_clock::now() + std::chrono::seconds{30};
}

/// What was found. Throws, which fails the test, when it was not found in time.
template <class T> [[nodiscard]] T found_in_time(result<T> found) {
  if (!found) throw std::runtime_error{describe(found.error())};
  return *std::move(found);
}

/// The stream's version. Blocks; throws as found_in_time.
[[nodiscard]] inline std::uint64_t head_of(persistence::journal& in,
                                           persistence::stream_name stream) {
  return found_in_time(in.head(stream, index_deadline())).value;
}

/// Sends commits to a journal as a host does, with versions that count up. One thread.
class journal_host {
 public:
  explicit journal_host(persistence::journal& to) : journal_(to), era_(to.writer().era()) {}

  /// A burst of these commits whose bases are filled in, with one reply for each; the replies must
  /// live until they are answered.
  [[nodiscard]] std::vector<std::unique_ptr<waiting_reply>> submit(
      std::vector<test_commit> commits) {
    auto burst = std::make_unique<persistence::burst>(origin_, ++sequence_, era_);
    std::vector<std::unique_ptr<waiting_reply>> replies;
    for (test_commit& one : commits) {
      const auto [known, is_new] = versions_.try_emplace(one.id);
      std::uint64_t& version = known->second;
      if (is_new) version = head_of(journal_, {bank_names()[one.aggregate_type], one.id});
      one.base = version;
      if (!one.rejection) version += one.events.size();
      replies.push_back(std::make_unique<waiting_reply>());
      add_commit(*burst, one, replies.back().get());
    }
    journal_.writer().submit(std::move(burst));
    return replies;
  }

  /// Stores one burst and waits; the offset of its last commit, or 0 when it is refused.
  std::uint64_t write(std::vector<test_commit> commits) {
    std::uint64_t offset = 0;
    for (const auto& reply : submit(std::move(commits)))
      offset = reply->offset();
    return offset;
  }

  /// Waits for everything that was submitted, storing nothing.
  result<position> wait_for_commits() {
    auto burst = std::make_unique<persistence::burst>(origin_, ++sequence_, era_);
    waiting_reply reply;
    burst->wait_for_commits(&reply);
    journal_.writer().submit(std::move(burst));
    return reply.wait();
  }

  /// After a failure: what was decided is forgotten, versions are those of the journal.
  void reload() {
    era_ = journal_.writer().era();
    for (auto& [id, version] : versions_)
      version = head_of(journal_, {"bank.account", id});
  }

  [[nodiscard]] std::uint64_t durable_burst() const { return origin_.durable_up_to.load(); }

 private:
  persistence::journal& journal_;
  persistence::burst::origin origin_;
  std::uint64_t sequence_ = 0;
  std::uint64_t era_;
  std::map<std::string, std::uint64_t> versions_;
};

/// Everything from the offset on.
inline result<std::vector<seen_commit>> read_all(const persistence::journal& from,
                                                 persistence::log_cursor at = {}) {
  std::vector<seen_commit> all;
  const auto read = from.read(at, UINT64_MAX, [&all](const persistence::commit_view& commit) {
    auto seen = look_at(commit);
    if (!seen) return result<void>{seen.error()};
    all.push_back(*std::move(seen));
    return result<void>{};
  });
  if (!read) return read.error();
  return all;
}

/// The stream's payloads, in order. Blocks; throws when the index does not come so far in time.
inline result<std::vector<std::string>> read_stream(persistence::journal& from,
                                                    const std::string& id,
                                                    std::uint64_t after = 0,
                                                    std::uint64_t up_to = UINT64_MAX) {
  std::vector<std::string> payloads;
  const auto read = from.read_stream(
      {"bank.account", id},
      {after},
      {up_to},
      [&payloads](const persistence::commit_view& commit) {
        auto seen = look_at(commit);
        if (!seen) return result<void>{seen.error()};
        payloads.insert(payloads.end(), seen->events.begin(), seen->events.end());
        return result<void>{};
      },
      index_deadline());
  if (!read && read.error().what == error::code::timed_out) {
    throw std::runtime_error{describe(read.error())};
  }
  if (!read) return read.error();
  return payloads;
}

}  // namespace cairn::tests
