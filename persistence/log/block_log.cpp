#include "cairn/persistence/block_log.hpp"

namespace cairn::persistence {

result<std::optional<byte_view>> block_reader::seek_event(std::uint64_t offset) {
  auto found = seek(offset);
  while (found && found->has_value()) {
    const auto header = block_view::parse_header(**found);
    if (!header) return header.error();
    if (header->first_offset > offset) return std::optional<byte_view>{};
    if (header->event_count > 0) break;
    found = next();
  }
  return found;
}

}  // namespace cairn::persistence
