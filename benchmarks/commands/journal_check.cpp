#include "commands/journal_check.hpp"

#include "cairn/codec.hpp"
#include "cairn/persistence/store.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

namespace bench {
namespace {

namespace store = cairn::persistence;

cairn::error wrong(std::string what) {
  return {cairn::error::code::corrupt, std::move(what)};
}

/// Sees all commits of all partitions.
class checker {
 public:
  explicit checker(const ledger& expected) : commands_(expected) {}

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
  [[nodiscard]] std::string verdict() const { return commands_.verdict(); }

 private:
  cairn::result<void> see_event(const store::event_view& event,
                                std::uint64_t offset,
                                std::uint64_t version) {
    const auto fact = cairn::decode<added>(event.payload);
    if (!fact) return fact.error();
    const ticket found = ticket::read(fact->note.data());
    std::string trouble =
        commands_.see(found, fact->amount, fingerprint(found, partition_, offset, version));
    if (!trouble.empty()) return wrong(std::move(trouble));
    return {};
  }

  command_check commands_;
  std::unordered_map<std::uint32_t, std::uint64_t> versions_;
  std::uint64_t partition_ = 0;
  std::uint64_t next_offset_ = 1;
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
