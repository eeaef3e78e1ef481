#include "cairn/events.hpp"

#include <charconv>

namespace cairn {

std::string event_cursor::text() const {
  std::string made;
  for (const std::uint64_t offset : before_) {
    if (!made.empty()) made += '.';
    made += std::to_string(offset);
  }
  return made;
}

result<event_cursor> event_cursor::parse(std::string_view text) {
  std::vector<std::uint64_t> before;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::uint64_t offset = 0;
    const auto [behind, failed] = std::from_chars(at, end, offset);
    const bool goes_on = behind != end && *behind == '.' && behind + 1 != end;
    if (failed != std::errc{} || !(behind == end || goes_on)) {
      return error{error::code::bad_input, "this is no cursor: \"" + std::string{text} + "\""};
    }
    before.push_back(offset);
    at = goes_on ? behind + 1 : end;
  }
  return event_cursor{std::move(before)};
}

}  // namespace cairn
