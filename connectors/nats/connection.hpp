#pragma once

#include "cairn/nats/connection_options.hpp"
#include "cairn/result.hpp"

#include <memory>
#include <nats/nats.h>
#include <string>

// The library's objects with owners, and its errors as ours.

namespace cairn::nats {

template <auto Destroy> struct destroyer {
  template <class T> void operator()(T* what) const noexcept { Destroy(what); }
};
using options_owner = std::unique_ptr<natsOptions, destroyer<natsOptions_Destroy>>;
using connection_owner = std::unique_ptr<natsConnection, destroyer<natsConnection_Destroy>>;
/// @pre its connection is closed before it goes: that waits for the library's reading thread, which
/// in libnats before 3.6.1 (issue 637 of nats.c) writes into a subscription that is destroyed while
/// a message comes for it.
using subscription_owner = std::unique_ptr<natsSubscription, destroyer<natsSubscription_Destroy>>;
using message_owner = std::unique_ptr<natsMsg, destroyer<natsMsg_Destroy>>;
using context_owner = std::unique_ptr<jsCtx, destroyer<jsCtx_Destroy>>;
using stream_info_owner = std::unique_ptr<jsStreamInfo, destroyer<jsStreamInfo_Destroy>>;
using consumer_info_owner = std::unique_ptr<jsConsumerInfo, destroyer<jsConsumerInfo_Destroy>>;

/// Whether a lost connection is mended behind our back, what is sent meanwhile being kept.
enum class when_lost : bool { ends, reconnects };

/// bad_config: what the library says of an option, or of a file that it names.
[[nodiscard]] result<options_owner> make_options(const connection_options& from, when_lost then);

/// Blocks for at most the connect_timeout of each server. unavailable.
[[nodiscard]] result<connection_owner> connect(natsOptions& options);

/// "nats://127.0.0.1:4222"
[[nodiscard]] std::string server_of(natsConnection& connection);

/// What the library says of the newest trouble of this thread.
[[nodiscard]] std::string text_of(natsStatus status);

/// A new subject for answers.
[[nodiscard]] result<std::string> make_inbox();

}  // namespace cairn::nats
