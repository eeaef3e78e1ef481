#include "cairn/error.hpp"

#include <array>
#include <utility>

namespace cairn {
namespace {

struct entry {
  error::code what;
  std::string_view name;
  std::string_view advice;
};

using code = error::code;

// One line per code, in numeric order: the place to look when a new one is added.
constexpr std::array entries{
    entry{code::timed_out, "timed_out", "Ask again with the same command id, or read the state."},
    entry{code::not_owner, "not_owner", "Repeat: the handle has learned the new owner."},
    entry{code::unavailable, "unavailable", "Repeat when what it names can be reached."},
    entry{code::overloaded, "overloaded", "Repeat later, and send less at once."},
    entry{code::conflict, "conflict", "Read the aggregate again and decide anew."},
    entry{code::too_large, "too_large", "Send less, or raise the limit in the configuration."},
    entry{code::unknown_name,
          "unknown_name",
          "Add the type to the builder, or the event (or its former name) to its aggregate."},
    entry{
        code::store_full,
        "store_full",
        "Free space on the disk, or raise the map (store.*_map_bytes); reading goes on meanwhile."},
    entry{code::corrupt,
          "corrupt",
          "Give a class that has changed a version; otherwise restore the store from a backup, and "
          "keep the files for analysis."},
    entry{code::bad_config, "bad_config", "Correct the named settings."},
    entry{code::shutting_down, "shutting_down", "Ask the next process."},
    entry{code::user_code_threw, "user_code_threw", "Mend the named function: it must not throw."},
    entry{code::uncertain, "uncertain", "Ask again with the same command id, or read the state."},
    entry{code::expired, "expired", "Ask again with more time, or send less at once."},
    entry{code::store_locked, "store_locked", "Stop the other process, or use another directory."},
    entry{code::newer_format, "newer_format", "Use the program that wrote it, or a later one."},
    entry{code::storage_failed, "storage_failed", "Look at the disk, then open the store again."},
    entry{code::bad_input, "bad_input", "Correct the argument."},
    entry{code::not_found, "not_found", "Check the name."},
    entry{code::stale, "stale", "Ask again, or give it more time, or ask without `at_least`."},
    entry{code::fenced, "fenced", "Stop this process: another one owns the store now."},
    entry{code::put_aside, "put_aside", "Mend what the detail names, then start again."},
    entry{code::stopped, "stopped", "Mend apply for the named event, then start again."},
    entry{code::io_failed, "io_failed", "Check the path, its permissions and the disk."},
    entry{code::deleted, "deleted", "Use another id: this one can never be used again."},
    entry{code::unhandled, "unhandled", "Send it when the aggregate is in another state."},
    entry{code::apart, "apart", "Place them together, or send them one by one."},
    entry{code::forbidden, "forbidden", "Ask as somebody who may do it."},
};

const entry* find(error::code what) noexcept {
  for (const entry& candidate : entries) {
    if (candidate.what == what) return &candidate;
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(error::code what) noexcept {
  const entry* found = find(what);
  return found != nullptr ? found->name : "unnumbered";
}

std::string_view advice(error::code what) noexcept {
  const entry* found = find(what);
  return found != nullptr ? found->advice : "Update Cairn: this version does not know the code.";
}

error::effect effect_of(error::code what) noexcept {
  const bool open = what == code::timed_out || what == code::uncertain;
  return open ? error::effect::uncertain : error::effect::none;
}

std::string describe(const error& why) {
  std::string text{to_string(why.what)};
  if (!why.detail.empty()) text.append(": ").append(why.detail);
  if (!text.ends_with('.')) text += '.';
  return text.append(" ").append(advice(why.what));
}

}  // namespace cairn
