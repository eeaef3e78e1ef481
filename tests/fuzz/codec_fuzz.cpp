#include "../unit/core/codec_samples.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

// Bytes that may be anything, read as binary and as JSON. Whatever can be read must be writable,
// and what was written must be readable and give the same bytes again: these stand for equality,
// since NaN differs from itself.

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

void read_as_binary(cairn::byte_view bytes) {
  const auto first = cairn::decode<samples::rich>(bytes);
  if (!first) return;
  const std::string written = samples::bytes_of(*first);
  const auto second = cairn::decode<samples::rich>(cairn::as_bytes(written));
  demand(second.has_value());
  demand(samples::bytes_of(*second) == written);
  const auto third = cairn::from_json<samples::rich>(cairn::to_json(*first));
  demand(third.has_value());
}

void read_as_json(std::string_view text) {
  const auto first = cairn::from_json<samples::rich>(text);
  if (!first) return;
  const std::string written = cairn::to_json(*first);
  const auto second = cairn::from_json<samples::rich>(written);
  demand(second.has_value());
  demand(cairn::to_json(*second) == written);
  demand(samples::bytes_of(*second) == samples::bytes_of(*first));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer wants this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  read_as_binary(bytes);
  read_as_json(cairn::as_text(bytes));
  return 0;
}
