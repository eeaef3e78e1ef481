#pragma once

#include "commands/tally.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// What was acknowledged, to be compared with what is stored.
struct ledger {
  /// By client: it sent so many commands, and every one was accepted.
  std::vector<std::uint64_t> accepted;
  /// Of all tickets with what their receipts say.
  std::uint64_t fingerprints = 0;
  /// Of everything added.
  tally::state sum;

  /// Takes down one more client, whose fingerprints were summed up to this.
  void add_client(std::uint64_t client_accepted, std::uint64_t client_fingerprints) {
    const auto number = static_cast<std::uint32_t>(accepted.size());
    for (std::uint64_t i = 0; i < client_accepted; ++i)
      sum.sum += amount_of({number, i});
    sum.count += client_accepted;
    fingerprints += client_fingerprints;
    accepted.push_back(client_accepted);
  }
};

/// Compares commands that are found in a store, in any order, with a ledger. One thread.
class command_check {
 public:
  /// `expected` outlives this.
  explicit command_check(const ledger& expected) : expected_(expected) {
    for (const std::uint64_t count : expected.accepted)
      seen_.emplace_back(count, false);
  }

  /// Takes down one that was found, with its amount, and its fingerprint where it was. Returns what
  /// is wrong with it; empty when nothing is.
  [[nodiscard]] std::string see(const ticket& found, std::int64_t amount, std::uint64_t print) {
    const auto say = [&found](const char* what) {
      return "command " + std::to_string(found.sequence) + " of client " +
             std::to_string(found.client) + what;
    };
    if (found.client >= seen_.size()) return say(" was never sent");
    std::vector<bool>& of_client = seen_[found.client];
    if (found.sequence >= of_client.size()) return say(" was not accepted, but is there");
    if (of_client[found.sequence]) return say(" is there twice");
    if (amount != amount_of(found)) return say(" has a wrong amount");
    of_client[found.sequence] = true;
    ++count_;
    fingerprints_ += print;
    return {};
  }

  /// Once all were seen: whether they are all that were accepted, each where its receipt says.
  [[nodiscard]] std::string verdict() const {
    if (count_ != expected_.sum.count) {
      return std::to_string(expected_.sum.count) + " commands were accepted, " +
             std::to_string(count_) + " are stored";
    }
    // As many as there should be, and none twice: so all are there.
    if (fingerprints_ != expected_.fingerprints)
      return "a receipt does not say where its command is";
    return {};
  }

 private:
  const ledger& expected_;
  std::vector<std::vector<bool>> seen_;
  std::uint64_t count_ = 0;
  std::uint64_t fingerprints_ = 0;
};

}  // namespace bench
