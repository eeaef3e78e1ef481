#include "cairn/persistence/stream_name.hpp"

#include "cairn/slice.hpp"

#include <xxhash.h>

namespace cairn::persistence {
namespace {

/// Nothing when there are no braces, or nothing between them.
std::string_view in_braces(std::string_view id) noexcept {
  const std::size_t open = id.find('{');
  if (open == id.npos) return {};
  const std::size_t close = id.find('}', open + 1);
  if (close == id.npos) return {};
  return id.substr(open + 1, close - open - 1);
}

}  // namespace

std::uint64_t hash_of(stream_name stream) noexcept {
  return detail::hash_of_stream(stream.type, stream.id);
}

std::size_t partition_of(stream_name stream,
                         std::uint64_t hash,
                         std::size_t partitions,
                         placement_rule rule) noexcept {
  if (partitions == 1) return 0;
  if (rule == placement_rule::by_name) return hash % partitions;
  const std::string_view shared = in_braces(stream.id);
  return (shared.empty() ? hash : XXH3_64bits(shared.data(), shared.size())) % partitions;
}

void make_stream_key(std::string& into, stream_name stream) {
  into.assign(stream.type);
  into += '\0';
  into += stream.id;
}

void make_outcome_key(std::string& into, stream_name stream, std::string_view command_id) {
  make_stream_key(into, stream);
  into += '\0';
  into += command_id;
}

}  // namespace cairn::persistence
