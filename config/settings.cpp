#include "settings.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <utility>

namespace cairn::settings {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t address_space = 64 * tib;
// Maps are whole pages, on machines with large pages too.
constexpr std::uint64_t page = 64 * kib;

template <class T>
concept duration =
    std::is_same_v<T, std::chrono::seconds> || std::is_same_v<T, std::chrono::milliseconds>;

constexpr setting word(std::string_view section,
                       std::string_view key,
                       member where,
                       std::string_view sentence) {
  return {.section = section, .key = key, .where = where, .sentence = sentence};
}

template <class T> struct range {
  T least;
  T most;
};

template <class T>
constexpr setting count(std::string_view section,
                        std::string_view key,
                        T config::*where,
                        range<T> within,
                        std::string_view sentence) {
  return {.section = section,
          .key = key,
          .where = where,
          .measured_in = unit::count,
          .least = within.least,
          .most = within.most,
          .sentence = sentence};
}

constexpr setting bytes(std::string_view section,
                        std::string_view key,
                        std::uint64_t config::*where,
                        range<std::uint64_t> within,
                        std::string_view sentence) {
  return {.section = section,
          .key = key,
          .where = where,
          .measured_in = unit::bytes,
          .least = within.least,
          .most = within.most,
          .sentence = sentence};
}

constexpr setting map(std::string_view key,
                      std::uint64_t config::*where,
                      std::string_view sentence) {
  setting made = bytes("store", key, where, {1 * mib, address_space}, sentence);
  made.multiple_of = page;
  return made;
}

template <duration T>
constexpr setting time(std::string_view section,
                       std::string_view key,
                       T config::*where,
                       std::type_identity_t<range<T>> within,
                       std::string_view sentence) {
  constexpr bool in_seconds = std::is_same_v<T, std::chrono::seconds>;
  return {.section = section,
          .key = key,
          .where = where,
          .measured_in = in_seconds ? unit::seconds : unit::milliseconds,
          .least = static_cast<std::uint64_t>(within.least.count()),
          .most = static_cast<std::uint64_t>(within.most.count()),
          .sentence = sentence};
}

constexpr std::array sections{
    section{"store", "Where and how events are kept."},
    section{"durability", "What an accepted command has survived."},
    section{"actors", "Who does the work, and which aggregates are awake."},
    section{"limits", "Beyond these, a command is refused before anything has happened."},
    section{"index", "How far the index may fall behind the log; it is rebuilt from there."},
    section{"snapshots", "Stored states, so that an aggregate wakes without all of its events."},
    section{"read_models", "How read models follow the log."},
};

// A new setting is a member of `config`, one row here and one row in README.md.
// clang-format off
constexpr std::array table{
    word("store", "path", &config::store,
         "The directory of the store. Required unless in_memory is true."),
    word("store", "in_memory", &config::in_memory,
         "Nothing is written to disk, and path is ignored. For tests."),
    count("store", "partitions", &config::partitions, {1, 1'024},
          "Logs with one writer each. Fixed once the store exists."),
    map("log_map_bytes", &config::log_map_bytes,
        "Address space for a partition's log: its largest size, not its first."),
    map("index_map_bytes", &config::index_map_bytes, "Address space for a partition's index."),
    map("view_map_bytes", &config::view_map_bytes, "Address space for each read model, and (up to 64 GiB) for the snapshots."),
    bytes("store", "reserve_bytes", &config::reserve_bytes, {0, 1 * tib},
          "Below this much free disk, writes are refused and reads go on."),
    bytes("store", "prefill_bytes", &config::prefill_bytes, {0, 1 * gib},
          "How far ahead the log's file is filled with zeros. 0: not at all."),
    bytes("store", "group_bytes_max", &config::group_bytes_max, {1 * kib, 1 * gib},
          "A group is closed at this size; a larger commit is a group of its own."),
    bytes("store", "block_bytes", &config::block_bytes, {512, 16 * mib},
          "A group larger than this is cut into blocks between two commits."),

    word("durability", "mode", &config::durability,
         "sync: accepted means on disk. relaxed: power loss may take the last relaxed_window."),
    time("durability", "relaxed_window", &config::relaxed_window, {1ms, 1min},
         "With mode relaxed: the longest time between a commit and its disk sync."),

    count("actors", "workers", &config::workers, {0, 1'024},
          "Threads that run hosts. 0: one for each core."),
    count("actors", "hosts_per_type", &config::hosts_per_type, {0, 1'024},
          "Hosts for each aggregate type and partition. 0: half as many as workers, at least one."),
    count("actors", "awake_aggregates_max", &config::awake_aggregates_max, {1, 100'000'000},
          "Awake aggregates on this node; beyond, some are put to sleep."),
    bytes("actors", "awake_bytes_max", &config::awake_bytes_max, {0, 1 * tib},
          "Memory of awake aggregates, about; beyond, some are put to sleep. 0: not bounded."),
    word("actors", "awake_replacement", &config::awake_replacement,
         "Who is put to sleep when too many are awake: see actors/README.md."),
    count("actors", "awake_levels", &config::awake_levels, {2, 8},
          "With segmented_lru and w_tiny_lfu: levels that an aggregate climbs, one with each use."),
    count("actors", "awake_protected_percent", &config::awake_protected_percent, {1, 99},
          "With these: the share of the levels above the lowest one, of the number awake."),
    count("actors", "awake_window_percent", &config::awake_window_percent, {1, 80},
          "With w_tiny_lfu: the share of the window that new ones enter, of the number awake."),
    word("actors", "awake_window_adapts", &config::awake_window_adapts,
         "With w_tiny_lfu: whether that share follows the load, from awake_window_percent on."),
    time("actors", "sleep_after", &config::sleep_after, {1s, 168h},
         "An aggregate without commands for this long is put to sleep."),
    count("actors", "recoveries_max", &config::recoveries_max, {1, 10'000},
          "Aggregates that are woken at the same time, at most; each takes one of recovery_threads."),
    count("actors", "recovery_threads", &config::recovery_threads, {1, 256},
          "Threads that read events for aggregates that wake."),
    time("actors", "recovery_timeout", &config::recovery_timeout, {1s, 1h},
         "Commands of an aggregate that takes longer to wake are answered with timed_out."),
    time("actors", "stop_timeout", &config::stop_timeout, {0ms, 1h},
         "How long stopping waits for commands in flight."),

    count("limits", "commands_in_flight_max", &config::commands_in_flight_max, {1, 16'777'216},
          "Commands without an answer yet, for each runtime."),
    count("limits", "commands_per_aggregate_max", &config::commands_per_aggregate_max,
          {1, 1'048'576}, "Commands without an answer yet, for each aggregate."),
    bytes("limits", "event_bytes_max", &config::event_bytes_max, {64, 256 * mib},
          "Size of one encoded event."),
    count("limits", "commit_events_max", &config::commit_events_max, {1, 1'000'000},
          "Events of one command."),
    bytes("limits", "commit_bytes_max", &config::commit_bytes_max, {64, 1 * gib},
          "Size of all events of one command together."),
    count("limits", "metadata_entries_max", &config::metadata_entries_max, {0, 1'000},
          "Entries in the metadata of one command, or of one stream."),
    bytes("limits", "metadata_bytes_max", &config::metadata_bytes_max, {0, 1 * mib},
          "Size of all keys and values of such metadata together."),
    count("limits", "guard_events_max", &config::guard_events_max, {1, 1'000'000'000},
          "Events that are looked at for the guard of one command."),

    count("index", "flush_events", &config::index_flush_events, {1, 16'777'216},
          "The index is written when this many events wait for it, ..."),
    time("index", "flush_after", &config::index_flush_after, {1ms, 1h},
         "... or when the oldest of them has waited this long."),
    count("index", "unindexed_events_max", &config::unindexed_events_max, {1, 1'000'000'000},
          "At most this many events wait for the index; beyond, writes wait for it too."),

    count("snapshots", "every", &config::snapshot_every, {0, 1'000'000'000},
          "For aggregates without a setting of their own: events between snapshots. 0: none."),

    time("read_models", "linger", &config::read_model_linger, {0ms, 1min},
         "How long a read model gathers events before it applies them in one transaction."),
    count("read_models", "batch", &config::read_model_batch, {1, 1'000'000},
          "At most this many events in one transaction."),
    count("read_models", "snapshot_every", &config::read_model_snapshot_every, {0, 1'000'000'000},
          "For read models held in memory: events between snapshots. 0: none."),
    count("read_models", "rebuild_percent", &config::rebuild_percent, {10, 100},
          "Hundredths of a thread's time for a rebuild while the old copy serves."),
};
// clang-format on

// In the order of the values.
constexpr std::array<std::string_view, 2> mode_names{"sync", "relaxed"};
constexpr std::array<std::string_view, 5> policy_names{
    "lru", "mru", "lfu", "segmented_lru", "w_tiny_lfu"};

constexpr bool ranges_fit() {
  for (const setting& each : table) {
    if (each.least > each.most || each.multiple_of == 0) return false;
    if (std::holds_alternative<std::uint16_t config::*>(each.where) &&
        each.most > std::numeric_limits<std::uint16_t>::max()) {
      return false;
    }
    if (each.most > std::numeric_limits<std::int64_t>::max()) return false;
    if (std::holds_alternative<std::uint32_t config::*>(each.where) &&
        each.most > std::numeric_limits<std::uint32_t>::max()) {
      return false;
    }
  }
  return true;
}
static_assert(ranges_fit(), "a range is empty, or larger than its member can hold");

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& letter : out) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return out;
}

void set_choice(config& to, const setting& each, std::size_t which) {
  std::visit(
      [&to, which](auto where) {
        using held = std::remove_cvref_t<decltype(to.*where)>;
        if constexpr (std::is_enum_v<held>) {
          to.*where = static_cast<held>(which);
        } else {
          CAIRN_UNREACHABLE();
        }
      },
      each.where);
}

std::string printed(const setting& each, std::uint64_t value) {
  return write_quantity(value, each.measured_in);
}

}  // namespace

std::span<const section> all_sections() {
  return sections;
}

std::span<const setting> all_settings() {
  return table;
}

kind kind_of(const setting& each) {
  if (std::holds_alternative<std::filesystem::path config::*>(each.where)) return kind::path;
  if (std::holds_alternative<bool config::*>(each.where)) return kind::flag;
  if (std::holds_alternative<config::durability_mode config::*>(each.where)) return kind::choice;
  if (std::holds_alternative<config::replacement_policy config::*>(each.where)) return kind::choice;
  return kind::number;
}

std::span<const std::string_view> names_of(const setting& each) {
  CAIRN_ASSERT(kind_of(each) == kind::choice);
  if (std::holds_alternative<config::durability_mode config::*>(each.where)) return mode_names;
  return policy_names;
}

std::string choices_of(const setting& each) {
  const auto names = names_of(each);
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += i + 1 == names.size() ? " or " : ", ";
    out += in_quotes(names[i]);
  }
  return out;
}

std::size_t get_choice(const config& from, const setting& each) {
  return std::visit(
      [&from](auto where) -> std::size_t {
        if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(from.*where)>>) {
          return static_cast<std::size_t>(from.*where);
        } else {
          CAIRN_UNREACHABLE();
        }
      },
      each.where);
}

std::string name_of(const setting& each) {
  return std::string{each.section} + "." + std::string{each.key};
}

std::string variable_of(const setting& each) {
  return "CAIRN_" + upper(each.section) + "_" + upper(each.key);
}

std::string range_of(const setting& each) {
  std::string out = printed(each, each.least) + " to " + printed(each, each.most);
  if (each.multiple_of != 1) out += ", in steps of " + printed(each, each.multiple_of);
  return out;
}

std::uint64_t get_number(const config& from, const setting& each) {
  return std::visit(
      [&from](auto where) -> std::uint64_t {
        using value = std::remove_cvref_t<decltype(from.*where)>;
        if constexpr (duration<value>) {
          // A negative duration becomes a number far beyond every range, and is refused as such.
          return static_cast<std::uint64_t>((from.*where).count());
        } else if constexpr (std::is_integral_v<value> && !std::is_same_v<value, bool>) {
          return from.*where;
        } else {
          CAIRN_UNREACHABLE();
        }
      },
      each.where);
}

void set_number(config& to, const setting& each, std::uint64_t value) {
  std::visit(
      [&to, value](auto where) {
        using held = std::remove_cvref_t<decltype(to.*where)>;
        if constexpr (duration<held>) {
          to.*where = held{static_cast<typename held::rep>(value)};
        } else if constexpr (std::is_integral_v<held> && !std::is_same_v<held, bool>) {
          CAIRN_ASSERT(value <= std::numeric_limits<held>::max());
          to.*where = static_cast<held>(value);
        } else {
          CAIRN_UNREACHABLE();
        }
      },
      each.where);
}

std::string complaint_about(const setting& each, std::uint64_t value) {
  constexpr auto positive_max =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool is_time = each.measured_in == unit::milliseconds || each.measured_in == unit::seconds;
  if (is_time && value > positive_max) return "a negative duration; it must be " + range_of(each);
  if (value < each.least || value > each.most) {
    return printed(each, value) + " is out of range; it must be " + range_of(each);
  }
  if (value % each.multiple_of != 0) {
    return printed(each, value) + " is not a multiple of " + printed(each, each.multiple_of);
  }
  return {};
}

std::string set_word(config& to, const setting& each, std::string_view text) {
  switch (kind_of(each)) {
    case kind::path:
      to.*std::get<std::filesystem::path config::*>(each.where) = std::filesystem::path{text};
      return {};
    case kind::flag:
      if (text != "true" && text != "false") {
        return in_quotes(text) + ": expected true or false";
      }
      to.*std::get<bool config::*>(each.where) = text == "true";
      return {};
    case kind::choice: {
      const auto names = names_of(each);
      const auto found = std::find(names.begin(), names.end(), text);
      if (found == names.end()) return in_quotes(text) + ": expected " + choices_of(each);
      set_choice(to, each, static_cast<std::size_t>(found - names.begin()));
      return {};
    }
    case kind::number: break;
  }
  CAIRN_UNREACHABLE();
}

std::string set_checked(config& to, const setting& each, const reading& found) {
  if (!found.value) return found.complaint;
  if (auto complaint = complaint_about(each, *found.value); !complaint.empty()) return complaint;
  set_number(to, each, *found.value);
  return {};
}

fault_list::fault_list() : origins_(table.size()) {}

std::size_t fault_list::index_of(const setting& which) {
  return static_cast<std::size_t>(&which - table.data());
}

void fault_list::came_from(const setting& which, std::string place) {
  origins_[index_of(which)] = {.place = std::move(place), .faulty = false};
}

const std::string& fault_list::place_of(const setting& which) const {
  return origins_[index_of(which)].place;
}

void fault_list::add(std::string_view place, std::string_view sentence) {
  if (!lines_.empty()) lines_ += '\n';
  if (!place.empty()) {
    lines_ += place;
    lines_ += ": ";
  }
  lines_ += sentence;
}

void fault_list::add(const setting& which, std::string_view sentence) {
  add(place_of(which), name_of(which) + ": " + std::string{sentence});
  origins_[index_of(which)].faulty = true;
}

bool fault_list::is_faulty(const setting& which) const {
  return origins_[index_of(which)].faulty;
}

result<void> fault_list::verdict() const {
  if (lines_.empty()) return {};
  return error{error::code::bad_config, lines_};
}

}  // namespace cairn::settings
