#pragma once

#include "cairn/bytes.hpp"
#include "cairn/detail/table_store.hpp"
#include "cairn/log.hpp"
#include "cairn/result.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::persistence {

/// The offset that a read model has applied, for each partition. 0: nothing yet.
using checkpoint_list = std::vector<std::uint64_t>;

/// The state of a read model in memory, as it was at some checkpoint.
struct saved_state {
  std::vector<std::byte> bytes;
  std::uint32_t schema_version = 0;
  checkpoint_list checkpoints;
};

/// Changes to the tables, undone when dropped without a successful commit(). One thread.
class view_batch {
 public:
  view_batch() = default;
  view_batch(const view_batch&) = delete;
  view_batch& operator=(const view_batch&) = delete;
  virtual ~view_batch() = default;

  /// Valid until commit() or the batch's end. put: too_large for a key that is too long, bad_input
  /// for an empty one; the failure names the table.
  [[nodiscard]] virtual detail::table_store& tables() = 0;

  /// Stores the rows and the checkpoints: both, durably, or neither. Blocks for about one disk
  /// sync. The failure of the tables, if there is one: then nothing is stored. store_full: nothing
  /// is stored, and it may be tried again. unavailable: the same, but whether it is stored only
  /// view::checkpoints() tells. storage_failed. The batch is over, whatever the result.
  [[nodiscard]] virtual result<void> commit(const checkpoint_list& reached) = 0;
};

/// The tables as they were at one moment; later changes do not show. One thread, and short-lived:
/// what it sees cannot be reused by the storage.
class view_reader {
 public:
  view_reader() = default;
  view_reader(const view_reader&) = delete;
  view_reader& operator=(const view_reader&) = delete;
  virtual ~view_reader() = default;

  /// For reading only. @pre nobody calls put or erase
  [[nodiscard]] virtual detail::table_store& tables() = 0;
  /// What the tables contain, exactly.
  [[nodiscard]] virtual const checkpoint_list& checkpoints() const noexcept = 0;
};

/// Which of a read model's storages: versions follow each other, and copies of a version are built
/// beside each other.
struct view_place {
  std::uint32_t version = 1;
  /// 1 for the first one.
  std::uint32_t copy = 1;
  auto operator<=>(const view_place&) const = default;
};

/// What a view is opened for.
struct view_options {
  /// The read model's, for messages.
  std::string name = {};
  std::uint32_t version = 1;
  std::uint32_t copy = 1;
  std::vector<std::string> tables = {};
  std::size_t partitions = 1;
  /// What is stored for another journal is of no use and is thrown away.
  std::string journal_id = {};
  log_sink log = silent_log();
  /// Makes what the SQL of the read model relies on: called in the transaction in which a storage
  /// that takes SQL begins from nothing. Empty: it has none.
  std::function<result<void>(detail::table_store&)> create_schema = {};
};

/// The storage of one read model at one version: its tables or its saved state, and how far in the
/// journal they have come. Derived: losing it loses time, nothing else.
///
/// Any thread. Each view has a storage of its own, so that read models never wait for each other
/// and a new version is built beside the old one.
class view {
 public:
  using options = view_options;

  view() = default;
  view(const view&) = delete;
  view& operator=(const view&) = delete;
  virtual ~view() = default;

  /// Of the tables. One number for each partition. Less than what was stored before, where a
  /// database has lost commits: then the rows are those of this checkpoint, too.
  [[nodiscard]] virtual result<checkpoint_list> checkpoints() const = 0;

  /// One batch at a time: blocks while another thread has one. unavailable: the database cannot be
  /// reached, or is not where it was when it could be; ask for checkpoints().
  [[nodiscard]] virtual result<std::unique_ptr<view_batch>> begin() = 0;

  [[nodiscard]] virtual result<std::unique_ptr<view_reader>> read() const = 0;

  /// Replaces the saved state, durably.
  [[nodiscard]] virtual result<void> save_state(byte_view state,
                                                std::uint32_t schema_version,
                                                const checkpoint_list& reached) = 0;
  /// Nothing when none has been saved. corrupt: its bytes are not what was saved.
  [[nodiscard]] virtual result<std::optional<saved_state>> load_state() const = 0;

  /// Forgets rows, checkpoints and the saved state, durably; but for the rows of a table that is
  /// named detail::control_table.
  [[nodiscard]] virtual result<void> clear() = 0;

  /// Removes what is stored for versions before this one, all copies; later ones stay, for the
  /// program that wrote them. @pre no process has one of them open
  [[nodiscard]] virtual result<void> remove_older_versions() = 0;
};

/// What a view is recognized by: for what else is stored there, it is of no use. Hidden tables do
/// not belong to it.
[[nodiscard]] std::string view_identity(const view_options& of);

/// "read model shop.orders, version 2"
[[nodiscard]] std::string view_label(const view_options& of);

/// What a read model's folder is called. Characters that a folder's name should not have are
/// written as % and two hexadecimal digits.
[[nodiscard]] std::string view_folder(std::string_view name);

/// How a storage names a place: "17", and "17.2" for the second copy when '.' separates.
[[nodiscard]] std::string place_text(view_place place, char separator);

/// The place that place_text() writes like this; nothing when it writes none so.
[[nodiscard]] std::optional<view_place> place_from(std::string_view text, char separator);

/// bad_config: two tables of the read model have the same name.
[[nodiscard]] result<void> check_tables(const view_options& of);

/// too_large, bad_input: no row can have this key; the detail names the table.
[[nodiscard]] result<void> check_key(const view_options& of, std::size_t table, byte_view key);

/// All storages of one read model: where another copy of it comes from. Any thread.
class view_shelf {
 public:
  view_shelf() = default;
  view_shelf(const view_shelf&) = delete;
  view_shelf& operator=(const view_shelf&) = delete;
  virtual ~view_shelf() = default;

  /// Opens it, and makes it if need be, durably; errors as of store::open_view. Once at a time.
  [[nodiscard]] virtual result<std::unique_ptr<view>> open(
      view_place place, std::vector<std::string> table_names) = 0;
  /// Those that are there, ascending. Of what is in memory: none.
  [[nodiscard]] virtual result<std::vector<view_place>> stored() const = 0;
  /// Removes it for good. Nothing happens when it is not there. @pre it is not open
  [[nodiscard]] virtual result<void> remove(view_place place) = 0;
};

/// A view in memory, for tests and for runtimes that need no disk.
[[nodiscard]] std::unique_ptr<view> make_memory_view(view::options settings);

/// Keys of this size and less fit into a table.
inline constexpr std::size_t table_key_max_bytes = 511;

}  // namespace cairn::persistence
