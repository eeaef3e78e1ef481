#pragma once

#include "cairn/bytes.hpp"
#include "cairn/codec.hpp"
#include "cairn/error.hpp"
#include "cairn/fields.hpp"
#include "cairn/result.hpp"

#include <string>

// A reply as it is stored for repeats: varint length, the command's stable name, then the reply in
// the binary codec. The name is there because an id may come again with another command, whose
// reply may look alike.

namespace cairn::detail {

/// Throws what encode throws.
template <class Command> void store_reply(const typename Command::reply& what, byte_buffer& out) {
  out.append_varint(std::string_view{Command::stable_name}.size());
  out.append(std::string_view{Command::stable_name});
  encode(what, out);
}

/// The command was accepted, but its reply cannot be told: uncertain.
[[nodiscard]] inline error reply_is_lost(const std::string& why) {
  return {error::code::uncertain, "it was accepted before, but its reply cannot be told: " + why};
}

/// The reply of a `Command` that was stored as `stored`. uncertain: it cannot be told, since none
/// was stored, or that of another command, or one that this program cannot read.
template <class Command>
[[nodiscard]] result<typename Command::reply> stored_reply(byte_view stored) {
  if (stored.empty()) return reply_is_lost("none was stored");
  byte_reader in{stored};
  const std::string_view name = in.read_text(in.read_varint());
  if (in.failed() || name != Command::stable_name) {
    return reply_is_lost("its id was that of another command");
  }
  auto made = decode<typename Command::reply>(in.read_bytes(in.left()));
  if (!made) return reply_is_lost(describe(made.error()));
  return made;
}

}  // namespace cairn::detail
