#include "cairn/sqlite.hpp"

#include "connectors/own_sql.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sqlite3.h>
#include <thread>
#include <unistd.h>

namespace cairn::tests {

using namespace std::chrono_literals;

struct sqlite_place {
  static constexpr std::string_view bytes_type = "blob";

  [[nodiscard]] read_model_storage storage() const {
    return cairn::sqlite::folder(directory.path(), settings);
  }
  void wait_no_longer_than_needed() {}
  temporary_directory directory;
  cairn::sqlite::options settings;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, OwnSql, sqlite_place);

namespace {

class Sqlite : public stored_elsewhere<sqlite_place> {
 protected:
  ~Sqlite() override {
    told::in_create = nullptr;
    told::in_apply = nullptr;
  }

  std::filesystem::path file(const char* model) const {
    return place_.directory.path() / model / "v1.db";
  }

  /// Waits for what another thread brings about.
  static bool comes(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
};

TEST_F(Sqlite, TakesNothingThatAKilledRemovalHasLeftForANewCopy) {
  open_journals(1);
  persistence::view_options copy = wish<ledger>();
  copy.copy = 2;
  const read_model_storage storage = place_.storage();
  const std::string log = (place_.directory.path() / "test.ledger" / "v1.2.db-wal").string();
  {
    const auto opened = storage.open(copy);
    ASSERT_TRUE(opened) << describe(opened.error());
    ASSERT_TRUE((*(*opened)->begin())->commit({7}));
    std::filesystem::copy_file(log, log + ".kept");
  }
  EXPECT_EQ(*storage.stored(copy), (std::vector<persistence::view_place>{{1, 2}}));
  ASSERT_TRUE(storage.remove(copy));
  ASSERT_TRUE(storage.remove(copy)) << "nothing happens when it is not there";
  std::filesystem::rename(log + ".kept", log);
  EXPECT_EQ(*storage.stored(copy), std::vector<persistence::view_place>{});
  const auto anew = storage.open(copy);
  ASSERT_TRUE(anew) << describe(anew.error());
  EXPECT_EQ(*(*anew)->checkpoints(), persistence::checkpoint_list{0});
}

TEST_F(Sqlite, HasTheFullTextSearchOfItsExtension) {
  open_journals(1);
  write("list", {noted{"fresh milk and bread"}, noted{"a letter to the milkman"}, noted{"tea"}});
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run("create virtual table note using fts5(text, tokenize = 'porter')");
  };
  told::in_apply = [](sql& db, const std::string& text) {
    db.run("insert into note values (?)", text);
  };
  const told::ask search{[](const sql& db) {
    std::string all;
    db.each(
        "select text from note where note match ? order by rank",
        [&all](const sql_row& row) { all += row.get<std::string>(0) + ";"; },
        "milk OR letters");
    return all;
  }};
  auto model = run_elsewhere<told>();
  const std::string found = *ask(*model, search);
  EXPECT_NE(found.find("fresh milk"), std::string::npos) << found;
  EXPECT_NE(found.find("a letter"), std::string::npos) << found;
  EXPECT_EQ(found.find("tea"), std::string::npos) << found;
  // An index of this kind is many tables, and goes as one.
  ASSERT_TRUE(model->runner->reset().has_value());
  EXPECT_EQ(ask(*model, search)->size(), found.size());
  stop(model);
}

TEST_F(Sqlite, WaitsForRoomWhenTheFileIsFullAndGoesOn) {
  open_journals(1);
  const std::string line(8'000, 'x');
  for (int i = 0; i < 60; ++i) {
    write("list", {noted{line}});
  }
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run("create table note (text text not null)");
  };
  std::atomic<bool> has_room{false};
  told::in_apply = [&](sql& db, const std::string& text) {
    // Once there is room, what is old goes first.
    if (has_room) db.run("delete from note where rowid < (select max(rowid) from note)");
    db.run("insert into note values (?)", text);
  };
  place_.settings.file_bytes_max = 300'000;
  auto options = parking();
  options.batch_events = 5;
  auto model = run_elsewhere<told>(options);
  ASSERT_TRUE(comes([&] {
    const auto now = model->runner->status();
    return now.last_error && now.last_error->what == error::code::store_full;
  }));
  has_room = true;
  EXPECT_EQ(*ask(*model, told::ask{[](const sql& db) {
    return std::to_string(db.one<int>("select max(rowid) from note").value_or(0));
  }}),
            "60");
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  EXPECT_NE(model->runner->status().now, read_model_status::phase::stopped);
  stop(model);
}

TEST_F(Sqlite, WaitsWhileAnotherProgramWrites) {
  open_journals(1);
  place_.settings.wait_max = 1ms;
  auto model = run_elsewhere<ledger>(parking());
  // Another program: it holds the file for as long as its transaction lasts.
  const std::string command = "sqlite3 '" + file("test.ledger").string() + "' >/dev/null";
  std::FILE* const other = ::popen(command.c_str(), "w");
  ASSERT_NE(other, nullptr);
  std::fputs(".timeout 60000\nbegin immediate;\n", other);
  std::fflush(other);
  std::int64_t written = 0;
  // It may not have begun yet.
  ASSERT_TRUE(comes([&] {
    write("ann", {deposited{1}});
    ++written;
    const auto now = model->runner->status();
    return now.last_error && now.last_error->what == error::code::unavailable;
  }));
  std::fputs("rollback;\n", other);
  ASSERT_EQ(::pclose(other), 0);
  EXPECT_EQ(ask(*model, balance_of{"ann"})->cents, written);
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  stop(model);
}

TEST_F(Sqlite, BeginsAnewWithAFileThatIsDamaged) {
  open_journals(1);
  write("ann", {deposited{5}});
  auto model = run_elsewhere<ledger>();
  EXPECT_EQ(*ask(*model, balance_of{"ann"}), (balance{5, 1}));
  stop(model);
  {
    std::ofstream out{file("test.ledger"), std::ios::trunc};
    out << std::string(8'192, 'x');
  }
  model = run_elsewhere<ledger>();
  EXPECT_EQ(*ask(*model, balance_of{"ann"}), (balance{5, 1}));
  EXPECT_EQ(log_.count("is built anew"), 1);
  stop(model);
}

/// Damage that shows only where rows are read: it is for an operator to say what is to be done.
TEST_F(Sqlite, StopsOnDamagedRowsUntilItIsReset) {
  open_journals(1);
  constexpr int accounts = 2'000;
  for (int i = 0; i < accounts; ++i) {
    write("account " + std::to_string(i), {deposited{1}});
  }
  auto model = run_elsewhere<ledger>(parking());
  EXPECT_EQ(ask(*model, all_sums{})->size(), std::size_t{accounts});
  stop(model);
  {
    std::fstream out{file("test.ledger"), std::ios::in | std::ios::out | std::ios::binary};
    // Behind the pages that are looked at when the file is opened.
    out.seekp(64 * 1'024);
    out << std::string(64 * 1'024, 'x');
  }
  model = run_elsewhere<ledger>(parking());
  for (int i = 0; i < accounts; ++i) {
    write("account " + std::to_string(i), {deposited{1}});
  }
  EXPECT_FALSE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  EXPECT_EQ(model->runner->status().stopped_on->what, error::code::storage_failed);
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  ASSERT_TRUE(model->runner->reset().has_value());
  EXPECT_EQ(ask(*model, all_sums{})->size(), std::size_t{accounts});
  EXPECT_EQ(*ask(*model, balance_of{"account 7"}), (balance{2, 2}));
  stop(model);
}

TEST_F(Sqlite, CanBeClearedOnceWhatWasInTheWayOfANewFileIsGone) {
  open_journals(1);
  for (int i = 0; i < 2'000; ++i) {
    write("account " + std::to_string(i), {deposited{1}});
  }
  auto model = run_elsewhere<ledger>();
  EXPECT_EQ(ask(*model, all_sums{})->size(), 2'000U);
  stop(model);
  {
    std::fstream out{file("test.ledger"), std::ios::in | std::ios::out | std::ios::binary};
    out.seekp(64 * 1'024);
    out << std::string(64 * 1'024, 'x');
  }
  const auto view = open_elsewhere<ledger>();
  const std::filesystem::path log = file("test.ledger").string() + "-wal";
  std::filesystem::remove(log);
  std::filesystem::create_directories(log / "in the way");
  EXPECT_EQ(view->clear().error().what, error::code::io_failed);
  EXPECT_EQ(view->begin().error().what, error::code::storage_failed);
  std::filesystem::remove_all(log);
  EXPECT_TRUE(view->clear().has_value());
  EXPECT_TRUE(view->begin().has_value());
}

TEST_F(Sqlite, KeepsWhatIsItsOwnFromTheModel) {
  open_journals(1);
  write("list", {noted{"note"}});
  told::in_apply = [](sql& db, const std::string& /*text*/) {
    db.run("update cairn_checkpoints set applied = 7");
  };
  auto model = run_elsewhere<told>();
  EXPECT_EQ(model->read({.caught_up = true, .timeout = 60s}).wait().error().what,
            error::code::stopped);
  EXPECT_EQ(model->runner->status().stopped_on->what, error::code::bad_input);
  stop(model);
}

/// What is called so is not forgotten by reset(), and would be in its own way then.
TEST_F(Sqlite, LetsTheModelMakeNothingThatIsCalledAsItsOwn) {
  open_journals(1);
  for (const char* statement :
       {"create table cairn_note (text text)",
        "create table Cairn_note (text text)",
        "create view cairn_note as select 1",
        "create virtual table cairn_note using fts5(text)",
        "create trigger cairn_note after insert on note begin delete from note; end",
        "create index cairn_note on note (text)",
        "alter table cairn_checkpoints add column other text",
        "create trigger other after insert on cairn_checkpoints begin delete from note; end"}) {
    told::in_create = [statement](sql& db, const std::string& /*text*/) {
      db.run("create table note (text text)");
      db.run(statement);
    };
    const auto refused = place_.storage().open(wish<told>());
    ASSERT_FALSE(refused.has_value()) << statement;
    EXPECT_EQ(refused.error().what, error::code::bad_input) << describe(refused.error());
  }
}

TEST_F(Sqlite, RefusesMoreReadersThanItMayHave) {
  open_journals(1);
  place_.settings.readers_max = 2;
  place_.settings.wait_max = 1ms;
  const auto view = open_elsewhere<ledger>();
  const auto first = view->read();
  {
    const auto second = view->read();
    ASSERT_TRUE(first.has_value() && second.has_value());
    EXPECT_EQ(view->read().error().what, error::code::overloaded);
  }
  EXPECT_TRUE(view->read().has_value());
}

/// As files are to SQLite where there are neither locks nor shared memory for them.
TEST_F(Sqlite, RefusesAFileSystemThatCannotKeepItsLog) {
  open_journals(1);
  sqlite3_vfs* const usual = sqlite3_vfs_find(nullptr);
  ASSERT_EQ(sqlite3_vfs_register(sqlite3_vfs_find("unix-none"), 1), SQLITE_OK);
  const auto refused = place_.storage().open(wish<ledger>());
  ASSERT_EQ(sqlite3_vfs_register(usual, 1), SQLITE_OK);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, error::code::bad_config) << describe(refused.error());
  for (const std::string& part : {file("test.ledger").string(), std::string{"write-ahead log"}}) {
    EXPECT_NE(refused.error().detail.find(part), std::string::npos) << refused.error().detail;
  }
}

TEST_F(Sqlite, RefusesAFileThatItMustNotWrite) {
  open_journals(1);
  (void)open_elsewhere<ledger>();
  const std::filesystem::path database = file("test.ledger");
  using std::filesystem::permissions;
  using std::filesystem::perms;
  permissions(place_.directory.path(), perms::all);
  permissions(database.parent_path(), perms::all);
  permissions(database.string() + ".lock", perms::all);
  permissions(database, perms::owner_read | perms::group_read | perms::others_read);
  // Root may do everything.
  constexpr uid_t nobody = 65'534;
  const bool is_root = ::geteuid() == 0;
  ASSERT_TRUE(!is_root || ::seteuid(nobody) == 0);
  const auto refused = place_.storage().open(wish<ledger>());
  ASSERT_TRUE(!is_root || ::seteuid(0) == 0);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, error::code::io_failed) << describe(refused.error());
  EXPECT_NE(refused.error().detail.find(database.string()), std::string::npos)
      << refused.error().detail;
}

TEST_F(Sqlite, RefusesOptionsThatBreakARule) {
  place_.settings.readers_max = 0;
  EXPECT_EQ(place_.storage().open(wish<ledger>()).error().what, error::code::bad_config);
  place_.settings = {.wait_max = -1ms};
  EXPECT_EQ(place_.storage().open(wish<ledger>()).error().what, error::code::bad_config);
}

}  // namespace
}  // namespace cairn::tests
