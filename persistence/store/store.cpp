#include "cairn/persistence/store.hpp"

#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"
#include "lmdb/lmdb_snapshots.hpp"
#include "lmdb/lmdb_view.hpp"
#include "log/relaxed_block_log.hpp"
#include "store/directory.hpp"
#include "store/lock_file.hpp"
#include "store/manifest.hpp"
#include "store/relaxed_marker.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <sodium.h>
#include <sys/statvfs.h>
#include <system_error>
#include <utility>

namespace cairn::persistence {
namespace {

constexpr std::uint64_t snapshot_map_bytes = std::uint64_t{64} << 30U;

// A disk with so much more than its reserve is not looked at for each group: no disk takes that
// much in that time.
constexpr std::uint64_t ample_bytes = std::uint64_t{1} << 30U;
constexpr std::int64_t ample_for_ns = 10'000'000;

std::int64_t steady_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::nanoseconds{since}.count();
}

std::string partition_folder(partition_id partition) {
  std::string name = std::to_string(partition.value);
  return "p" + std::string(name.size() < 4 ? 4 - name.size() : 0, '0') + name;
}

/// Opens what is derived from the log, with `open`. What LMDB calls damaged is thrown away and
/// begun anew.
template <class Open>
auto open_derived(const char* what,
                  const std::filesystem::path& folder,
                  const log_sink& log,
                  Open open) -> decltype(open()) {
  if (auto made = make_directory(folder); !made) return made.error();
  auto opened = open();
  if (opened || opened.error().what != error::code::corrupt) return opened;
  log(log_level::warning,
      std::string{what} + " damaged and built anew: " + describe(opened.error()));
  for (const char* file : {"data.mdb", "lock.mdb"}) {
    std::error_code failed;
    std::filesystem::remove(folder / file, failed);
    if (failed) {
      return error{error::code::io_failed, (folder / file).string() + ": " + failed.message()};
    }
  }
  return open();
}

}  // namespace

store::store(const config& settings, log_sink log) : settings_(settings), log_(std::move(log)) {}

store::~store() {
  stop();
}

result<std::unique_ptr<store>> store::open(const config& settings,
                                           const name_list& names,
                                           log_sink log,
                                           std::vector<const std::atomic<std::uint64_t>*> in_flight,
                                           outcome_keeping outcomes,
                                           const log_source& logs) {
  CAIRN_ASSERT(in_flight.empty() || in_flight.size() == settings.partitions);
  if (logs && !settings.in_memory) {
    return error{error::code::bad_config,
                 "a journal from elsewhere needs in_memory: what is derived from it is not kept"};
  }
  if (sodium_init() < 0) return error{error::code::io_failed, "libsodium cannot be used here"};
  std::unique_ptr<store> made{new store{settings, std::move(log)}};
  made->in_flight_ = std::move(in_flight);
  made->outcomes_ = std::move(outcomes);
  if (settings.in_memory) {
    made->identity_ = new_identity();
    made->snapshots_ = make_memory_snapshots();
    // Nobody may take what is stored elsewhere for the journal of another process in memory.
    made->identity_ = new_identity();
  } else if (auto opened = made->open_directory(); !opened) {
    return opened.error();
  }
  for (std::uint16_t i = 0; i < settings.partitions; ++i) {
    if (auto opened = made->open_partition({i}, names, logs); !opened) return opened.error();
  }
  // What a relaxed process left behind has been taken over and synced by now.
  if (!settings.in_memory && !made->is_relaxed()) clear_relaxed_marker(settings.store);
  return made;
}

bool store::is_relaxed() const noexcept {
  return settings_.durability == config::durability_mode::relaxed && !settings_.in_memory;
}

result<void> store::open_directory() {
  if (auto made = make_directory(settings_.store); !made) return made;
  auto lock = lock_file::take(settings_.store / "lock");
  if (!lock) return lock.error();
  lock_ = *std::move(lock);
  const auto known = load_or_create_manifest(settings_.store, settings_.partitions);
  if (!known) return known.error();
  identity_ = known->identity;
  placement_ = known->placement;
  if (auto heeded = heed_relaxed_marker(settings_.store, log_); !heeded) return heeded;
  if (is_relaxed()) {
    if (auto set = set_relaxed_marker(settings_.store); !set) return set;
  }
  const auto folder = settings_.store / "snapshots";
  const std::uint64_t map_bytes = std::min(snapshot_map_bytes, settings_.view_map_bytes);
  auto snapshots = open_derived(
      "the snapshots are", folder, log_, [&] { return lmdb::open_snapshots(folder, map_bytes); });
  if (!snapshots) return snapshots.error();
  snapshots_ = *std::move(snapshots);
  return {};
}

result<void> store::open_partition(partition_id partition,
                                   const name_list& names,
                                   const log_source& logs) {
  std::unique_ptr<block_log> log;
  std::unique_ptr<index_store> index;
  if (logs) {
    auto given = logs(partition);
    if (!given) return given.error();
    log = *std::move(given);
  } else if (settings_.in_memory) {
    log = make_memory_log();
  } else {
    const auto folder = settings_.store / partition_folder(partition);
    if (std::filesystem::exists(folder / "index" / "data.mdb") &&
        !std::filesystem::exists(folder / "log" / "data.mdb")) {
      return error{error::code::corrupt,
                   (folder / "log").string() + " is missing; a new one would begin from nothing"};
    }
    if (auto made = make_directory(folder / "log"); !made) return made;
    auto opened = lmdb::open_block_log(
        folder / "log",
        {.map_bytes = settings_.log_map_bytes, .prefill_bytes = settings_.prefill_bytes});
    if (!opened) return opened.error();
    log = *std::move(opened);
    // Also when the mode is sync now: a relaxed process that was killed may have left blocks.
    const auto unsynced = folder / "unsynced";
    if (is_relaxed() || std::filesystem::exists(unsynced)) {
      const auto window = is_relaxed() ? settings_.relaxed_window : std::chrono::milliseconds{0};
      auto wrapped = make_relaxed_log(std::move(log), unsynced, {.window = window});
      if (!wrapped) return wrapped.error();
      log = *std::move(wrapped);
    }
    auto opened_index = open_derived("the index is", folder / "index", log_, [&] {
      return lmdb::open_index_store(folder / "index", settings_.index_map_bytes, log_);
    });
    if (!opened_index) return opened_index.error();
    index = *std::move(opened_index);
  }
  const auto* const in_flight = in_flight_.empty() ? nullptr : in_flight_[partition.value];
  auto made = journal::open(std::move(log),
                            std::move(index),
                            names,
                            {.partition = partition,
                             .group_bytes_max = settings_.group_bytes_max,
                             .block_bytes = settings_.block_bytes,
                             .unindexed_events_max = settings_.unindexed_events_max,
                             .in_flight = in_flight,
                             .room = settings_.in_memory ? std::function<result<void>()>{}
                                                         : [this] { return check_room(); },
                             .index = {.flush_commits = settings_.index_flush_events,
                                       .flush_after = settings_.index_flush_after,
                                       .log = log_,
                                       .outcomes = outcomes_}});
  if (!made) return made.error();
  journals_.push_back(*std::move(made));
  return {};
}

result<void> store::check_room() {
  const std::int64_t now = steady_ns();
  if (now < room_until_.load(std::memory_order_relaxed)) return {};
  struct statvfs disk {};
  if (statvfs(settings_.store.c_str(), &disk) != 0) {
    return error{error::code::io_failed, settings_.store.string() + ": " + std::strerror(errno)};
  }
  const std::uint64_t free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free_bytes < settings_.reserve_bytes) {
    return error{error::code::store_full,
                 std::to_string(free_bytes / mib) + " MiB are left on the disk of " +
                     settings_.store.string() + ", the reserve is " +
                     std::to_string(settings_.reserve_bytes / mib) + " MiB"};
  }
  if (free_bytes - settings_.reserve_bytes >= ample_bytes) {
    room_until_.store(now + ample_for_ns, std::memory_order_relaxed);
  }
  return {};
}

result<void> store::start() {
  for (const auto& one : journals_) {
    if (auto started = one->start(); !started) return started;
  }
  return {};
}

void store::stop() {
  bool all_synced = true;
  for (const auto& one : journals_) {
    one->stop();
    all_synced = all_synced && !one->log().flush_due();
  }
  if (is_relaxed() && all_synced) clear_relaxed_marker(settings_.store);
}

std::vector<journal*> store::journals() const {
  std::vector<journal*> all;
  for (const auto& one : journals_)
    all.push_back(one.get());
  return all;
}

view_options store::view_settings(std::string_view read_model,
                                  std::uint32_t version,
                                  std::vector<std::string> table_names) const {
  return {.name = std::string{read_model},
          .version = version,
          .tables = std::move(table_names),
          .partitions = journals_.size(),
          .journal_id = identity_,
          .log = log_};
}

result<std::unique_ptr<view>> store::open_view(std::string_view read_model,
                                               std::uint32_t version,
                                               std::vector<std::string> table_names) {
  return open_view(read_model, view_place{.version = version}, std::move(table_names));
}

result<std::unique_ptr<view>> store::open_view(std::string_view read_model,
                                               view_place place,
                                               std::vector<std::string> table_names) {
  view_options options = view_settings(read_model, place.version, std::move(table_names));
  options.copy = place.copy;
  if (settings_.in_memory) return make_memory_view(std::move(options));
  return lmdb::open_view(settings_.store / "views", options, settings_.view_map_bytes);
}

/// The views of a store's read model: folders, or nothing that stays.
class store::shelf final : public view_shelf {
 public:
  shelf(store& of, std::string read_model) : of_(of), read_model_(std::move(read_model)) {}

  result<std::unique_ptr<view>> open(view_place place,
                                     std::vector<std::string> table_names) override {
    return of_.open_view(read_model_, place, std::move(table_names));
  }

  result<std::vector<view_place>> stored() const override {
    if (of_.settings_.in_memory) return std::vector<view_place>{};
    return lmdb::stored_views(of_.settings_.store / "views", read_model_);
  }

  result<void> remove(view_place place) override {
    if (of_.settings_.in_memory) return {};
    return lmdb::remove_view(of_.settings_.store / "views", read_model_, place);
  }

 private:
  store& of_;
  const std::string read_model_;
};

std::unique_ptr<view_shelf> store::views_of(std::string read_model) {
  return std::make_unique<shelf>(*this, std::move(read_model));
}

}  // namespace cairn::persistence
