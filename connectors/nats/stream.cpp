#include "stream.hpp"

namespace cairn::nats {
namespace {

result<found_or_made> make_stream(jsCtx& context,
                                  const stream_options& stream,
                                  const std::string& subjects,
                                  jsRetentionPolicy kept) {
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  const char* patterns[] = {subjects.c_str()};
  config.Name = stream.name.c_str();
  config.Subjects = patterns;
  config.SubjectsLen = 1;
  config.Retention = kept;
  config.Storage = js_FileStorage;
  config.Replicas = stream.replicas;
  config.Duplicates =
      std::chrono::duration_cast<std::chrono::nanoseconds>(stream.duplicate_window).count();
  const natsStatus status = js_AddStream(nullptr, &context, &config, nullptr, nullptr);
  if (status == NATS_OK) return found_or_made::made;
  return error{error::code::unavailable,
               "JetStream: the stream " + stream.name + " cannot be made: " + text_of(status)};
}

}  // namespace

result<context_owner> context_of(natsConnection& connection) {
  jsCtx* made = nullptr;
  const natsStatus status = natsConnection_JetStream(&made, &connection, nullptr);
  if (status == NATS_OK) return context_owner{made};
  return error{error::code::unavailable, "NATS: " + text_of(status)};
}

result<found_or_made> ensure_stream(jsCtx& context,
                                    const stream_options& stream,
                                    const std::string& subjects,
                                    jsRetentionPolicy kept) {
  jsStreamInfo* info = nullptr;
  jsErrCode number{};
  const natsStatus status =
      js_GetStreamInfo(&info, &context, stream.name.c_str(), nullptr, &number);
  const stream_info_owner found{info};
  if (status == NATS_OK) return found_or_made::found;
  if (number != JSStreamNotFoundErr && status != NATS_NOT_FOUND) {
    return error{error::code::unavailable, "JetStream: " + text_of(status)};
  }
  if (stream.create) return make_stream(context, stream, subjects, kept);
  return error{error::code::not_found,
               "JetStream: there is no stream " + stream.name +
                   "; make it, or have it made (stream.create)"};
}

}  // namespace cairn::nats
