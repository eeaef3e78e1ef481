#include "cairn/detail/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace cairn::detail {
namespace {

// Beyond this, readers that keep numbers as doubles (JavaScript does) would change them.
constexpr std::int64_t exact_max = std::int64_t{1} << 53U;

constexpr std::string_view hex_digits = "0123456789abcdef";

template <class Number> void append_number(std::string& out, Number value) {
  std::array<char, 40> digits{};
  const auto done = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), done.ptr);
}

template <class Real> void append_real(std::string& out, Real value) {
  if (std::isnan(value)) {
    out += "\"nan\"";
  } else if (std::isinf(value)) {
    out += value < 0 ? "\"-inf\"" : "\"inf\"";
  } else if (value == 0 && std::signbit(value)) {
    out += "-0.0";  // "-0" would be read back as an integer, which has no sign.
  } else {
    append_number(out, value);
  }
}

void append_escaped(std::string& out, char letter) {
  switch (letter) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto code = static_cast<unsigned char>(letter);
  out += "\\u00";
  out += hex_digits[code >> 4U];
  out += hex_digits[code & 0xFU];
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto code = static_cast<unsigned char>(text[i]);
    if (code >= 0x20 && code != '"' && code != '\\') continue;
    out.append(text.substr(begin, i - begin));
    append_escaped(out, text[i]);
    begin = i + 1;
  }
  out.append(text.substr(begin));
  out += '"';
}

/// How many bytes the letter at the front of `text` has; 0 when it is none of UTF-8.
std::size_t letter_size(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) {
    return at(i) >= 0x80 && at(i) <= 0xBF;
  };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !is_tail(1)) return 0;
  if (first < 0xE0) return 2;
  // The second byte is what tells overlong forms, surrogates and too large numbers.
  const unsigned second = at(1);
  if (first < 0xF0) {
    const bool bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F);
    return !bad && is_tail(2) ? 3 : 0;
  }
  const bool bad = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return !bad && is_tail(2) && is_tail(3) ? 4 : 0;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t size = letter_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

void json_writer::begin_field(std::string_view name) {
  begin_next();
  ++place_;
  if (name.empty()) {
    out_ += "\"_";
    append_number(out_, place_);
    out_ += '"';
  } else {
    append_quoted(out_, name);
  }
  out_ += ':';
}

void json_writer::begin_object(std::uint32_t newest) {
  out_ += '{';
  if (newest == 0) return;
  out_ += "\"#v\":";
  append_number(out_, newest);
}

void json_writer::put_signed(std::int64_t value) {
  const bool exact = value >= -exact_max && value <= exact_max;
  if (!exact) out_ += '"';
  append_number(out_, value);
  if (!exact) out_ += '"';
}

void json_writer::put_unsigned(std::uint64_t value) {
  const bool exact = value <= std::uint64_t{exact_max};
  if (!exact) out_ += '"';
  append_number(out_, value);
  if (!exact) out_ += '"';
}

void json_writer::put_real(double value) {
  append_real(out_, value);
}

void json_writer::put_real(float value) {
  append_real(out_, value);
}

void json_writer::put_text(std::string_view text) {
  if (is_utf8(text)) {
    append_quoted(out_, text);
    return;
  }
  out_ += "{\"#hex\":";
  put_hex(text.data(), text.size());
  out_ += '}';
}

void json_writer::put_hex(const void* bytes, std::size_t count) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  out_ += '"';
  for (std::size_t i = 0; i < count; ++i) {
    out_ += hex_digits[at[i] >> 4U];
    out_ += hex_digits[at[i] & 0xFU];
  }
  out_ += '"';
}

}  // namespace cairn::detail
