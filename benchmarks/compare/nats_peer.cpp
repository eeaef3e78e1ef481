// NATS JetStream, a server of the benchmark's own on a free port of the loopback: one stream on
// disk, a subject for each aggregate. Each publish names the sequence number of its subject's last
// message, which is known from that one's acknowledgement; so of a subject one is on its way at a
// time, and others of it wait here.
#include "compare/mailbox.hpp"
#include "compare/patience.hpp"
#include "compare/peers.hpp"
#include "compare/server_process.hpp"
#include "support/scratch_directory.hpp"

#include <charconv>
#include <deque>
#include <memory>
#include <nats/nats.h>
#include <optional>
#include <stdexcept>
#include <unordered_map>

namespace bench {
namespace {

constexpr std::string_view subject_prefix = "events.";
constexpr std::string_view inbox = "_INBOX.compare.";
constexpr const char* stream_name = "events";

void check(natsStatus status) {
  if (status != NATS_OK) throw std::runtime_error{natsStatus_GetText(status)};
}

struct closer {
  void operator()(natsConnection* one) const noexcept { natsConnection_Destroy(one); }
  void operator()(natsSubscription* one) const noexcept { natsSubscription_Destroy(one); }
  void operator()(natsMsg* one) const noexcept { natsMsg_Destroy(one); }
  void operator()(natsOptions* one) const noexcept { natsOptions_Destroy(one); }
  void operator()(jsCtx* one) const noexcept { jsCtx_Destroy(one); }
};
template <class T> using owned = std::unique_ptr<T, closer>;

/// What the server says of one publish.
struct acknowledgement {
  std::uint32_t client = 0;
  /// In the stream; 0: refused, as another sequence number was the last one.
  std::uint64_t sequence = 0;
};

/// {"stream":"events","seq":7} or
/// {"error":{"code":400,"err_code":10071,...},"stream":"events","seq":0}
std::uint64_t sequence_in(std::string_view text) {
  constexpr std::string_view before = "\"seq\":";
  if (text.find("\"error\"") != text.npos) {
    if (text.find("\"err_code\":10071") != text.npos) return 0;
    throw std::runtime_error{std::string{text}};
  }
  const auto at = text.find(before);
  std::uint64_t sequence = 0;
  if (at != text.npos) {
    std::from_chars(text.data() + at + before.size(), text.data() + text.size(), sequence);
  }
  if (sequence == 0) throw std::runtime_error{"a strange acknowledgement: " + std::string{text}};
  return sequence;
}

class nats_peer final : public peer {
 public:
  explicit nats_peer(const places& where) : directory_(where.disk) {
    start();
    jsStreamConfig stream;
    check(jsStreamConfig_Init(&stream));
    const char* subjects = "events.*";
    stream.Name = stream_name;
    stream.Subjects = &subjects;
    stream.SubjectsLen = 1;
    stream.Storage = js_FileStorage;
    check(js_AddStream(nullptr, context_.get(), &stream, nullptr, nullptr));
  }
  ~nats_peer() override { disconnect(); }

  void submit(std::span<const append> wishes) override {
    for (const append& one : wishes) {
      subject& of = subjects_[one.stream];
      of.waiting.push_back(one);
      if (of.waiting.size() == 1) publish(of);
    }
  }

  void wait(std::vector<answer>& answers) override {
    acknowledged_.take_in_time(taken_);
    for (const acknowledgement& one : taken_) {
      subject& of = subjects_.at(on_their_way_.at(one.client));
      answers.push_back({one.client, one.sequence != 0});
      if (one.sequence != 0) {
        of.before = std::exchange(of.last, one.sequence);
        of.version = of.waiting.front().version;
      }
      of.waiting.pop_front();
      if (!of.waiting.empty()) publish(of);
    }
  }

  void reopen() override {
    disconnect();
    server_->end(SIGTERM);  // In good order, as it promises nothing else.
    start();
  }

  void read(const std::function<void(const stored_event&)>& visit) override {
    jsSubOptions ordered;
    check(jsSubOptions_Init(&ordered));
    ordered.Ordered = true;
    ordered.Stream = stream_name;
    natsSubscription* made = nullptr;
    check(js_SubscribeSync(&made, context_.get(), "events.*", nullptr, &ordered, nullptr));
    const owned<natsSubscription> all{made};
    check(natsSubscription_SetPendingLimits(all.get(), -1, -1));
    std::unordered_map<std::string, std::uint64_t> versions;
    for (std::uint64_t left = count(); left > 0; --left) {
      natsMsg* next = nullptr;
      check(natsSubscription_NextMsg(&next, all.get(), patience_ms));
      const owned<natsMsg> message{next};
      const std::string name = natsMsg_GetSubject(next) + subject_prefix.size();
      visit({name,
             ++versions[name],
             {natsMsg_GetData(next), static_cast<std::size_t>(natsMsg_GetDataLength(next))}});
    }
  }

 private:
  struct subject {
    /// The first of them is on its way.
    std::deque<append> waiting;
    std::uint64_t version = 0;
    /// Sequence numbers of this version and of the one before.
    std::uint64_t last = 0;
    std::uint64_t before = 0;
  };

  void publish(const subject& of) {
    const append& wish = of.waiting.front();
    on_their_way_[wish.client] = wish.stream;
    const std::uint64_t expected = wish.version > of.version ? of.last : of.before;
    const std::string to = std::string{subject_prefix}.append(wish.name);
    const std::string answer_to = std::string{inbox} + std::to_string(wish.client);
    natsMsg* made = nullptr;
    check(natsMsg_Create(&made,
                         to.c_str(),
                         answer_to.c_str(),
                         wish.payload.data(),
                         static_cast<int>(wish.payload.size())));
    const owned<natsMsg> message{made};
    check(natsMsgHeader_Set(
        made, "Nats-Expected-Last-Subject-Sequence", std::to_string(expected).c_str()));
    check(natsConnection_PublishMsg(connection_.get(), made));
  }

  /// By a thread of the client's library.
  static void take_answer(natsConnection* /*from*/,
                          natsSubscription* /*of*/,
                          natsMsg* got,
                          void* self) noexcept {
    const owned<natsMsg> message{got};
    auto& acknowledged = static_cast<nats_peer*>(self)->acknowledged_;
    try {
      const std::string_view to = natsMsg_GetSubject(got);
      acknowledgement one;
      std::from_chars(to.data() + inbox.size(), to.data() + to.size(), one.client);
      one.sequence =
          sequence_in({natsMsg_GetData(got), static_cast<std::size_t>(natsMsg_GetDataLength(got))});
      acknowledged.put({&one, 1});
    } catch (...) {
      acknowledged.fail(std::current_exception());
    }
  }

  std::uint64_t count() const {
    jsStreamInfo* info = nullptr;
    check(js_GetStreamInfo(&info, context_.get(), stream_name, nullptr, nullptr));
    const std::uint64_t messages = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return messages;
  }

  void start() {
    const std::uint16_t port = free_port();
    const std::string url = "nats://127.0.0.1:" + std::to_string(port);
    server_.emplace(program{{find_program("nats-server").string(),
                             "--addr",
                             "127.0.0.1",
                             "--port",
                             std::to_string(port),
                             "--jetstream",
                             "--store_dir",
                             directory_.path().string()},
                            directory_.path() / "server.log"},
                    [this, &url] { return connect(url); });
    std::string answers{inbox};
    answers += '*';
    natsSubscription* made = nullptr;
    check(natsConnection_Subscribe(&made, connection_.get(), answers.c_str(), take_answer, this));
    answers_.reset(made);
    check(natsSubscription_SetPendingLimits(made, -1, -1));
    jsCtx* context = nullptr;
    check(natsConnection_JetStream(&context, connection_.get(), nullptr));
    context_.reset(context);
  }

  bool connect(const std::string& url) {
    natsOptions* chosen = nullptr;
    check(natsOptions_Create(&chosen));
    const owned<natsOptions> options{chosen};
    check(natsOptions_SetURL(chosen, url.c_str()));
    // Else a thread sends a millisecond later.
    check(natsOptions_SetSendAsap(chosen, true));
    natsConnection* made = nullptr;
    const bool connected = natsConnection_Connect(&made, chosen) == NATS_OK;
    connection_.reset(made);
    return connected;
  }

  void disconnect() {
    context_.reset();
    answers_.reset();
    if (connection_) natsConnection_Close(connection_.get());
    connection_.reset();
  }

  scratch_directory directory_;
  std::optional<server_process> server_;
  mailbox<acknowledgement> acknowledged_;
  owned<natsConnection> connection_;
  owned<jsCtx> context_;
  owned<natsSubscription> answers_;
  std::unordered_map<std::uint32_t, subject> subjects_;
  /// By client: the stream that its append goes to.
  std::unordered_map<std::uint32_t, std::uint32_t> on_their_way_;
  std::vector<acknowledgement> taken_;
};

}  // namespace

peer_kind nats_kind() {
  return {.key = "nats",
          .name = "NATS JetStream",
          .durability = "NOT synced: the server answers before, and syncs every 2 minutes",
          .durable = false,
          .absence = find_program("nats-server").empty() ? "no nats-server is installed" : "",
          .make = [](const places& where, std::uint32_t /*clients*/) {
            return std::make_unique<nats_peer>(where);
          }};
}

}  // namespace bench
