#include "command_consumer.hpp"

#include "stream.hpp"

namespace cairn::nats {
namespace {

error unavailable(const consumer_wish& wish, natsStatus status) {
  return {error::code::unavailable,
          "JetStream: consumer " + wish.group + " of " + wish.stream.name + ": " + text_of(status)};
}

/// The same for all gates of the group, so that it does not matter which of them makes it. In the
/// space of inboxes, which clients may usually listen to.
std::string delivery_subject(const consumer_wish& wish) {
  return "_INBOX.cairn." + wish.stream.name + "." + wish.group;
}

result<consumer_info_owner> make_consumer(jsCtx& context, const consumer_wish& wish) {
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  const std::string subject = delivery_subject(wish);
  config.Durable = wish.group.c_str();
  config.DeliverSubject = subject.c_str();
  config.DeliverGroup = wish.group.c_str();
  config.DeliverPolicy = js_DeliverAll;
  config.AckPolicy = js_AckExplicit;
  config.AckWait = wish.acknowledge_within.count();
  config.MaxDeliver = -1;
  config.MaxAckPending = wish.unacknowledged_max;
  config.FilterSubject = wish.subject.c_str();
  jsConsumerInfo* info = nullptr;
  const natsStatus status =
      js_AddConsumer(&info, &context, wish.stream.name.c_str(), &config, nullptr, nullptr);
  if (status != NATS_OK) return unavailable(wish, status);
  return consumer_info_owner{info};
}

result<consumer_info_owner> find_or_make(jsCtx& context, const consumer_wish& wish) {
  jsConsumerInfo* info = nullptr;
  jsErrCode number{};
  const natsStatus status = js_GetConsumerInfo(
      &info, &context, wish.stream.name.c_str(), wish.group.c_str(), nullptr, &number);
  if (status == NATS_OK) return consumer_info_owner{info};
  const bool is_missing = number == JSConsumerNotFoundErr || status == NATS_NOT_FOUND;
  if (!is_missing) return unavailable(wish, status);
  return make_consumer(context, wish);
}

}  // namespace

result<command_consumer> ensure_consumer(natsConnection& connection, const consumer_wish& wish) {
  auto context = context_of(connection);
  if (!context) return context.error();
  // What is done with need not be kept: the journal has what came of it.
  auto stream = ensure_stream(**context, wish.stream, wish.subject, js_WorkQueuePolicy);
  if (!stream) return stream.error();
  auto info = find_or_make(**context, wish);
  if (!info) return info.error();
  const jsConsumerConfig& has = *(*info)->Config;
  const bool sends = has.DeliverSubject != nullptr && has.DeliverGroup != nullptr &&
                     wish.group == has.DeliverGroup;
  if (!sends || has.AckPolicy != js_AckExplicit || has.FlowControl) {
    return error{error::code::bad_config,
                 "JetStream: the consumer " + wish.group + " of " + wish.stream.name +
                     " must push to the group of its name, want each message acknowledged, and "
                     "have no flow control"};
  }
  return command_consumer{has.DeliverSubject, std::chrono::nanoseconds{has.AckWait}};
}

}  // namespace cairn::nats
