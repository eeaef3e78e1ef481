#pragma once

#include "cairn/cairn.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

// What the victim of power cuts writes, and how it is recognized afterwards.

namespace cairn::tests::power {

/// Line `number` of the `of` lines that one command has written. Says by itself what must stand
/// beside it.
struct line {
  static constexpr std::string_view stable_name = "line";
  std::uint32_t client = 0;
  std::uint32_t count = 0;
  std::uint32_t number = 0;
  std::uint32_t of = 0;
  std::string filling;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar,
           field("client", client),
           field("count", count),
           field("number", number),
           field("of", of),
           field("filling", filling));
  }
  auto operator<=>(const line&) const = default;
};

/// Of different sizes, from a few bytes to more than a page of LMDB.
[[nodiscard]] inline std::string filling_of(std::uint32_t client,
                                            std::uint32_t count,
                                            std::uint32_t number) {
  const std::uint32_t mixed = (client * 7919 + count) * 104729 + number * 31;
  const std::size_t size = mixed % 13 == 0 ? 5000 : mixed % 300;
  return std::string(size, static_cast<char>('a' + mixed % 26));
}

/// Writes so many lines; 0 is rejected.
struct put_lines {
  static constexpr std::string_view stable_name = "put_lines";
  std::uint32_t client = 0;
  std::uint32_t count = 0;
  std::uint32_t lines = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("client", client), field("count", count), field("lines", lines));
  }
  auto operator<=>(const put_lines&) const = default;
};

struct pad {
  static constexpr std::string_view stable_name = "pad";
  struct state {
    std::uint64_t lines = 0;
    /// Of all lines in their order.
    std::uint64_t digest = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("lines", lines), field("digest", digest));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { nothing_to_write };
  using command = std::variant<put_lines>;
  using event = std::variant<line>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const put_lines& wish) {
    if (wish.lines == 0) return rejection::nothing_to_write;
    std::vector<event> all;
    for (std::uint32_t i = 0; i < wish.lines; ++i) {
      all.emplace_back(
          line{wish.client, wish.count, i, wish.lines, filling_of(wish.client, wish.count, i)});
    }
    return decision(std::move(all));
  }
  static void evolve(state& now, const line& fact) {
    ++now.lines;
    now.digest = (now.digest ^ (fact.client * 1'000'003ULL + fact.count)) * 1'099'511'628'211ULL +
                 fact.number + fact.filling.size();
  }
};

/// Where a line stands.
struct placed_line {
  std::string pad;
  std::uint64_t version = 0;
  line what;
  /// How often it was applied.
  std::uint32_t times = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar,
           field("pad", pad),
           field("version", version),
           field("what", what),
           field("times", times));
  }
  bool operator==(const placed_line&) const = default;
};
/// By (partition, offset).
using placed_lines = std::map<std::pair<std::uint32_t, std::uint64_t>, placed_line>;

inline void place(placed_line& at, const recorded<line>& fact) {
  const std::uint32_t times = at.times + 1;
  at = {std::string{fact.meta.aggregate_id}, fact.meta.version.value, *fact.operator->(), times};
}

struct everything {
  using answer = placed_lines;
};

/// In memory, and stored with its checkpoint now and then. `Fresh` is one that the victim does not
/// have: it is folded from the log alone.
template <bool Fresh> struct lines_in_memory {
  static constexpr std::string_view stable_name = Fresh ? "power.fresh" : "power.kept";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<pad>>;
  struct state {
    placed_lines lines;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("lines", lines)); }
  };
  static void apply(state& now, const recorded<line>& fact) {
    const auto where = fact.meta.position;
    place(now.lines[{where.partition.value, where.offset}], fact);
  }
  static placed_lines query(const state& now, const everything& /*question*/) { return now.lines; }
};

struct lines_in_a_table {
  static constexpr std::string_view stable_name = "power.table";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<pad>>;
  struct tables {
    table<std::tuple<std::uint32_t, std::uint64_t>, placed_line> lines;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("lines", lines)); }
  };
  static void apply(tables& now, const recorded<line>& fact) {
    const auto where = fact.meta.position;
    now.lines.update({where.partition.value, where.offset},
                     [&fact](placed_line& at) { place(at, fact); });
  }
  static placed_lines query(const tables& now, const everything& /*question*/) {
    placed_lines all;
    now.lines.each(
        [&all](const std::tuple<std::uint32_t, std::uint64_t>& key, const placed_line& row) {
          all[{std::get<0>(key), std::get<1>(key)}] = row;
        });
    return all;
  }
};

inline constexpr std::uint32_t clients = 6;
inline constexpr std::uint16_t partitions = 2;
inline constexpr std::chrono::milliseconds relaxed_window{20};

[[nodiscard]] inline std::string pad_of(std::uint32_t client) {
  return "pad-" + std::to_string(client);
}
[[nodiscard]] inline std::string id_of(std::uint32_t client, std::uint32_t count) {
  return std::to_string(client) + "/" + std::to_string(count);
}
/// The second pad of an atomic commit of client 0: in the partition of its first.
[[nodiscard]] inline std::string copy_of_pad() {
  return "copy";
}
inline constexpr std::uint32_t copies_from = 1'000'000;

/// Small, so that all that happens now and then happens often.
[[nodiscard]] inline config power_settings(const std::filesystem::path& directory, bool relaxed) {
  config settings;
  settings.store = directory;
  settings.partitions = partitions;
  settings.log_map_bytes = 64 * mib;
  settings.index_map_bytes = 64 * mib;
  settings.view_map_bytes = 64 * mib;
  settings.prefill_bytes = 64 * kib;
  settings.reserve_bytes = 1 * mib;
  settings.block_bytes = 4 * kib;
  settings.index_flush_events = 30;
  settings.index_flush_after = std::chrono::milliseconds{5};
  settings.read_model_linger = std::chrono::milliseconds{1};
  settings.read_model_snapshot_every = 25;
  settings.workers = 2;
  if (relaxed) {
    settings.durability = config::durability_mode::relaxed;
    settings.relaxed_window = relaxed_window;
  }
  return settings;
}

}  // namespace cairn::tests::power
