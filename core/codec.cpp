#include "cairn/detail/codec_traits.hpp"
#include "cairn/detail/input_archive.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>

namespace cairn {

nested_too_deep::nested_too_deep()
    : std::length_error{"objects nest deeper than " + std::to_string(codec_nesting_max)} {}

}  // namespace cairn

namespace cairn::detail {

void sort_written(char* written, std::vector<written_element>& elements) {
  if (elements.size() < 2) return;
  const std::size_t begin = elements.front().begin;
  const std::size_t end = elements.back().end;
  std::sort(elements.begin(), elements.end(), [&](const auto& left, const auto& right) {
    const std::string_view left_key{written + left.begin, left.key_end - left.begin};
    return left_key < std::string_view{written + right.begin, right.key_end - right.begin};
  });
  const std::string unsorted{written + begin, end - begin};
  char* to = written + begin;
  for (const written_element& element : elements) {
    const std::size_t size = element.end - element.begin;
    std::memcpy(to, unsorted.data() + (element.begin - begin), size);
    to += size;
  }
}

std::uint64_t input_archive::get_long_varint(std::uint64_t value) {
  for (unsigned shift = 7; shift < 64; shift += 7) {
    const auto byte = std::to_integer<unsigned>(*take(1));
    // Ten bytes have room for 70 bits, and a last byte of 0 would be a second form of a number.
    if ((shift == 63 && byte > 1) || byte == 0) break;
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  stop_corrupt("an integer is not in its shortest form, or has more than 64 bits");
}

void input_archive::stop(error::code what, std::string detail) {
  // The first fault is the one to report, also when somebody caught the exception and read on.
  if (!fault_) fault_ = error{what, std::move(detail)};
  at_ = end_;
  throw reading_stopped{};
}

void input_archive::stop_corrupt(const char* detail) {
  const auto offset = static_cast<std::size_t>(at_ - begin_);
  stop(error::code::corrupt, std::string{detail} + ", at byte " + std::to_string(offset));
}

void input_archive::stop_newer(std::uint32_t stored, std::uint32_t known, std::string_view type) {
  stop(error::code::corrupt,
       "written by the newer schema version " + std::to_string(stored) + " of " +
           std::string{type} + "; this program knows versions up to " + std::to_string(known));
}

void input_archive::stop_unknown(std::string_view name) {
  stop(error::code::unknown_name, "no alternative is called \"" + printable(name) + "\"");
}

void input_archive::expect_end() {
  if (fault_) throw reading_stopped{};
  if (at_ != end_) stop_corrupt("bytes are left after the value");
}

error input_archive::why_stopped() const {
  if (fault_) return *fault_;
  return why_thrown();
}

std::string printable(std::string_view text) {
  constexpr std::size_t shown_max = 200;
  std::string shown{text.substr(0, shown_max)};
  for (char& letter : shown) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code == 0x7F) letter = '?';
  }
  if (text.size() > shown_max) shown += "...";
  return shown;
}

error why_thrown() {
  try {
    throw;
  } catch (const std::exception& thrown) {
    return {error::code::user_code_threw, std::string{"serialize threw: "} + thrown.what()};
  } catch (...) {
    return {error::code::user_code_threw, "serialize threw something that is no std::exception"};
  }
}

}  // namespace cairn::detail
