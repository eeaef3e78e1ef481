#include "cairn/persistence/commit_metadata.hpp"

#include "cairn/assert.hpp"

#include <array>

namespace cairn::persistence::layout {
namespace {

using role_list = std::vector<std::string> access_list::*;

/// In the order in which they are stored.
constexpr std::array<role_list, 5> role_lists{&access_list::readers,
                                              &access_list::writers,
                                              &access_list::removers,
                                              &access_list::metadata_readers,
                                              &access_list::metadata_writers};

void append_short_text(byte_buffer& out, std::string_view text) {
  CAIRN_ASSERT(text.size() <= message_id_max_bytes);
  out.append_little(static_cast<std::uint8_t>(text.size()));
  out.append(text);
}

std::string_view read_short_text(byte_reader& in) noexcept {
  return in.read_text(in.read_little<std::uint8_t>());
}

}  // namespace

void append_metadata(byte_buffer& out, const metadata_map& metadata) {
  out.append_varint(metadata.size());
  for (const auto& [key, value] : metadata) {
    append_short_text(out, key);
    out.append_varint(value.size());
    out.append(value);
  }
}

byte_view read_metadata(byte_reader& in) noexcept {
  byte_reader again = in;
  const std::uint64_t count = in.read_varint();
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    (void)read_short_text(in);
    (void)in.read_text(in.read_varint());
  }
  return in.failed() ? byte_view{} : again.read_bytes(again.left() - in.left());
}

void append_stream_metadata(byte_buffer& out, const versioned_metadata& metadata) {
  out.append_varint(metadata.version.value);
  append_metadata(out, metadata.what.custom);
  for (const role_list roles : role_lists)
    append_tags(out, metadata.what.access.*roles);
}

std::optional<versioned_metadata> read_stream_metadata(byte_reader& in) {
  versioned_metadata read;
  read.version = {in.read_varint()};
  each_entry(read_metadata(in), [&read](std::string_view key, std::string_view value) {
    read.what.custom.emplace_back(key, value);
  });
  for (const role_list roles : role_lists) {
    const std::uint64_t count = in.read_varint();
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i)
      (read.what.access.*roles).emplace_back(read_short_text(in));
  }
  if (in.failed()) return std::nullopt;
  return read;
}

void append_tags(byte_buffer& out, std::span<const std::string> tags) {
  out.append_varint(tags.size());
  for (const std::string& tag : tags)
    append_short_text(out, tag);
}

bool split_event_tags(byte_view& events, byte_view& tags, std::uint32_t event_count) noexcept {
  if (events.size() < sizeof(std::uint32_t)) return false;
  const std::size_t end = events.size() - sizeof(std::uint32_t);
  const auto length = detail::load_little<std::uint32_t>(events.data() + end);
  if (length > end) return false;
  tags = events.subspan(end - length, length);
  byte_reader in{tags};
  for (std::uint32_t i = 0; i < event_count && !in.failed(); ++i) {
    const std::uint64_t count = in.read_varint();
    for (std::uint64_t k = 0; k < count && !in.failed(); ++k)
      (void)read_short_text(in);
  }
  if (in.failed() || in.left() != 0) return false;
  events = events.first(end - length);
  return true;
}

}  // namespace cairn::persistence::layout
