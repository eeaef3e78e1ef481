#include "hosts/newest_value.hpp"

#include "hosts/deciding.hpp"

#include <algorithm>
#include <string>

namespace cairn::actors {

using persistence::found_event;

result<void> check_in_time(const replay_bounds& bounds, const std::string& name) {
  if (bounds.time == nullptr || bounds.time->steady() <= bounds.deadline) return {};
  return error{error::code::timed_out, "reading " + name + " took too long"};
}

error cannot_apply(const std::string& name,
                   version at,
                   std::string_view event_type,
                   const error& why) {
  return {error::code::put_aside,
          name + " version " + std::to_string(at.value) + " (" + std::string{event_type} +
              "): " + describe(why)};
}

result<void> read_newest_value(recovered& made,
                               persistence::stream_name stream,
                               version head,
                               persistence::journal& journal,
                               const replay_bounds& bounds) {
  // Most of the time the first event is the one. Otherwise ever more are looked at together, since
  // each look into the index costs as much as some events.
  constexpr std::uint64_t looked_at_once_max = 1024;
  const std::string name = name_of(stream.type, stream.id);
  const version begin = made.version;
  bool in_bounds = false;
  const auto look = [&](const found_event& found) -> result<bool> {
    if (auto good = check_in_time(bounds, name); !good) return good.error();
    if (found.commit.time() > bounds.until) return true;
    if (!in_bounds) {
      in_bounds = true;
      made.version = found.version;
      made.time = found.commit.time();
    }
    if (auto done = made.instance->replay(found.event); !done) {
      return cannot_apply(name, found.version, found.event.type, done.error());
    }
    return !made.instance->has_evolved();
  };
  std::uint64_t width = 1;
  for (version up_to = std::min(head, bounds.up_to);
       up_to > begin && !made.instance->has_evolved();) {
    const version after{up_to.value - std::min(width, up_to.value - begin.value)};
    const auto read = journal.read_stream_events(
        stream, {.after = after, .up_to = up_to, .direction = read_direction::backwards}, look);
    if (!read) return read;
    up_to = after;
    width = std::min(width * 2, looked_at_once_max);
  }
  return {};
}

}  // namespace cairn::actors
