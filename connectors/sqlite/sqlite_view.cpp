#include "sqlite_view.hpp"

#include "file_lock.hpp"
#include "reader_pool.hpp"
#include "sqlite_files.hpp"
#include "sqlite_tables.hpp"
#include "view_rows.hpp"

#include "cairn/assert.hpp"

#include <mutex>
#include <system_error>
#include <utility>

// One connection writes, with a lock that says that nobody else does; those who read have others.
// With SQLite's write-ahead log a reader sees the database as it was when it began, and neither
// waits for the other.

namespace cairn::sqlite {
namespace {

using persistence::checkpoint_list;

/// The writing connection for one transaction, which is undone unless it is committed.
class transaction {
 public:
  transaction(connection& within, std::unique_lock<std::mutex> alone)
      : within_(within), alone_(std::move(alone)) {}
  transaction(transaction&&) = delete;
  transaction& operator=(transaction&&) = delete;
  ~transaction() { end(); }

  [[nodiscard]] result<void> begin() { return within_.run("begin immediate"); }
  /// It is over, whatever the result.
  [[nodiscard]] result<void> commit() {
    auto done = within_.run("commit");
    end();
    return done;
  }
  void end() {
    if (!alone_.owns_lock()) return;
    within_.roll_back();
    alone_.unlock();
  }
  [[nodiscard]] connection& within() const noexcept { return within_; }

 private:
  connection& within_;
  std::unique_lock<std::mutex> alone_;
};

class batch final : public persistence::view_batch {
 public:
  batch(connection& within, std::unique_lock<std::mutex> alone, const table_set& set)
      : set_(set), transaction_(within, std::move(alone)), tables_(within, set) {}

  [[nodiscard]] result<void> begin() { return transaction_.begin(); }

  detail::table_store& tables() override { return tables_; }

  result<void> commit(const checkpoint_list& reached) override {
    CAIRN_ASSERT(reached.size() == set_.settings.partitions);
    auto done = tables_.finish();
    if (done) done = write_checkpoints(transaction_.within(), reached);
    if (done) return transaction_.commit();
    transaction_.end();
    return done;
  }

 private:
  const table_set& set_;
  transaction transaction_;
  sqlite_tables tables_;
};

class reader final : public persistence::view_reader {
 public:
  reader(reader_pool::lease within, const table_set& set, checkpoint_list reached)
      : within_(std::move(within)), tables_(*within_, set), reached_(std::move(reached)) {}

  detail::table_store& tables() override { return tables_; }
  const checkpoint_list& checkpoints() const noexcept override { return reached_; }

 private:
  reader_pool::lease within_;
  sqlite_tables tables_;
  checkpoint_list reached_;
};

class view final : public persistence::view {
 public:
  view(std::filesystem::path file,
       const sqlite::options& settings,
       const persistence::view_options& wish)
      : file_(std::move(file)), settings_(settings), set_(wish), readers_(file_, settings) {}

  /// False: what is there was made for something else.
  result<bool> open() { return open(std::unique_lock{writing_}); }
  /// Begins with a new file.
  result<bool> open_anew() { return open_anew(std::unique_lock{writing_}); }

  result<checkpoint_list> checkpoints() const override {
    auto within = readers_.take();
    if (!within) return within.error();
    return sqlite::read_checkpoints(**within, set_);
  }

  result<std::unique_ptr<persistence::view_batch>> begin() override {
    std::unique_lock alone{writing_};
    if (!writer_) return not_open();
    auto made = std::make_unique<batch>(*writer_, std::move(alone), set_);
    if (auto begun = made->begin(); !begun) return begun.error();
    return std::unique_ptr<persistence::view_batch>{std::move(made)};
  }

  result<std::unique_ptr<persistence::view_reader>> read() const override {
    auto within = readers_.take();
    if (!within) return within.error();
    // The picture is taken by the first statement in it.
    if (auto begun = (*within)->run("begin"); !begun) return begun.error();
    auto reached = sqlite::read_checkpoints(**within, set_);
    if (!reached) return reached.error();
    return std::unique_ptr<persistence::view_reader>{
        std::make_unique<reader>(*std::move(within), set_, *std::move(reached))};
  }

  result<void> save_state(byte_view state,
                          std::uint32_t schema_version,
                          const checkpoint_list& reached) override {
    CAIRN_ASSERT(reached.size() == set_.settings.partitions);
    return write(
        [&](connection& within) { return write_state(within, state, schema_version, reached); });
  }

  result<std::optional<persistence::saved_state>> load_state() const override {
    auto within = readers_.take();
    if (!within) return within.error();
    return read_state(**within, set_);
  }

  result<void> clear() override {
    auto done = write([this](connection& within) { return forget_all(within, set_); });
    if (done || (done.error().what != error::code::corrupt && is_open())) return done;
    set_.settings.log(log_level::warning,
                      view_label(set_.settings) + " is built anew: " + done.error().detail);
    const auto opened = open_anew();
    return opened ? result<void>{} : opened.error();
  }

  result<void> remove_older_versions() override {
    return remove_older(file_.parent_path(), set_.settings);
  }

 private:
  /// @pre writing_ is held, as the argument says
  result<bool> open(const std::unique_lock<std::mutex>& alone) {
    CAIRN_ASSERT(alone.owns_lock());
    if (!lock_) {
      auto locked = file_lock::take(file_.string() + ".lock");
      if (!locked) return locked.error();
      lock_ = *std::move(locked);
    }
    std::error_code failed;
    const bool is_new = !std::filesystem::exists(file_, failed);
    // What a removal has left must not be taken for the log of a new database.
    if (is_new && !failed) {
      if (auto removed = remove_database(file_); !removed) return removed.error();
    }
    auto opened = connection::open(file_, connection::use::writing, settings_);
    if (!opened) return opened.error();
    // It is the writer once there is all that a batch needs.
    const auto usable = make_ready(**opened);
    if (usable && *usable) writer_ = *std::move(opened);
    // SQLite syncs what is in the file; that there is one must last, too.
    if (is_new) {
      if (auto synced = sync_folder(file_.parent_path()); !synced) return synced.error();
    }
    return usable;
  }

  [[nodiscard]] result<bool> make_ready(connection& made) const {
    if (auto begun = made.run("begin immediate"); !begun) return begun.error();
    auto usable = make_tables(made, set_);
    if (!usable || !*usable) return usable;
    if (auto reached = sqlite::read_checkpoints(made, set_); !reached) return reached.error();
    if (auto done = made.run("commit"); !done) return done.error();
    return true;
  }

  result<bool> open_anew(const std::unique_lock<std::mutex>& alone) {
    readers_.forget();
    writer_.reset();
    if (auto removed = remove_database(file_); !removed) return removed.error();
    return open(alone);
  }

  template <class Change> result<void> write(Change change) {
    std::unique_lock alone{writing_};
    if (!writer_) return not_open();
    transaction all{*writer_, std::move(alone)};
    if (auto begun = all.begin(); !begun) return begun;
    if (auto done = change(*writer_); !done) return done;
    return all.commit();
  }

  /// False: an earlier attempt to begin with a new file has failed.
  [[nodiscard]] bool is_open() {
    const std::lock_guard alone{writing_};
    return writer_ != nullptr;
  }
  [[nodiscard]] error not_open() const {
    return {error::code::storage_failed, file_.string() + " could not be made anew"};
  }

  const std::filesystem::path file_;
  const sqlite::options settings_;
  const table_set set_;
  std::unique_ptr<file_lock> lock_;
  /// Held by a batch for as long as it lives.
  std::mutex writing_;
  std::unique_ptr<connection> writer_;
  mutable reader_pool readers_;
};

result<void> check(const options& settings) {
  if (settings.readers_max == 0 || settings.wait_max.count() < 0) {
    return error{
        error::code::bad_config,
        "cairn::sqlite::options: readers_max must be at least 1, and wait_max not below 0"};
  }
  return {};
}

}  // namespace

result<std::unique_ptr<persistence::view>> open_view(const std::filesystem::path& directory,
                                                     const options& settings,
                                                     const persistence::view_options& wish) {
  if (auto good = check(settings); !good) return good.error();
  if (auto good = check_tables(wish); !good) return good.error();
  const std::filesystem::path folder = folder_of(directory, wish);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return error{error::code::io_failed, folder.string() + ": " + failed.message()};
  if (auto synced = sync_folder(directory); !synced) return synced.error();
  auto made = std::make_unique<view>(file_of(folder, {wish.version, wish.copy}), settings, wish);
  auto usable = made->open();
  const bool damaged = !usable && usable.error().what == error::code::corrupt;
  if (damaged || (usable && !*usable)) {
    wish.log(log_level::warning,
             view_label(wish) + " is built anew: " +
                 (damaged ? usable.error().detail
                          : "it was made for another journal, or has other tables"));
    usable = made->open_anew();
  }
  if (!usable) return usable.error();
  CAIRN_ASSERT(*usable);
  return std::unique_ptr<persistence::view>{std::move(made)};
}

}  // namespace cairn::sqlite
