#include "scale/kept_store.hpp"

#include "support/bytes_below.hpp"
#include "support/report.hpp"

#include "cairn/persistence/store.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace bench {
namespace {

namespace fs = std::filesystem;
namespace store = cairn::persistence;

/// Beside the payload, at most: heads of events and commits, and what the index has of them.
constexpr std::uint64_t bytes_beside_event = 40;
constexpr std::uint64_t bytes_of_commit = 60;
/// Index, read model, and the pages that are only half full.
constexpr std::uint64_t bytes_of_aggregate = 400;
/// What is measured adds some.
constexpr std::uint64_t bytes_to_spare = 1024 * cairn::mib;

contents asked_for(const options& chosen) {
  contents what;
  what.known = chosen.known;
  what.events_each = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(chosen.events / chosen.known, 1, 1'000'000));
  what.events_per_command = std::min(chosen.scale.events_per_command, what.events_each);
  what.payload_bytes = chosen.payload_bytes;
  what.partitions = chosen.settings.partitions;
  return what;
}

std::uint64_t bytes_needed(const contents& what) {
  return what.events() * (what.payload_bytes + bytes_beside_event) +
         std::uint64_t{what.known} * (what.rounds() * bytes_of_commit + bytes_of_aggregate) +
         bytes_to_spare;
}

fs::path description_in(const fs::path& folder) {
  return folder / "contents.txt";
}

cairn::error wrong(std::string_view id, const std::string& what) {
  return {cairn::error::code::corrupt, std::string{id} + " " + what};
}

}  // namespace

kept_store::kept_store(const options& chosen)
    : what_(asked_for(chosen)), folder_(chosen.store / "cairn_scale"), settings_(chosen.settings) {
  settings_.in_memory = false;
  settings_.store = folder_ / "store";
  settings_.awake_aggregates_max = chosen.awake;
}

bool kept_store::is_prepared() const {
  std::ifstream in{description_in(folder_)};
  std::ostringstream text;
  text << in.rdbuf();
  return from_text(text.str()) == what_;
}

std::string kept_store::make_room() const {
  // First, so that a half removed store is not taken for one.
  fs::remove(description_in(folder_));
  fs::remove_all(folder_);
  fs::create_directories(folder_);
  constexpr double gibibyte = cairn::gib;
  const double wanted = static_cast<double>(bytes_needed(what_)) / gibibyte;
  const double free = static_cast<double>(fs::space(folder_).available) / gibibyte;
  if (free >= wanted) return {};
  return folder_.string() + ": some " + grouped(wanted, 1) + " GiB are needed, and " +
         grouped(free, 1) + " are free";
}

void kept_store::describe() const {
  const fs::path made = folder_ / "contents.new";
  if (std::ofstream out{made}; !(out << to_text(what_) << std::flush))
    throw std::runtime_error{made.string() + " cannot be written"};
  fs::rename(made, description_in(folder_));
}

std::uint64_t kept_store::bytes_of(const char* part) const {
  std::uint64_t sum = 0;
  for (const auto& one : fs::directory_iterator{settings_.store}) {
    if (fs::is_directory(one.path() / part)) sum += bytes_below(one.path() / part);
  }
  return sum;
}

std::string read_versions(const kept_store& from, versions& into) {
  const store::name_list no_names;
  const auto opened = store::store::open(from.settings(), no_names, cairn::silent_log());
  if (!opened) return describe(opened.error());
  std::vector<std::uint32_t> found(into.count(), 0);
  const auto visit = [&found](const store::commit_view& commit) -> cairn::result<void> {
    const std::uint32_t number = number_in(commit.aggregate_id());
    if (number >= found.size()) return wrong(commit.aggregate_id(), "is a strange id");
    if (commit.base().value != found[number]) {
      return wrong(commit.aggregate_id(),
                   "goes on from version " + std::to_string(commit.base().value) + ", not from " +
                       std::to_string(found[number]));
    }
    found[number] += commit.event_count();
    return {};
  };
  for (const store::journal* journal : (*opened)->journals()) {
    store::log_cursor at;
    for (std::uint64_t news = 1; news != 0;) {
      constexpr std::uint64_t piece = 100'000;
      const auto read = journal->read(at, piece, visit);
      if (!read) return describe(read.error());
      news = *read;
    }
  }
  for (std::uint32_t i = 0; i < into.count(); ++i) {
    if (found[i] < from.what().events_each) return tally_id(i) + " has lost events";
    into.set(i, found[i]);
  }
  return {};
}

}  // namespace bench
