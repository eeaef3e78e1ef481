#include "power/checks.hpp"

#include "power/pads.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <optional>
#include <sstream>
#include <string_view>

namespace cairn::tests::power {
namespace {

promise parse(const std::string& text) {
  std::istringstream in{text};
  promise made;
  in >> made.kind;
  if (made.kind == "saw") {
    in >> made.pad >> made.version;
  } else {
    in >> made.client >> made.count >> made.partition >> made.offset >> made.pad;
  }
  return made;
}

/// For each partition, before which operation an answer must have been given so that it cannot be
/// lost any more: when the last transaction that has reached the log began to be synced.
class flushed_logs {
 public:
  void see(const recording& all, std::size_t number) {
    const operation& one = all[number];
    switch (one.kind) {
      case operation_kind::make_file:
      case operation_kind::known:
      case operation_kind::rename: {
        const std::string& path = one.kind == operation_kind::rename ? one.to : one.path;
        if (path == "p0000/log/data.mdb") partition_of_[one.node] = 0;
        if (path == "p0001/log/data.mdb") partition_of_[one.node] = 1;
        return;
      }
      case operation_kind::sync_began: began_[one.node] = number; return;
      case operation_kind::write_ended:
        if (const auto log = partition_of_.find(one.node); log != partition_of_.end()) {
          safe_before_[log->second] = began_[one.node];
        }
        return;
      default: return;
    }
  }
  [[nodiscard]] std::size_t safe_before(std::uint32_t partition) const {
    const auto found = safe_before_.find(partition);
    return found == safe_before_.end() ? 0 : found->second;
  }

 private:
  std::map<std::uint32_t, std::uint32_t> partition_of_;
  std::map<std::uint32_t, std::size_t> began_;
  std::map<std::uint32_t, std::size_t> safe_before_;
};

std::optional<runtime> start(const std::filesystem::path& directory, bool relaxed) {
  auto app = builder{power_settings(directory, relaxed)}
                 .add<pad>({.snapshot_every = 8})
                 .add_read_model<lines_in_memory<false>>()
                 .add_read_model<lines_in_memory<true>>()
                 .add_read_model<lines_in_a_table>()
                 .start();
  EXPECT_TRUE(app) << "it does not open: " << describe(app.error());
  if (!app) return std::nullopt;
  return *std::move(app);
}

template <class Model> placed_lines ask_everything(runtime& app) {
  const auto found =
      app.read<Model>({.caught_up = true, .timeout = std::chrono::minutes{1}}).ask(everything{});
  EXPECT_TRUE(found) << Model::stable_name << ": " << describe(found.error());
  return found ? *found : placed_lines{};
}

/// Of an atomic commit: both pads' lines, under the client of the first.
using command_key = std::pair<std::uint32_t, std::uint32_t>;

/// The lines of the log, looked at from all sides.
class log_content {
 public:
  explicit log_content(placed_lines all) : all_(std::move(all)) {
    for (const auto& [where, row] : all_) {
      pads_[row.pad].push_back(row);
      commands_[{row.what.client % copies_from, row.what.count}].push_back(where);
      last_[where.first] = where.second;
    }
  }
  [[nodiscard]] const placed_lines& all() const noexcept { return all_; }
  [[nodiscard]] const std::map<std::string, std::vector<placed_line>>& pads() const {
    return pads_;
  }
  [[nodiscard]] std::uint64_t last(std::uint32_t partition) const {
    const auto found = last_.find(partition);
    return found == last_.end() ? 0 : found->second;
  }
  /// Where the last line of a command stands; nothing when it is not there.
  [[nodiscard]] std::optional<std::pair<std::uint32_t, std::uint64_t>> end_of(
      std::uint32_t client, std::uint32_t count) const {
    const auto found = commands_.find({client, count});
    if (found == commands_.end()) return std::nullopt;
    return found->second.back();
  }

  /// No gap, nothing twice, nothing half, no wrong byte.
  void expect_whole() const {
    std::map<std::uint32_t, std::uint64_t> next_offset;
    std::map<std::string, std::uint64_t> next_version;
    for (const auto& [where, row] : all_) {
      EXPECT_EQ(where.second, ++next_offset[where.first]) << "a gap";
      EXPECT_EQ(row.version, ++next_version[row.pad]) << "of " << row.pad;
      EXPECT_EQ(row.times, 1U);
      EXPECT_EQ(row.what.filling, filling_of(row.what.client, row.what.count, row.what.number));
    }
    for (const auto& [command, places] : commands_)
      expect_whole(command, places);
  }

 private:
  using place_list = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

  /// One after the other: 0 1 2 of 3, and of an atomic commit again 0 1 of 2 for the other pad.
  void expect_whole(const command_key& command, const place_list& where) const {
    const std::string name = power::id_of(command.first, command.second);
    std::map<std::uint32_t, std::uint32_t> lines_of;
    std::map<std::uint32_t, std::uint32_t> of;
    for (std::size_t i = 0; i < where.size(); ++i) {
      if (i > 0) {
        EXPECT_EQ(where[i].second, where[i - 1].second + 1) << "torn apart: " << name;
      }
      const line& one = all_.at(where[i]).what;
      EXPECT_EQ(one.number, lines_of[one.client]++) << "twice, or out of order: " << name;
      of[one.client] = one.of;
    }
    for (const auto& [client, lines] : lines_of)
      EXPECT_EQ(lines, of.at(client)) << "half: " << name;
    EXPECT_EQ(lines_of.size(), command.first == 0 ? 2U : 1U) << "a part is missing: " << name;
  }

  placed_lines all_;
  std::map<std::string, std::vector<placed_line>> pads_;
  std::map<command_key, place_list> commands_;
  std::map<std::uint32_t, std::uint64_t> last_;
};

void expect_kept(const promise& one, const log_content& log, const std::string& pad_seen) {
  const std::string name = one.kind + " " + power::id_of(one.client, one.count);
  if (one.kind == "saw") {
    const auto found = log.pads().find(pad_seen);
    const std::uint64_t version = found == log.pads().end() ? 0 : found->second.size();
    if (one.must_be_kept) {
      EXPECT_GE(version, one.version) << "was seen and is lost: " << pad_seen;
    }
    return;
  }
  if (one.kind == "rejected") return;
  const auto end = log.end_of(one.client, one.count);
  if (end) {
    EXPECT_EQ(*end, (std::pair{one.partition, one.offset})) << name;
    return;
  }
  EXPECT_FALSE(one.must_be_kept) << "lost: " << name << " at " << one.offset;
  EXPECT_GT(one.offset, log.last(one.partition)) << "lost from the middle: " << name;
}

/// Everything that is derived says what the log says.
void expect_agreement(runtime& app, const log_content& log) {
  EXPECT_TRUE(ask_everything<lines_in_memory<false>>(app) == log.all()) << "the kept read model";
  EXPECT_TRUE(ask_everything<lines_in_a_table>(app) == log.all()) << "the table";
  const auto page = app.events({.category = "pad", .limit = event_page_max});
  ASSERT_TRUE(page) << describe(page.error());
  EXPECT_TRUE(page->at_end);
  placed_lines indexed = log.all();
  for (const recorded_event& one : page->events)
    EXPECT_EQ(indexed.erase({one.position.partition.value, one.position.offset}), 1U);
  EXPECT_TRUE(indexed.empty()) << indexed.size() << " events are not in the index";
  for (const auto& [name, rows] : log.pads()) {
    pad::state folded;
    for (const placed_line& row : rows)
      pad::evolve(folded, row.what);
    const auto state = app.aggregate<pad>(name).state();
    ASSERT_TRUE(state) << describe(state.error());
    EXPECT_EQ(state->version.value, rows.size()) << name;
    EXPECT_TRUE(state->state == folded) << name;
    const auto history = app.aggregate<pad>(name).history();
    ASSERT_TRUE(history) << describe(history.error());
    EXPECT_EQ(history->size(), rows.size()) << name;
  }
}

/// Sends a command again that may be stored or not.
void expect_once(runtime& app, const promise& one, const log_content& log) {
  const command_id id{power::id_of(one.client, one.count)};
  const auto end = log.end_of(one.client, one.count);
  const put_lines again{one.client, one.count, 1};
  const auto handle = app.aggregate<pad>(pad_of(one.client));
  if (one.kind == "atomic") {
    const auto out =
        app.ask_atomically({.command_id = id},
                           handle.part(again),
                           app.aggregate<pad>(one.pad).part(put_lines{copies_from, one.count, 1}));
    ASSERT_TRUE(out.accepted()) << describe(*out.failed());
    EXPECT_EQ(out.accepted()->repeated, end.has_value()) << id.text();
    if (end) {
      EXPECT_EQ(out.accepted()->receipts.back().position.offset, end->second);
    }
    return;
  }
  const auto out = handle.ask(again, {.command_id = id});
  if (one.kind == "rejected" && one.must_be_kept) {
    EXPECT_TRUE(out.rejected()) << id.text();
    return;
  }
  if (one.kind == "rejected") return;
  ASSERT_TRUE(out.accepted()) << id.text();
  EXPECT_EQ(out.accepted()->repeated, end.has_value()) << id.text();
  if (end) {
    EXPECT_EQ(out.accepted()->position.offset, end->second) << id.text();
  }
}

}  // namespace

std::vector<promise> promises_until(const recording& all, std::size_t cut, bool relaxed) {
  flushed_logs logs;
  std::vector<promise> found;
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < cut; ++i) {
    logs.see(all, i);
    if (all[i].kind != operation_kind::mark || all[i].path == "started") continue;
    found.push_back(parse(all[i].path));
    numbers.push_back(i);
  }
  for (std::size_t i = 0; relaxed && i < found.size(); ++i) {
    // What an earlier life had promised and kept stands before the first operation.
    const bool is_earlier = all[numbers[i]].time_ns == 0;
    const bool has_place = found[i].kind == "put" || found[i].kind == "atomic";
    found[i].must_be_kept =
        is_earlier || (has_place && numbers[i] < logs.safe_before(found[i].partition));
  }
  return found;
}

void check_store(const std::filesystem::path& directory,
                 bool relaxed,
                 const std::vector<promise>& promises) {
  auto app = start(directory, relaxed);
  if (!app) return;
  const auto report = app->verify();
  ASSERT_TRUE(report) << describe(report.error());
  const log_content log{ask_everything<lines_in_memory<true>>(*app)};
  EXPECT_EQ(report->events, log.all().size());
  log.expect_whole();
  for (const promise& one : promises)
    expect_kept(one, log, one.pad);
  expect_agreement(*app, log);
  for (const promise& one : promises) {
    const bool has_id = one.kind != "saw" && one.client != 2;
    if (has_id) expect_once(*app, one, log);
  }
  const auto found = log.pads().find(pad_of(5));
  const auto out = app->aggregate<pad>(pad_of(5)).ask(put_lines{5, 9'999'999, 2});
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  if (found != log.pads().end()) {
    EXPECT_GE(out.accepted()->version.value, found->second.size() + 2);
  }
  EXPECT_TRUE(app->stop());
}

}  // namespace cairn::tests::power
