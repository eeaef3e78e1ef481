#include "cairn/detail/json_reader.hpp"

#include "json_document.hpp"

#include "cairn/assert.hpp"

#include <charconv>
#include <cmath>

namespace cairn::detail {
namespace {

using kind = json_document::kind;

// Not std::strtod: that depends on the locale of the process.
template <class Real> Real parse_real(std::string_view text, bool& fits) {
  Real value{};
  const auto done = std::from_chars(text.data(), text.data() + text.size(), value);
  fits = done.ec == std::errc{};
  return value;
}

template <class Integer> bool parse_integer(std::string_view text, Integer& value) {
  const auto done = std::from_chars(text.data(), text.data() + text.size(), value);
  return done.ec == std::errc{} && done.ptr == text.data() + text.size();
}

/// 0 to 15, or 16 for what is no digit.
unsigned hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
  return 16;
}

bool parse_hex(std::string_view digits, std::string& bytes) {
  if (digits.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const unsigned high = hex_value(digits[i]);
    const unsigned low = hex_value(digits[i + 1]);
    if (high > 15 || low > 15) return false;
    bytes += static_cast<char>(high << 4U | low);
  }
  return true;
}

std::string name_of_field(const json_document& document, json_node node, std::string_view field) {
  std::string path = document.path_of(node);
  if (!path.empty()) path += '.';
  return printable(path.append(field));
}

}  // namespace

json_reader::json_reader() noexcept = default;
json_reader::~json_reader() = default;

void json_reader::parse(std::string_view text) {
  document_ = std::make_unique<json_document>();
  const auto parsed = document_->parse(text);
  if (!parsed) stop(parsed.error().what, parsed.error().detail);
}

void json_reader::stop(error::code what, std::string detail) {
  // The first fault is the one to report, also when somebody caught the exception and read on.
  if (!fault_) fault_ = error{what, std::move(detail)};
  throw reading_stopped{};
}

void json_reader::stop_again() const {
  if (fault_) throw reading_stopped{};
}

void json_reader::stop_at(json_node node, std::string_view complaint) {
  const std::string path = printable(document_->path_of(node));
  const std::string subject = path.empty() ? "the value" : "field \"" + path + "\"";
  stop(error::code::bad_input, subject + " " + std::string{complaint});
}

void json_reader::stop_newer(json_node node, std::uint32_t stored, std::uint32_t known) {
  stop_at(node,
          "was written by the newer schema version " + std::to_string(stored) +
              "; this program knows versions up to " + std::to_string(known));
}

void json_reader::stop_unknown(json_node node, std::string_view name) {
  stop(error::code::unknown_name,
       "field \"" + printable(document_->path_of(node)) + "\": no alternative is called \"" +
           printable(name) + "\"");
}

error json_reader::why_stopped() const {
  return fault_ ? *fault_ : why_thrown();
}

std::uint32_t json_reader::begin_object(json_node node, std::uint32_t newest) {
  stop_again();
  if (!is_object(node)) stop_at(node, "must be an object");
  object_ = {node, document_->at(node).first, 0};
  for (json_node at = object_.next; at != json_document::none; at = document_->at(at).next) {
    if (newest == 0 || key_of(at) != "#v") continue;
    document_->at(at).taken = true;
    constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
    const auto stored = static_cast<std::uint32_t>(get_unsigned(at, most));
    if (stored > newest) stop_newer(node, stored, newest);
    return stored;
  }
  return 0;
}

json_node json_reader::take_field(std::string_view name) {
  stop_again();
  ++object_.place;
  const std::string by_place = name.empty() ? "_" + std::to_string(object_.place) : std::string{};
  if (name.empty()) name = by_place;
  const auto take = [this](json_node field) {
    document_->at(field).taken = true;
    object_.next = document_->at(field).next;
    return field;
  };
  const auto fits = [&](json_node field) {
    return !document_->at(field).taken && key_of(field) == name;
  };
  // Whoever keeps the order of the fields is served without a search.
  if (object_.next != json_document::none && fits(object_.next)) return take(object_.next);
  for (json_node at = first_of(object_.node); at != json_document::none; at = next_of(at)) {
    if (fits(at)) return take(at);
  }
  stop(error::code::bad_input,
       "field \"" + name_of_field(*document_, object_.node, name) + "\" is missing");
}

void json_reader::end_object() {
  for (json_node at = first_of(object_.node); at != json_document::none; at = next_of(at)) {
    if (!document_->at(at).taken) stop_at(at, "is unknown, or given twice");
  }
}

bool json_reader::is_object(json_node node) const {
  return document_->at(node).what == kind::object;
}

bool json_reader::is_null(json_node node) const {
  return document_->at(node).what == kind::null;
}

std::size_t json_reader::begin_array(json_node node) {
  stop_again();
  if (document_->at(node).what != kind::array) stop_at(node, "must be an array");
  return document_->at(node).size;
}

void json_reader::begin_array_of(json_node node, std::size_t count) {
  if (begin_array(node) != count) {
    stop_at(node, "must be an array of " + std::to_string(count) + " elements");
  }
}

json_node json_reader::first_of(json_node node) const {
  return document_->at(node).first;
}

json_node json_reader::next_of(json_node node) const {
  return document_->at(node).next;
}

std::size_t json_reader::size_of(json_node node) const {
  return document_->at(node).size;
}

std::string_view json_reader::key_of(json_node node) const {
  return document_->key_of(node);
}

bool json_reader::get_truth(json_node node) {
  if (document_->at(node).what != kind::truth) stop_at(node, "must be true or false");
  return document_->at(node).number != 0;
}

std::int64_t json_reader::get_signed(json_node node, std::int64_t least, std::int64_t most) {
  const auto& value = document_->at(node);
  const auto stored = static_cast<std::int64_t>(value.number);
  std::int64_t number = 0;
  bool fits = false;
  if (value.what == kind::negative || (value.what == kind::natural && stored >= 0)) {
    number = stored;
    fits = true;
  } else if (value.what == kind::text) {
    fits = parse_integer(document_->text_of(node), number);
  }
  if (!fits || number < least || number > most) {
    stop_at(node,
            "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

std::uint64_t json_reader::get_unsigned(json_node node, std::uint64_t most) {
  const auto& value = document_->at(node);
  std::uint64_t number = value.number;
  bool fits = value.what == kind::natural;
  if (value.what == kind::text) fits = parse_integer(document_->text_of(node), number);
  if (!fits || number > most) {
    stop_at(node, "must be a whole number from 0 to " + std::to_string(most));
  }
  return number;
}

double json_reader::get_double(json_node node) {
  const auto& value = document_->at(node);
  switch (value.what) {
    case kind::negative: return static_cast<double>(static_cast<std::int64_t>(value.number));
    case kind::natural: return static_cast<double>(value.number);
    case kind::real: {
      // The parser has refused what is too large, so what does not fit is too small.
      bool fits = false;
      const auto number = parse_real<double>(document_->text_of(node), fits);
      return fits ? number : 0.0;
    }
    case kind::text: {
      const std::string_view text = document_->text_of(node);
      if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
      if (text == "inf") return std::numeric_limits<double>::infinity();
      if (text == "-inf") return -std::numeric_limits<double>::infinity();
      break;
    }
    case kind::null:
    case kind::truth:
    case kind::array:
    case kind::object: break;
  }
  stop_at(node, "must be a number, \"nan\", \"inf\" or \"-inf\"");
}

float json_reader::get_float(json_node node) {
  const double wide = get_double(node);
  if (document_->at(node).what != kind::real) return static_cast<float>(wide);
  // Rounding twice, first to double, could end one bit beside the nearest float.
  bool fits = false;
  const auto number = parse_real<float>(document_->text_of(node), fits);
  if (fits) return number;
  if (std::abs(wide) > 1) stop_at(node, "is too large for a number of single precision");
  return 0.0F;
}

std::string json_reader::get_text(json_node node) {
  if (document_->at(node).what == kind::text) return std::string{document_->text_of(node)};
  // Texts that are not UTF-8 are written as {"#hex": "..."}.
  const bool wrapped = is_object(node) && size_of(node) == 1 && key_of(first_of(node)) == "#hex";
  if (!wrapped) stop_at(node, "must be a text");
  return get_hex(first_of(node));
}

std::string json_reader::get_hex(json_node node) {
  std::string bytes;
  const bool good =
      document_->at(node).what == kind::text && parse_hex(document_->text_of(node), bytes);
  if (!good) stop_at(node, "must be bytes in hexadecimal digits");
  return bytes;
}

}  // namespace cairn::detail
