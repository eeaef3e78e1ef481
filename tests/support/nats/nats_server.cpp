#include "support/nats/nats_server.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <nats/nats.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds patience{60};
/// Debian puts servers where the path of users does not lead.
constexpr const char* programs[] = {"/usr/sbin/nats-server", "/usr/local/bin/nats-server"};

const char* program() {
  for (const char* one : programs) {
    if (access(one, X_OK) == 0) return one;
  }
  return nullptr;
}

sockaddr_in address_of(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// One that was free a moment ago.
std::uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = address_of(0);
  socklen_t size = sizeof address;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(probe, generic, size), 0);
  EXPECT_EQ(getsockname(probe, generic, &size), 0);
  close(probe);
  return ntohs(address.sin_port);
}

/// Also whoever it does not let in is told what server it is.
bool somebody_listens(std::uint16_t port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = address_of(port);
  char greeting = 0;
  const bool listens =
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      read(probe, &greeting, 1) == 1 && greeting == 'I';
  close(probe);
  return listens;
}

}  // namespace

bool nats_server::is_installed() {
  return program() != nullptr;
}

nats_server::~nats_server() {
  kill();
}

void nats_server::start(const std::string& settings) {
  ASSERT_EQ(process_, 0);
  // Whoever else has taken the port meanwhile keeps it: then another one is tried.
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (port_ == 0) port_ = free_port();
    const auto file = directory_.path() / "server.conf";
    std::ofstream{file} << "host: 127.0.0.1\nport: " << port_ << "\njetstream {store_dir: \""
                        << (directory_.path() / "streams").string() << "\"}\n"
                        << settings << '\n';
    const std::string log = (directory_.path() / "server.log").string();
    process_ = fork();
    if (process_ == 0) {
      const int nowhere = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
      dup2(nowhere, STDOUT_FILENO);
      dup2(nowhere, STDERR_FILENO);
      execl(program(), program(), "-c", file.c_str(), nullptr);
      _exit(127);
    }
    if (wait_until_it_listens()) return;
    kill();
    port_ = 0;
  }
  FAIL() << "nats-server does not start";
}

bool nats_server::wait_until_it_listens() const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (somebody_listens(port_)) return true;
    if (waitpid(process_, nullptr, WNOHANG) != 0) return false;
    std::this_thread::yield();
  }
  return false;
}

void nats_server::kill() {
  if (process_ == 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = 0;
}

/// A connection for one question.
class nats_observer::connected {
 public:
  explicit connected(const std::string& url) {
    EXPECT_EQ(natsConnection_ConnectTo(&connection, url.c_str()), NATS_OK) << url;
    EXPECT_EQ(natsConnection_JetStream(&context, connection, nullptr), NATS_OK);
  }
  connected(const connected&) = delete;
  connected& operator=(const connected&) = delete;
  ~connected() {
    jsCtx_Destroy(context);
    natsConnection_Destroy(connection);
  }

  natsConnection* connection = nullptr;
  jsCtx* context = nullptr;
};

namespace {

std::string header_of(natsMsg* message, const char* name) {
  const char* value = nullptr;
  return natsMsgHeader_Get(message, name, &value) == NATS_OK ? value : "";
}

std::string body_of(natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

}  // namespace

std::vector<stored_message> nats_observer::messages(const std::string& stream) const {
  const connected on{url_};
  jsStreamInfo* info = nullptr;
  std::vector<stored_message> found;
  if (js_GetStreamInfo(&info, on.context, stream.c_str(), nullptr, nullptr) != NATS_OK) return {};
  const std::uint64_t last = info->State.LastSeq;
  for (std::uint64_t number = info->State.FirstSeq; number <= last && last > 0; ++number) {
    natsMsg* message = nullptr;
    if (js_GetMsg(&message, on.context, stream.c_str(), number, nullptr, nullptr) != NATS_OK) {
      ADD_FAILURE() << "message " << number << " cannot be read";
      break;
    }
    found.push_back({natsMsg_GetSubject(message),
                     header_of(message, "Nats-Msg-Id"),
                     header_of(message, "Cairn-Aggregate-Id"),
                     std::strtoull(header_of(message, "Cairn-Version").c_str(), nullptr, 10),
                     body_of(message)});
    natsMsg_Destroy(message);
  }
  jsStreamInfo_Destroy(info);
  return found;
}

std::uint64_t nats_observer::count(const std::string& stream) const {
  const connected on{url_};
  jsStreamInfo* info = nullptr;
  EXPECT_EQ(js_GetStreamInfo(&info, on.context, stream.c_str(), nullptr, nullptr), NATS_OK);
  const std::uint64_t messages = info != nullptr ? info->State.Msgs : 0;
  jsStreamInfo_Destroy(info);
  return messages;
}

std::vector<std::string> nats_observer::header(const std::string& stream,
                                               std::uint64_t number,
                                               const std::string& name) const {
  const connected on{url_};
  natsMsg* message = nullptr;
  EXPECT_EQ(js_GetMsg(&message, on.context, stream.c_str(), number, nullptr, nullptr), NATS_OK);
  const char** values = nullptr;
  int count = 0;
  std::vector<std::string> all;
  if (natsMsgHeader_Values(message, name.c_str(), &values, &count) == NATS_OK) {
    all.assign(values, values + count);
    free(static_cast<void*>(values));
  }
  natsMsg_Destroy(message);
  return all;
}

void nats_observer::make_stream(const std::string& stream,
                                const std::string& subjects,
                                std::int32_t message_bytes_max) const {
  const connected on{url_};
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  const char* patterns[] = {subjects.c_str()};
  config.Name = stream.c_str();
  config.Subjects = patterns;
  config.SubjectsLen = 1;
  config.MaxMsgSize = message_bytes_max;
  EXPECT_EQ(js_AddStream(nullptr, on.context, &config, nullptr, nullptr), NATS_OK);
}

void nats_observer::publish_with_id(const std::string& subject,
                                    const std::string& body,
                                    const std::string& id) const {
  const connected on{url_};
  jsPubOptions options;
  jsPubOptions_Init(&options);
  if (!id.empty()) options.MsgId = id.c_str();
  const int size = static_cast<int>(body.size());
  EXPECT_EQ(js_Publish(nullptr, on.context, subject.c_str(), body.data(), size, &options, nullptr),
            NATS_OK);
}

void nats_observer::publish_all(const std::string& subject,
                                const std::vector<std::string>& bodies) const {
  const connected on{url_};
  for (const std::string& body : bodies) {
    const int size = static_cast<int>(body.size());
    EXPECT_EQ(js_Publish(nullptr, on.context, subject.c_str(), body.data(), size, nullptr, nullptr),
              NATS_OK);
  }
}

void nats_observer::make_pull_consumer(const std::string& stream,
                                       const std::string& consumer) const {
  const connected on{url_};
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = consumer.c_str();
  config.AckPolicy = js_AckExplicit;
  EXPECT_EQ(js_AddConsumer(nullptr, on.context, stream.c_str(), &config, nullptr, nullptr),
            NATS_OK);
}

void nats_observer::remove_consumer(const std::string& stream, const std::string& consumer) const {
  const connected on{url_};
  EXPECT_EQ(js_DeleteConsumer(on.context, stream.c_str(), consumer.c_str(), nullptr, nullptr),
            NATS_OK);
}

std::string nats_observer::request_through_stream(const std::string& subject,
                                                  const std::string& body) const {
  const connected on{url_};
  natsSubscription* answers = nullptr;
  natsInbox* inbox = nullptr;
  EXPECT_EQ(natsInbox_Create(&inbox), NATS_OK);
  EXPECT_EQ(natsConnection_SubscribeSync(&answers, on.connection, inbox), NATS_OK);
  natsMsg* message = nullptr;
  EXPECT_EQ(natsMsg_Create(
                &message, subject.c_str(), nullptr, body.data(), static_cast<int>(body.size())),
            NATS_OK);
  EXPECT_EQ(natsMsgHeader_Set(message, "Cairn-Reply-To", inbox), NATS_OK);
  EXPECT_EQ(js_PublishMsg(nullptr, on.context, message, nullptr, nullptr), NATS_OK);
  natsMsg_Destroy(message);
  natsMsg* answer = nullptr;
  std::string text;
  if (natsSubscription_NextMsg(&answer, answers, std::chrono::milliseconds{patience}.count()) ==
      NATS_OK) {
    text = body_of(answer);
    natsMsg_Destroy(answer);
  }
  natsSubscription_Destroy(answers);
  natsInbox_Destroy(inbox);
  return text;
}

std::string nats_observer::request(const std::string& subject,
                                   const std::string& body,
                                   std::chrono::milliseconds timeout) const {
  const connected on{url_};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    natsMsg* answer = nullptr;
    const natsStatus status = natsConnection_Request(&answer,
                                                     on.connection,
                                                     subject.c_str(),
                                                     body.data(),
                                                     static_cast<int>(body.size()),
                                                     timeout.count());
    if (status == NATS_OK) {
      std::string text = body_of(answer);
      natsMsg_Destroy(answer);
      return text;
    }
    // Nobody listens yet.
    if (status != NATS_NO_RESPONDERS || std::chrono::steady_clock::now() > deadline) return {};
  }
}

std::vector<std::string> nats_observer::request_all(const std::string& subject,
                                                    const std::vector<std::string>& bodies) const {
  const connected on{url_};
  natsSubscription* answers = nullptr;
  natsInbox* inbox = nullptr;
  EXPECT_EQ(natsInbox_Create(&inbox), NATS_OK);
  EXPECT_EQ(natsConnection_SubscribeSync(&answers, on.connection, inbox), NATS_OK);
  for (const std::string& body : bodies) {
    const int size = static_cast<int>(body.size());
    EXPECT_EQ(
        natsConnection_PublishRequest(on.connection, subject.c_str(), inbox, body.data(), size),
        NATS_OK);
  }
  std::vector<std::string> all;
  natsMsg* answer = nullptr;
  const auto wait = std::chrono::milliseconds{patience}.count();
  while (all.size() < bodies.size() &&
         natsSubscription_NextMsg(&answer, answers, wait) == NATS_OK) {
    all.push_back(body_of(answer));
    natsMsg_Destroy(answer);
  }
  natsSubscription_Destroy(answers);
  natsInbox_Destroy(inbox);
  return all;
}

}  // namespace cairn::tests
