#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cairn::nats {

/// A stream of JetStream.
struct stream_options {
  /// What an empty name means says the one who takes these options.
  std::string name = {};
  /// Makes the stream if there is none of this name: in files, for the subjects that are used here.
  /// One that is there is left as it is.
  bool create = false;
  /// Of a stream that is made: how long it knows the ids of messages that come again.
  std::chrono::seconds duplicate_window{120};
  /// Of a stream that is made.
  std::uint32_t replicas = 1;
};

}  // namespace cairn::nats
