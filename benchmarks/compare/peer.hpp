#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// One event that a client wants stored as the next one of a stream.
struct append {
  /// Whoever waits for the answer. Each has one append on its way at most.
  std::uint32_t client = 0;
  /// Number and name of the stream. The name outlives the store.
  std::uint32_t stream = 0;
  std::string_view name;
  /// That the event is to have: the stream is expected to have one less.
  std::uint64_t version = 0;
  /// Does not change until the answer is there.
  std::string_view payload;
};

struct answer {
  std::uint32_t client = 0;
  /// False: refused, since the stream has this version already.
  bool stored = false;
};

/// What is found in a store.
struct stored_event {
  std::string_view stream;
  std::uint64_t version = 0;
  std::string_view payload;
};

/// Another store of events, started empty when it is made, ended and removed with the object.
///
/// Of one stream several appends may be on their way, in the order of their versions.
/// All functions throw std::runtime_error when something does not work. One thread.
class peer {
 public:
  peer() = default;
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  virtual ~peer() = default;

  /// Sends appends on their way.
  virtual void submit(std::span<const append> wishes) = 0;
  /// Waits for answers, and adds at least one to `answers`. @pre one is on its way
  virtual void wait(std::vector<answer>& answers) = 0;

  /// Ends the store as hard as its promise allows, and opens it again.
  /// @pre nothing is on its way
  virtual void reopen() = 0;
  /// Visits every event that is stored; those of a stream in the order of their versions.
  /// @pre nothing is on its way
  virtual void read(const std::function<void(const stored_event&)>& visit) = 0;
};

/// Where a peer may put things.
struct places {
  /// On the disk that is measured. Other users may enter it.
  std::filesystem::path disk;
  /// For Unix sockets, whose names must be short.
  std::filesystem::path sockets;
};

/// A kind of store that Cairn can be compared with.
struct peer_kind {
  /// As --peers takes it.
  std::string key;
  std::string name;
  /// What an answered append has survived. Short.
  std::string durability;
  /// Whether an answered append survives the loss of power.
  bool durable = false;
  /// Why it cannot be measured here; empty when it can.
  std::string absence;
  /// Starts one that so many clients will use.
  std::function<std::unique_ptr<peer>(const places&, std::uint32_t clients)> make;
};

}  // namespace bench
