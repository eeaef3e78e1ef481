#include "body.hpp"

#include "cairn/actors/atomic_commit.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

// Guards, before they set out: what is checked at the door, and what the sender's thread can find
// out, so that the writer only has to look at what comes between.

namespace cairn {

using actors::atomic_commit;
using detail::command_message;

result<persistence::append_guard> runtime::body::guard_in(
    std::size_t partition, command_message::guard_demand&& demand) const {
  if (auto good = check_patterns(demand.none_of); !good) return good.error();
  if (journals_.size() > 1 && !demand.within_partition) {
    return error{error::code::apart,
                 "a guard watches one of " + std::to_string(journals_.size()) +
                     " partitions: say within_partition when all that it is about lives there"};
  }
  if (!demand.after.empty() && demand.after.size() != journals_.size()) {
    return error{error::code::bad_input,
                 "the guard's cursor is of a store with " + std::to_string(demand.after.size()) +
                     " partitions, this one has " + std::to_string(journals_.size())};
  }
  return persistence::append_guard{std::move(demand.none_of),
                                   demand.after.empty() ? 0 : demand.after[partition]};
}

result<void> runtime::body::look_ahead(persistence::journal& journal,
                                       atomic_commit::options& into) const {
  std::uint64_t looks_left = parts_.settings.guard_events_max;
  const auto clear = journal.look_for(into.guard, looks_left);
  if (clear) {
    into.guard.after = *clear;
    return {};
  }
  // A repeat is answered all the same, and only the aggregate knows whether it is one.
  if (into.command_id.empty()) return clear.error();
  into.guard_broken = clear.error();
  return {};
}

/// As an atomic commit of one part, which waits for the writer's verdict. @pre it is admitted
void runtime::body::send_guarded(const aggregate_entry& entry, command_message* message) noexcept {
  std::unique_ptr<command_message> wish{message};
  const persistence::stream_name stream{entry.type->name(), wish->aggregate_id};
  const std::uint64_t hash = persistence::hash_of(stream);
  const std::size_t partition = partition_of(stream, hash);
  detail::admission::lane& lane = admission_.lane_to(partition);
  lane.enter();
  // From here on the message gives the credit back, once its sender has heard of the outcome.
  wish->door = &lane;
  if (wish->what_for != command_message::purpose::command) {
    return wish.release()->failed({error::code::bad_input, "only a command can have a guard"});
  }
  auto guard = guard_in(partition, std::move(*std::exchange(wish->guard, nullptr)));
  if (!guard) return wish.release()->failed(guard.error());
  atomic_commit::options settings;
  settings.command_id = wish->command_id;
  settings.deadline = wish->deadline;
  settings.guard = *std::move(guard);
  if (auto looked = look_ahead(*journals_[partition], settings); !looked) {
    return wish.release()->failed(looked.error());
  }
  std::vector<atomic_commit::part> parts;
  parts.push_back({&host_of(entry, partition, hash),
                   wish->aggregate_id,
                   hash,
                   wish->expected,
                   std::move(wish)});
  atomic_commit::start(std::make_shared<atomic_commit>(
      std::move(parts), std::move(settings), *journals_[partition], [](const auto& /*told*/) {}));
}

}  // namespace cairn
