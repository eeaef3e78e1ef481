#include "commands/journal_check.hpp"

#include "cairn/codec.hpp"
#include "cairn/persistence/store.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace bench {
namespace {

namespace store = cairn::persistence;

cairn::error wrong(std::string what) {
  return {cairn::error::code::corrupt, std::move(what)};
}

/// Sees all commits of all partitions.
class checker {
 public:
  explicit checker(const ledger& expected) : expected_(expected) {
    for (const std::uint64_t count : expected.accepted)
      seen_.emplace_back(count, false);
  }

  cairn::result<void> see(const store::commit_view& commit) {
    if (commit.event_count() == 0) return {};
    if (commit.first_offset() != next_offset_) {
      return wrong("offset " + std::to_string(next_offset_) + " is missing");
    }
    next_offset_ += commit.event_count();
    std::uint64_t& version = versions_[number_in(commit.aggregate_id())];
    if (commit.base().value != version) {
      return wrong("aggregate " + std::string{commit.aggregate_id()} + " has no version " +
                   std::to_string(version + 1));
    }
    version = commit.last().value;
    return commit.each_event([&](const store::event_view& event) {
      return see_event(event, commit.last_offset(), version);
    });
  }

  void begin(cairn::partition_id partition) {
    partition_ = partition.value;
    next_offset_ = 1;
  }

  /// Once everything was seen.
  [[nodiscard]] std::string verdict() const {
    if (count_ != expected_.sum.count) {
      return std::to_string(expected_.sum.count) + " commands were accepted, the journal has " +
             std::to_string(count_);
    }
    // As many as there should be, and none twice: so all are there.
    if (fingerprints_ != expected_.fingerprints)
      return "a receipt does not say where its command is";
    return {};
  }

 private:
  cairn::result<void> see_event(const store::event_view& event,
                                std::uint64_t offset,
                                std::uint64_t version) {
    const auto fact = cairn::decode<added>(event.payload);
    if (!fact) return fact.error();
    const ticket found = ticket::read(fact->note.data());
    const std::string name =
        "command " + std::to_string(found.sequence) + " of client " + std::to_string(found.client);
    if (found.client >= seen_.size()) return wrong(name + " was never sent");
    std::vector<bool>& of_client = seen_[found.client];
    if (found.sequence >= of_client.size()) return wrong(name + " was not accepted, but is there");
    if (of_client[found.sequence]) return wrong(name + " is there twice");
    if (fact->amount != amount_of(found)) return wrong(name + " has a wrong amount");
    of_client[found.sequence] = true;
    ++count_;
    fingerprints_ += fingerprint(found, partition_, offset, version);
    return {};
  }

  const ledger& expected_;
  std::vector<std::vector<bool>> seen_;
  std::unordered_map<std::uint32_t, std::uint64_t> versions_;
  std::uint64_t partition_ = 0;
  std::uint64_t next_offset_ = 1;
  std::uint64_t count_ = 0;
  std::uint64_t fingerprints_ = 0;
};

}  // namespace

std::string check_journal(const cairn::config& settings, const ledger& expected) {
  const store::name_list no_names;
  const auto opened = store::store::open(settings, no_names, cairn::silent_log());
  if (!opened) return describe(opened.error());
  checker check{expected};
  for (const store::journal* one : (*opened)->journals()) {
    check.begin(one->partition());
    store::log_cursor at;
    for (;;) {
      constexpr std::uint64_t piece = 100'000;
      const auto read = one->read(
          at, piece, [&check](const store::commit_view& commit) { return check.see(commit); });
      if (!read) return describe(read.error());
      if (*read == 0) break;
    }
  }
  return check.verdict();
}

}  // namespace bench
