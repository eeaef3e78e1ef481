#include "cairn/ids.hpp"

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

}  // namespace cairn
