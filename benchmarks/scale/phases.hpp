#pragma once

#include "commands/choice.hpp"
#include "scale/ended_process.hpp"
#include "scale/kept_store.hpp"
#include "scale/versions.hpp"
#include "support/options.hpp"

#include <cstdint>
#include <functional>

namespace bench {

/// What every phase works on. All of it outlives the process of the phase.
struct ground {
  const options& chosen;
  const kept_store& store;
  /// As the answers say; the phases compare and go on.
  versions& seen;
};

// Each is the work of a process that is ended: see in_ended_process. They begin with the start of a
// runtime, compare every answer, and note the first trouble.

/// Fills the store and says on stderr how far it is.
void prepare(const ground& on, told& found, const std::function<void()>& end);

/// One command to an aggregate that sleeps. @param place which one, see leaps
void answer_first(const ground& on,
                  std::uint32_t place,
                  told& found,
                  const std::function<void()>& end);

/// For the time of --seconds, one client sends a command to one sleeping aggregate after the other.
/// @param stores an event each time; otherwise a look, which does not wait for the disk to sync
/// @param place of the first of them, see leaps
void wake_one_by_one(const ground& on,
                     bool stores,
                     std::uint32_t place,
                     told& found,
                     const std::function<void()>& end);

/// For the time of --seconds, so many clients send a command each to the aggregates of `choice`.
void send_commands(const ground& on,
                   std::uint32_t clients,
                   const aggregate_choice& choice,
                   told& found,
                   const std::function<void()>& end);

/// A new read model in tables, one row for each aggregate, until it has caught up or the time of
/// --feed is over.
void feed_read_model(const ground& on, told& found, const std::function<void()>& end);

/// For the time of --seconds, so many threads ask that read model for one aggregate each.
void ask_read_model(const ground& on,
                    std::uint32_t clients,
                    told& found,
                    const std::function<void()>& end);

}  // namespace bench
