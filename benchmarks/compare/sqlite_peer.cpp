// SQLite in this process: write-ahead log, synced at each commit; one thread stores all that waits
// in one transaction.
#include "compare/group_writer.hpp"
#include "compare/peers.hpp"
#include "support/scratch_directory.hpp"

#include <memory>
#include <optional>
#include <sqlite3.h>
#include <stdexcept>

namespace bench {
namespace {

struct closer {
  void operator()(sqlite3* one) const noexcept { sqlite3_close_v2(one); }
  void operator()(sqlite3_stmt* one) const noexcept { sqlite3_finalize(one); }
};
using database = std::unique_ptr<sqlite3, closer>;
using statement = std::unique_ptr<sqlite3_stmt, closer>;

class sqlite_peer final : public peer {
 public:
  explicit sqlite_peer(const places& where) : directory_(where.disk) {
    open();
    run("create table events (position integer primary key, stream text not null, "
        "version integer not null, payload blob not null, unique (stream, version))");
    start_writing();
  }

  void submit(std::span<const append> wishes) override { writer_->submit(wishes); }
  void wait(std::vector<answer>& answers) override { writer_->wait(answers); }

  void reopen() override {
    stop_writing();
    database_.reset();
    open();
    start_writing();
  }

  void read(const std::function<void(const stored_event&)>& visit) override {
    const statement all =
        prepare("select stream, version, payload from events order by stream, version");
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(all.get())) == SQLITE_ROW) {
      const auto text = [&all](int column) {
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(all.get(), column));
        return std::string_view{static_cast<const char*>(sqlite3_column_blob(all.get(), column)),
                                size};
      };
      visit({text(0), static_cast<std::uint64_t>(sqlite3_column_int64(all.get(), 1)), text(2)});
    }
    check(code);
  }

 private:
  void check(int code) const {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    throw std::runtime_error{sqlite3_errmsg(database_.get())};
  }
  void run(const char* text) const {
    check(sqlite3_exec(database_.get(), text, nullptr, nullptr, nullptr));
  }
  [[nodiscard]] statement prepare(const char* text) const {
    sqlite3_stmt* made = nullptr;
    check(sqlite3_prepare_v3(database_.get(), text, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr));
    return statement{made};
  }

  void open() {
    sqlite3* made = nullptr;
    const int opened = sqlite3_open((directory_.path() / "events.sqlite").c_str(), &made);
    database_.reset(made);
    check(opened);
    for (const char* setting : {"pragma journal_mode = wal",
                                "pragma synchronous = full",
                                "pragma cache_size = -1000000"}) {
      run(setting);
    }
  }

  void start_writing() {
    begin_ = prepare("begin immediate");
    commit_ = prepare("commit");
    insert_ = prepare("insert into events (stream, version, payload) values (?, ?, ?)");
    writer_.emplace([this](std::span<const append> group, std::vector<answer>& answers) {
      step(begin_);
      for (const append& one : group)
        answers.push_back({one.client, insert(one)});
      step(commit_);
    });
  }

  void stop_writing() {
    writer_.reset();
    for (statement* one : {&begin_, &commit_, &insert_})
      one->reset();
  }

  void step(const statement& what) const {
    check(sqlite3_step(what.get()));
    sqlite3_reset(what.get());
  }

  /// False: the version is there. Then only this row is left out.
  [[nodiscard]] bool insert(const append& one) const {
    sqlite3_stmt* const to = insert_.get();
    sqlite3_bind_text(to, 1, one.name.data(), static_cast<int>(one.name.size()), SQLITE_STATIC);
    sqlite3_bind_int64(to, 2, static_cast<std::int64_t>(one.version));
    sqlite3_bind_blob(
        to, 3, one.payload.data(), static_cast<int>(one.payload.size()), SQLITE_STATIC);
    const int code = sqlite3_step(to);
    if (code != SQLITE_DONE && code != SQLITE_CONSTRAINT) check(code);
    sqlite3_reset(to);
    return code == SQLITE_DONE;
  }

  scratch_directory directory_;
  database database_;
  statement begin_;
  statement commit_;
  statement insert_;
  // Last, so that its thread ends first.
  std::optional<group_writer> writer_;
};

}  // namespace

peer_kind sqlite_kind() {
  return {.key = "sqlite",
          .name = "SQLite",
          .durability = "synced before the answer (WAL, synchronous = full)",
          .durable = true,
          .absence = "",
          .make = [](const places& where, std::uint32_t /*clients*/) {
            return std::make_unique<sqlite_peer>(where);
          }};
}

}  // namespace bench
