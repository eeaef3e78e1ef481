// PostgreSQL, a server of the benchmark's own behind a Unix socket. What waits is sent as one
// statement that stores a row for each append: client-side group commit, over several connections,
// so that one group is stored while another one is synced.
#include "compare/connected_peer.hpp"
#include "compare/peers.hpp"
#include "compare/server_process.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <libpq-fe.h>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace bench {
namespace {

constexpr std::size_t connections = 2;
/// Groups that one connection has on its way.
constexpr std::size_t depth = 1;

struct closer {
  void operator()(PGconn* one) const noexcept { PQfinish(one); }
  void operator()(PGresult* one) const noexcept { PQclear(one); }
};
using session = std::unique_ptr<PGconn, closer>;
using result = std::unique_ptr<PGresult, closer>;

std::filesystem::path programs() {
  if (const char* const named = std::getenv("CAIRN_POSTGRES_PROGRAMS")) return named;
  std::filesystem::path newest;
  std::error_code failed;
  for (const auto& one : std::filesystem::directory_iterator{"/usr/lib/postgresql", failed}) {
    const auto candidate = one.path() / "bin";
    if (access((candidate / "initdb").c_str(), X_OK) == 0 && candidate > newest) newest = candidate;
  }
  return newest;
}

session open_session(const std::string& how) {
  session made{PQconnectdb(how.c_str())};
  if (PQstatus(made.get()) != CONNECTION_OK) throw std::runtime_error{PQerrorMessage(made.get())};
  return made;
}

void run(const session& in, const char* text) {
  const result got{PQexec(in.get(), text)};
  if (PQresultStatus(got.get()) != PGRES_COMMAND_OK) {
    throw std::runtime_error{PQerrorMessage(in.get())};
  }
}

constexpr Oid bigints = 1016;
constexpr Oid texts = 1009;
constexpr Oid byteas = 1001;

/// Arrays of one dimension, in the form in which the server takes them unread.
class binary_array {
 public:
  void begin(std::uint32_t element_type, std::size_t count) {
    bytes_.clear();
    for (const std::uint32_t part : {std::uint32_t{1},
                                     std::uint32_t{0},
                                     element_type,
                                     static_cast<std::uint32_t>(count),
                                     std::uint32_t{1}})
      put(part);
  }
  void add(std::string_view value) {
    put(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  void add(std::uint64_t value) {
    put(8);
    put(static_cast<std::uint32_t>(value >> 32U));
    put(static_cast<std::uint32_t>(value));
  }
  [[nodiscard]] const char* data() const noexcept { return bytes_.data(); }
  [[nodiscard]] int size() const noexcept { return static_cast<int>(bytes_.size()); }

 private:
  void put(std::uint32_t number) {
    const std::uint32_t swapped = htonl(number);
    bytes_.append(reinterpret_cast<const char*>(&swapped), sizeof swapped);  // NOLINT
  }

  std::string bytes_;
};

/// One session and what waits for it. Statements are sent and answered in turns by poll().
class connection {
 public:
  explicit connection(const std::string& how) : session_(open_session(how)) {
    const std::array types{texts, bigints, byteas};
    const result prepared{PQprepare(session_.get(),
                                    "append",
                                    "insert into events (stream, version, payload) "
                                    "select * from unnest($1::text[], $2::bigint[], $3::bytea[])",
                                    static_cast<int>(types.size()),
                                    types.data())};
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) fail();
    if (PQsetnonblocking(session_.get(), 1) != 0 || PQenterPipelineMode(session_.get()) != 1)
      fail();
  }

  void add(const append& wish) { waiting_.push_back(wish); }

  /// Sends what waits, if there may be one more group on its way.
  void send() {
    while (!alone_.empty() && groups_.size() < depth) {
      send_group({alone_.front()});
      alone_.pop_front();
    }
    if (waiting_.empty() || groups_.size() >= depth) return;
    send_group(std::exchange(waiting_, {}));
  }

  [[nodiscard]] pollfd wanted() {
    const int left = PQflush(session_.get());
    if (left < 0) fail();
    const short events = static_cast<short>(left == 1 ? POLLIN | POLLOUT : POLLIN);
    return {PQsocket(session_.get()), events, 0};
  }

  /// Takes the answers that have come.
  void receive(std::vector<answer>& answers) {
    if (PQconsumeInput(session_.get()) != 1) fail();
    while (!groups_.empty() && PQisBusy(session_.get()) == 0) {
      const result got{PQgetResult(session_.get())};
      if (!got) continue;  // Ends the results of the statement; that of its sync follows.
      switch (PQresultStatus(got.get())) {
        case PGRES_COMMAND_OK: break;
        case PGRES_PIPELINE_SYNC: settle(answers); break;  // Only now it is committed.
        default: refused(got.get());
      }
    }
  }

 private:
  struct group {
    std::vector<append> wishes;
    bool refused = false;
  };

  [[noreturn]] void fail() const { throw std::runtime_error{PQerrorMessage(session_.get())}; }

  void send_group(std::vector<append> wishes) {
    names_.begin(25, wishes.size());
    versions_.begin(20, wishes.size());
    payloads_.begin(17, wishes.size());
    for (const append& one : wishes) {
      names_.add(one.name);
      versions_.add(one.version);
      payloads_.add(one.payload);
    }
    const std::array values{names_.data(), versions_.data(), payloads_.data()};
    const std::array lengths{names_.size(), versions_.size(), payloads_.size()};
    constexpr std::array formats{1, 1, 1};
    const int count = static_cast<int>(values.size());
    if (PQsendQueryPrepared(
            session_.get(), "append", count, values.data(), lengths.data(), formats.data(), 1) !=
            1 ||
        PQpipelineSync(session_.get()) != 1) {
      fail();
    }
    groups_.push_back({std::move(wishes), false});
  }

  void refused(const PGresult* why) {
    const char* const state = PQresultErrorField(why, PG_DIAG_SQLSTATE);
    if (state == nullptr || std::string_view{state} != "23505") {
      throw std::runtime_error{PQresultErrorMessage(why)};
    }
    groups_.front().refused = true;
  }

  void settle(std::vector<answer>& answers) {
    group done = std::move(groups_.front());
    groups_.pop_front();
    const bool is_known = !done.refused || done.wishes.size() == 1;
    for (const append& one : done.wishes) {
      if (is_known) {
        answers.push_back({one.client, !done.refused});
      } else {
        alone_.push_back(one);  // One of them has spoilt it for all: each tries for itself.
      }
    }
  }

  session session_;
  std::vector<append> waiting_;
  std::deque<append> alone_;
  std::deque<group> groups_;
  binary_array names_;
  binary_array versions_;
  binary_array payloads_;
};

class postgres_peer final : public connected_peer<connection> {
 public:
  explicit postgres_peer(const places& where)
      : connected_peer("PostgreSQL", where), user_(whoever_is_not_root()) {
    for (const auto& one : {directory(), sockets()}) {
      if (user_.is_needed() && chown(one.c_str(), user_.user, user_.group) != 0) {
        throw std::runtime_error{"a directory cannot be given to another user"};
      }
    }
    run_to_end({{(programs() / "initdb").string(),
                 "--pgdata=" + data(),
                 "--username=cairn",
                 "--auth=trust",
                 "--encoding=UTF8",
                 "--locale=C"},
                directory() / "initdb.log",
                user_});
    start_server();
    run(open_session(how()),
        "create table events (position bigint generated always as identity, "
        "stream text collate \"C\" not null, version bigint not null, payload bytea not null, "
        "primary key (stream, version))");
    connect_all();
  }

  void reopen() override {
    end(SIGQUIT);  // As a crash: it recovers from its log.
    start_server();
    connect_all();
  }

  void read(const std::function<void(const stored_event&)>& visit) override {
    const session in = open_session(how());
    if (PQsendQueryParams(in.get(),
                          "select stream, version, payload from events order by stream, version",
                          0,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr,
                          1) != 1 ||
        PQsetSingleRowMode(in.get()) != 1) {
      throw std::runtime_error{PQerrorMessage(in.get())};
    }
    while (const result row{PQgetResult(in.get())}) {
      const ExecStatusType status = PQresultStatus(row.get());
      if (status == PGRES_TUPLES_OK) continue;
      if (status != PGRES_SINGLE_TUPLE) throw std::runtime_error{PQerrorMessage(in.get())};
      std::uint64_t version = 0;
      for (int i = 0; i < 8; ++i)
        version = version << 8U | static_cast<unsigned char>(PQgetvalue(row.get(), 0, 1)[i]);
      visit({text(row, 0), version, text(row, 2)});
    }
  }

 private:
  static std::string_view text(const result& row, int column) {
    return {PQgetvalue(row.get(), 0, column),
            static_cast<std::size_t>(PQgetlength(row.get(), 0, column))};
  }
  [[nodiscard]] std::string data() const { return directory() / "data"; }
  [[nodiscard]] std::string how() const {
    return "host=" + sockets().string() + " user=cairn dbname=postgres";
  }

  void start_server() {
    std::vector<std::string> command{(programs() / "postgres").string(), "-D", data()};
    for (const std::string& setting :
         std::vector<std::string>{"listen_addresses=",
                                  "unix_socket_directories=" + sockets().string(),
                                  "fsync=on",
                                  "synchronous_commit=on",
                                  "full_page_writes=on",
                                  "shared_buffers=1GB",
                                  "max_wal_size=8GB",
                                  "checkpoint_timeout=30min",
                                  "wal_level=minimal",
                                  "max_wal_senders=0",
                                  "jit=off"}) {
      command.insert(command.end(), {"-c", setting});
    }
    start({command, directory() / "server.log", user_, SIGQUIT},
          [this] { return PQping(how().c_str()) == PQPING_OK; });
  }

  void connect_all() { connect(how(), connections); }

  other_user user_;
};

}  // namespace

peer_kind postgres_kind() {
  return {.key = "postgres",
          .name = "PostgreSQL",
          .durability = "synced before the answer (fsync, synchronous_commit)",
          .durable = true,
          .absence = programs().empty() ? "no server is installed" : "",
          .make = [](const places& where, std::uint32_t /*clients*/) {
            return std::make_unique<postgres_peer>(where);
          }};
}

}  // namespace bench
