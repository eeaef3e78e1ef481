#include "cairn/ids.hpp"

#include "cairn/assert.hpp"

namespace cairn {

result<void> check_aggregate_id(std::string_view id) {
  if (id.empty()) return error{error::code::bad_input, "an aggregate id must not be empty"};
  if (id.size() > aggregate_id_max_bytes) {
    return error{error::code::bad_input,
                 "an aggregate id has at most " + std::to_string(aggregate_id_max_bytes) +
                     " bytes, this one " + std::to_string(id.size())};
  }
  if (id.find('\0') != std::string_view::npos) {
    return error{error::code::bad_input, "an aggregate id must not contain a NUL byte"};
  }
  return {};
}

result<void> check_message_id(std::string_view what, std::string_view text) {
  if (text.size() <= message_id_max_bytes) return {};
  return error{error::code::bad_input,
               "a " + std::string{what} + " has at most " + std::to_string(message_id_max_bytes) +
                   " bytes, this one " + std::to_string(text.size())};
}

std::string expectation::describe() const {
  switch (what_) {
    case kind::any: return "any version";
    case kind::none: return "no events";
    case kind::exists: return "at least one event";
    case kind::exactly: return "version " + std::to_string(version_.value);
  }
  CAIRN_UNREACHABLE();
}

}  // namespace cairn
