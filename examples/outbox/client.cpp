#include "outbox/client.hpp"

#include "outbox/serve.hpp"
#include "support/stop_signal.hpp"

#include <iostream>
#include <memory>
#include <nats/nats.h>

namespace cinema {
namespace {

using support::exit_code;

constexpr std::int64_t look_up_every_ms = 50;

template <auto Destroy> struct destroyer {
  template <class T> void operator()(T* what) const noexcept { Destroy(what); }
};
using connection_owner = std::unique_ptr<natsConnection, destroyer<natsConnection_Destroy>>;
using context_owner = std::unique_ptr<jsCtx, destroyer<jsCtx_Destroy>>;
using subscription_owner = std::unique_ptr<natsSubscription, destroyer<natsSubscription_Destroy>>;
using message_owner = std::unique_ptr<natsMsg, destroyer<natsMsg_Destroy>>;

exit_code fail(const std::string& what, natsStatus status) {
  std::cerr << "outbox: " << what << ": " << natsStatus_GetText(status) << '\n';
  return exit_code::failed;
}

struct connected {
  connection_owner connection;
  context_owner streams;
};

natsStatus connect(const std::string& server, connected& to) {
  natsConnection* connection = nullptr;
  natsStatus status = natsConnection_ConnectTo(&connection, server.c_str());
  to.connection.reset(connection);
  jsCtx* streams = nullptr;
  if (status == NATS_OK) status = natsConnection_JetStream(&streams, connection, nullptr);
  to.streams.reset(streams);
  return status;
}

std::string body_of(natsMsg& message) {
  return {natsMsg_GetData(&message), static_cast<std::size_t>(natsMsg_GetDataLength(&message))};
}

std::string header_of(natsMsg& message, const char* name) {
  const char* value = nullptr;
  return natsMsgHeader_Get(&message, name, &value) == NATS_OK ? value : "";
}

exit_code meaning_of(const std::string& answer) {
  if (answer.find(R"("outcome":"accepted")") != answer.npos) return exit_code::done;
  if (answer.find(R"("outcome":"rejected")") != answer.npos) return exit_code::rejected;
  return exit_code::failed;
}

/// Keeps the command in its stream; whoever has it done answers to `inbox`.
natsStatus put(jsCtx& streams, const std::string& command, const char* inbox) {
  natsMsg* made = nullptr;
  natsStatus status = natsMsg_Create(
      &made, command_subject, nullptr, command.data(), static_cast<int>(command.size()));
  const message_owner message{made};
  if (status == NATS_OK) status = natsMsgHeader_Set(made, "Cairn-Reply-To", inbox);
  if (status != NATS_OK) return status;
  return js_PublishMsg(nullptr, &streams, made, nullptr, nullptr);
}

}  // namespace

exit_code send(const std::string& server,
               const std::string& command,
               std::chrono::milliseconds timeout) {
  connected to;
  natsStatus status = connect(server, to);
  if (status != NATS_OK) return fail(server, status);
  natsInbox* made = nullptr;
  status = natsInbox_Create(&made);
  const std::unique_ptr<natsInbox, destroyer<natsInbox_Destroy>> inbox{made};
  natsSubscription* subscription = nullptr;
  if (status == NATS_OK) {
    status = natsConnection_SubscribeSync(&subscription, to.connection.get(), made);
  }
  const subscription_owner answers{subscription};
  if (status == NATS_OK) status = put(*to.streams, command, made);
  if (status != NATS_OK) return fail("the command is not in the stream", status);
  if (timeout.count() == 0) return exit_code::done;

  natsMsg* received = nullptr;
  status = natsSubscription_NextMsg(&received, subscription, timeout.count());
  const message_owner message{received};
  if (status != NATS_OK) return fail("the command waits in the stream; no answer yet", status);
  const std::string answer = body_of(*received);
  std::cout << answer << '\n';
  return meaning_of(answer);
}

exit_code listen(const std::string& server, std::uint64_t count) {
  connected to;
  natsStatus status = connect(server, to);
  if (status != NATS_OK) return fail(server, status);
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = event_stream;
  options.Ordered = true;
  natsSubscription* subscription = nullptr;
  status =
      js_SubscribeSync(&subscription, to.streams.get(), "events.>", nullptr, &options, nullptr);
  const subscription_owner events{subscription};
  if (status != NATS_OK) return fail("the stream of events", status);

  for (std::uint64_t seen = 0; count == 0 || seen < count;) {
    if (support::stop_signal() != 0) return exit_code::done;
    natsMsg* received = nullptr;
    status = natsSubscription_NextMsg(&received, subscription, look_up_every_ms);
    const message_owner message{received};
    if (status == NATS_TIMEOUT) continue;
    if (status != NATS_OK) return fail("the stream of events", status);
    std::cout << header_of(*received, "Cairn-Event-Id") << "  "
              << header_of(*received, "Cairn-Event-Type") << "  "
              << header_of(*received, "Cairn-Aggregate-Id") << "  " << body_of(*received)
              << std::endl;
    ++seen;
  }
  return exit_code::done;
}

}  // namespace cinema
