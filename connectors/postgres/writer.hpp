#pragma once

#include "connection.hpp"
#include "postgres_tables.hpp"

#include "cairn/persistence/views.hpp"

#include <memory>
#include <optional>
#include <string>

namespace cairn::postgres {

/// The one session that writes a schema: it holds a lock in the database for as long as it lives,
/// so that no other process does, and what an earlier session of ours had on its way is over.
/// One thread at a time.
class writer {
 public:
  /// @pre `set` outlives this
  writer(std::string where, std::string schema, const options& settings, const table_set& set)
      : where_(std::move(where)),
        schema_(std::move(schema)),
        settings_(settings),
        set_(set),
        cache_(settings.cache_bytes) {}

  /// Makes the schema, or finds it as it was. Waits up to `wait_max` for a session that feeds it,
  /// since the server may not have noticed that the one of an earlier run is over. store_locked: it
  /// is not. bad_config: the schema belongs to another read model. unavailable.
  [[nodiscard]] result<void> open();

  /// Connects again when the session was lost. unavailable, also while another session holds the
  /// lock. fenced: the schema is no longer what we have made.
  [[nodiscard]] result<connection*> session();
  /// The same for a batch: it must stand where the last one has come to. unavailable: it does not;
  /// see checkpoints().
  [[nodiscard]] result<connection*> session_for_batch();

  /// What is stored. From here on, that is where the next batch stands.
  [[nodiscard]] result<persistence::checkpoint_list> checkpoints();
  void committed(const persistence::checkpoint_list& reached) { known_ = reached; }
  /// Everything is forgotten.
  void cleared();

  [[nodiscard]] row_cache& cache() noexcept { return cache_; }

 private:
  /// unavailable.
  [[nodiscard]] result<void> connect();
  /// False: another session has it.
  [[nodiscard]] result<bool> lock();
  [[nodiscard]] result<void> wait_for_lock();
  [[nodiscard]] error held_elsewhere(error::code what) const;
  [[nodiscard]] result<void> find_or_make();

  const std::string where_;
  const std::string schema_;
  const options& settings_;
  const table_set& set_;
  std::unique_ptr<connection> session_;
  row_cache cache_;
  /// Nothing: nobody has looked since the session was made.
  std::optional<persistence::checkpoint_list> known_;
};

}  // namespace cairn::postgres
