// Redis, a server of the benchmark's own behind a Unix socket: a stream for each aggregate, whose
// entries have the version as id, sent as pipelines over several connections.
#include "compare/connected_peer.hpp"
#include "compare/peers.hpp"
#include "compare/server_process.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <hiredis/hiredis.h>
#include <memory>
#include <poll.h>
#include <stdexcept>

namespace bench {
namespace {

/// The server reads at most 16 KiB from each connection before it syncs, so one alone would make
/// many small groups of many clients; but each costs something, too. These were the best.
std::size_t connections_for(std::uint32_t clients) {
  return std::clamp<std::size_t>(clients / 16, 1, 16);
}

struct closer {
  void operator()(redisContext* one) const noexcept { redisFree(one); }
  void operator()(redisReply* one) const noexcept { freeReplyObject(one); }
};
using session = std::unique_ptr<redisContext, closer>;
using reply = std::unique_ptr<redisReply, closer>;

session checked(redisContext* made) {
  session one{made};
  if (!one || one->err != 0) throw std::runtime_error{one ? one->errstr : "no memory"};
  return one;
}

/// One session and who waits for its answers, in the order in which they come.
class connection {
 public:
  explicit connection(const std::string& socket)
      : session_(checked(redisConnectUnixNonBlock(socket.c_str()))) {}

  void add(const append& wish) {
    std::array<char, 24> id{};
    char* end = std::to_chars(id.data(), id.data() + id.size(), wish.version).ptr;
    *end++ = '-';
    *end++ = '1';
    const std::array<const char*, 5> words{
        "XADD", wish.name.data(), id.data(), "e", wish.payload.data()};
    const std::array<std::size_t, 5> sizes{
        4, wish.name.size(), static_cast<std::size_t>(end - id.data()), 1, wish.payload.size()};
    check(redisAppendCommandArgv(session_.get(),
                                 static_cast<int>(words.size()),
                                 const_cast<const char**>(words.data()),
                                 sizes.data()));
    waiting_.push_back(wish.client);
    sent_all_ = false;
  }

  void send() {
    if (sent_all_) return;
    int done = 0;
    check(redisBufferWrite(session_.get(), &done));
    sent_all_ = done == 1;
  }

  [[nodiscard]] pollfd wanted() const {
    return {session_->fd, static_cast<short>(sent_all_ ? POLLIN : POLLIN | POLLOUT), 0};
  }

  void receive(std::vector<answer>& answers) {
    check(redisBufferRead(session_.get()));
    while (!waiting_.empty()) {
      void* made = nullptr;
      check(redisGetReplyFromReader(session_.get(), &made));
      if (made == nullptr) return;
      const reply got{static_cast<redisReply*>(made)};
      answers.push_back({waiting_.front(), was_stored(*got)});
      waiting_.pop_front();
    }
  }

 private:
  void check(int code) const {
    if (code != REDIS_OK) throw std::runtime_error{session_->errstr};
  }

  static bool was_stored(const redisReply& got) {
    const std::string_view text{got.str, got.len};
    if (got.type != REDIS_REPLY_ERROR) return true;
    if (text.find("equal or smaller than the target stream top item") == text.npos) {
      throw std::runtime_error{std::string{text}};
    }
    return false;
  }

  session session_;
  std::deque<std::uint32_t> waiting_;
  bool sent_all_ = true;
};

class redis_peer final : public connected_peer<connection> {
 public:
  redis_peer(const places& where, std::uint32_t clients)
      : connected_peer("Redis", where), connection_count_(connections_for(clients)) {
    open();
  }

  void reopen() override {
    end(SIGKILL);
    open();
  }

  void read(const std::function<void(const stored_event&)>& visit) override {
    const session in = checked(redisConnectUnix(socket().c_str()));
    const reply keys = ask(in, "KEYS *");
    for (std::size_t i = 0; i < keys->elements; ++i) {
      const std::string_view name{keys->element[i]->str, keys->element[i]->len};
      const reply entries = ask(in, "XRANGE %b - +", name.data(), name.size());
      for (std::size_t j = 0; j < entries->elements; ++j) {
        const redisReply& id = *entries->element[j]->element[0];
        const redisReply& payload = *entries->element[j]->element[1]->element[1];
        std::uint64_t version = 0;
        std::from_chars(id.str, id.str + id.len, version);
        visit({name, version, {payload.str, payload.len}});
      }
    }
  }

 private:
  [[nodiscard]] std::string socket() const { return sockets() / "redis"; }

  template <class... Arguments>
  static reply ask(const session& in, const char* command, Arguments... arguments) {
    reply got{static_cast<redisReply*>(redisCommand(in.get(), command, arguments...))};
    if (!got) throw std::runtime_error{in->errstr};
    if (got->type == REDIS_REPLY_ERROR) throw std::runtime_error{got->str};
    return got;
  }

  [[nodiscard]] bool answers_ping() const {
    const session in{redisConnectUnix(socket().c_str())};
    if (!in || in->err != 0) return false;
    const reply got{static_cast<redisReply*>(redisCommand(in.get(), "PING"))};
    return got && got->type == REDIS_REPLY_STATUS;  // An error while it reads its log.
  }

  void open() {
    start({{find_program("redis-server").string(),
            "--port",
            "0",
            "--unixsocket",
            socket(),
            "--dir",
            directory().string(),
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--auto-aof-rewrite-percentage",
            "0",
            "--save",
            ""},
           directory() / "server.log"},
          [this] { return answers_ping(); });
    connect(socket(), connection_count_);
  }

  std::size_t connection_count_;
};

}  // namespace

peer_kind redis_kind() {
  return {.key = "redis",
          .name = "Redis",
          .durability = "synced before the answer (appendfsync always)",
          .durable = true,
          .absence = find_program("redis-server").empty() ? "no redis-server is installed" : "",
          .make = [](const places& where, std::uint32_t clients) {
            return std::make_unique<redis_peer>(where, clients);
          }};
}

}  // namespace bench
