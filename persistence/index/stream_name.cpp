#include "cairn/persistence/stream_name.hpp"

#include "cairn/slice.hpp"

namespace cairn::persistence {

std::uint64_t hash_of(stream_name stream) noexcept {
  return detail::hash_of_stream(stream.type, stream.id);
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
