#pragma once

#include "cairn/bytes.hpp"

#include <cstdint>
#include <string_view>

namespace cairn {

/// How the fields of an event are stored. Stored beside each event, so that one stream may hold
/// several; numbers are never reused. docs/codec.md has both forms.
enum class event_codec : std::uint8_t {
  binary = 1,  ///< As `encode` writes them.
  json = 2,    ///< As `to_json` writes them, for readers in other languages. Larger and slower.
};

/// An event as it is stored, before anybody has read its fields. Borrowed: valid during the call
/// that hands it over.
struct raw_event {
  /// The name that it was stored under, which its type may not have any more.
  std::string_view type;
  /// What `schema_version_of` said of its type then.
  std::uint32_t schema_version = 0;
  /// May have a value that this version of Cairn does not know.
  event_codec codec = event_codec::binary;
  byte_view payload = {};
};

/// What becomes of a stored event whose name no type of its aggregate has.
enum class unknown_events : std::uint8_t {
  fail,  ///< The aggregate is put aside: commands get an error that names the event.
  skip,  ///< It keeps its number, and is passed over and counted.
  raw,   ///< `static void evolve(state&, const cairn::raw_event&)` of the aggregate gets it.
};

}  // namespace cairn
