#pragma once

#include "cairn/bytes.hpp"
#include "cairn/detail/input_archive.hpp"
#include "cairn/detail/json_reader.hpp"
#include "cairn/detail/json_writer.hpp"
#include "cairn/detail/output_archive.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// How values become bytes and JSON, and values again. Both go through the one `serialize` that a
// user writes for a type, in the manner of Boost.Serialization. docs/codec.md has the formats, the
// types that can be stored, and the limits. All functions here may be called from any thread.

namespace cairn {

/// Appends the bytes of `value` to `out`. Equal values give equal bytes, on every machine.
///
/// Throws only what the user's `serialize` throws, nested_too_deep, and std::bad_alloc; then `out`
/// is as it was.
/// @pre no variant in `value` is valueless
template <class T> void encode(const T& value, byte_buffer& out) {
  const std::size_t before = out.size();
  try {
    detail::output_archive archive{out};
    archive << value;
  } catch (...) {
    out.truncate(before);
    throw;
  }
}

/// Reads `value` from all of `bytes`, which may come from anywhere. Never throws, and never
/// allocates much more than the bytes account for. What `serialize` does not touch keeps the value
/// that it had.
///
/// On an error, `value` is valid but otherwise unspecified:
/// error::code::corrupt         the bytes are no T, or were written by a newer version of its class
/// error::code::unknown_name    a variant holds an alternative that T does not have; the detail
/// names it error::code::user_code_threw the user's `serialize` threw; the detail has its words
template <class T> [[nodiscard]] result<void> decode_into(T& value, byte_view bytes) {
  detail::input_archive archive{bytes};
  try {
    archive >> value;
    archive.expect_end();
    return {};
  } catch (...) {
    return archive.why_stopped();
  }
}

/// The T that `bytes` hold. Errors as of decode_into. T needs a default constructor.
template <class T> [[nodiscard]] result<T> decode(byte_view bytes) {
  detail::input_archive archive{bytes};
  try {
    T value{};
    archive >> value;
    archive.expect_end();
    return value;
  } catch (...) {
    return archive.why_stopped();
  }
}

/// What BOOST_CLASS_VERSION says of T, otherwise 0.
template <class T> [[nodiscard]] constexpr std::uint32_t schema_version_of() {
  return detail::class_version<T>;
}

/// `value` as one line of JSON, in UTF-8. Throws and demands what encode throws and demands.
template <class T> [[nodiscard]] std::string to_json(const T& value) {
  std::string text;
  detail::json_writer{text}.write(value);
  return text;
}

/// The T that `text` describes. Never throws. Every field must be there, and no other.
///
/// error::code::bad_input       `text` is not JSON, or does not fit T; the detail names the field
/// error::code::unknown_name    a variant's "type" is none that T has; the detail names it
/// error::code::too_large       `text` has more than json_text_max_bytes
/// error::code::user_code_threw the user's `serialize` threw; the detail has its words
template <class T> [[nodiscard]] result<T> from_json(std::string_view text) {
  detail::json_reader reader;
  try {
    T value{};
    reader.parse(text);
    reader.read(value);
    return value;
  } catch (...) {
    return reader.why_stopped();
  }
}

}  // namespace cairn
