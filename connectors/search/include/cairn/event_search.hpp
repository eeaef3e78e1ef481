#pragma once

#include "cairn/fields.hpp"
#include "cairn/read_model.hpp"
#include "cairn/reader.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"
#include "cairn/runtime.hpp"
#include "cairn/sql.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Full-text search over all recorded events:
//
//   builder.add_read_model<cairn::event_search>({.stored_in = cairn::sqlite::folder("views")});
//   auto found = cairn::search(app, "refund AND type:shop.order.*");
//
// docs/read_side/search.md says what may be searched for, and how it is written.

namespace cairn {

/// A read model of every event, whose words it keeps in a full-text index. It needs SQLite with
/// FTS5, so it must be stored there. Like any other read model it can be asked how far it is, be
/// paused, reset and built anew.
struct event_search {
  static constexpr std::string_view stable_name = "cairn.event_search";
  static constexpr std::uint32_t version = 2;
  using sources = cairn::sources<every_event>;

  struct tables {
    cairn::sql sql;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("sql", sql)); }
  };
  static void create(cairn::sql& sql);
  static void apply(tables& now, const recorded_event& fact);

  /// Where an event stands that was found.
  struct hit {
    /// Counts the events in the order in which they came here.
    std::uint64_t number = 0;
    cairn::position position;
    bool operator==(const hit&) const = default;
  };
  /// The newest events that a search means, the newest first. bad_input: the search cannot be read.
  struct newest {
    using answer = result<std::vector<hit>>;
    std::string text;
    /// Only of those that came before the one of this number; nothing: of all.
    std::optional<std::uint64_t> before = {};
    std::uint32_t limit = 20;
  };
  static newest::answer query(const tables& now, const newest& question);
};

inline constexpr std::uint32_t search_limit_max = 1'000;

struct search_options {
  /// 1 to search_limit_max.
  std::uint32_t limit = 20;
  /// search_page::next of the page before; nothing: from the newest event on.
  std::optional<std::uint64_t> from = {};
  /// What is demanded of the index: a receipt's position, for instance.
  read_options read = {};
};

/// A part of what a search finds.
struct search_page {
  /// The newest first.
  std::vector<recorded_event> events;
  /// For search_options::from.
  std::uint64_t next = 0;
  /// There are no more. When this is false, a page may hold fewer events than its limit: the index
  /// knows events that are not shown to readers any more.
  bool at_end = false;
};

/// The events that `text` means, as they are in the journal; those that are hidden (truncated,
/// removed, too old) are left out. Blocks for reading. Any thread.
/// bad_input: `text` cannot be read, or a limit breaks its rule; the detail says where. Otherwise
/// the errors of reader::ask and runtime::event.
[[nodiscard]] result<search_page> search(runtime& app,
                                         std::string_view text,
                                         const search_options& options = {});

}  // namespace cairn
