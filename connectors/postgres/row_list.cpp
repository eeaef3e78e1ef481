#include "row_list.hpp"

#include <charconv>
#include <limits>
#include <string>

namespace cairn::postgres {
namespace {

// The numbers of PostgreSQL's own types never change (pg_type.dat); libpq has no names for them.
constexpr Oid bool_type = 16;
constexpr Oid bytes_type = 17;
constexpr Oid int8_type = 20;
constexpr Oid int2_type = 21;
constexpr Oid int4_type = 23;
constexpr Oid oid_type = 26;
constexpr Oid float4_type = 700;
constexpr Oid float8_type = 701;
constexpr Oid numeric_type = 1700;

/// Nothing: not a whole number, or beyond 64 bits.
bool read_whole(std::string_view text, detail::sql_value& out) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return false;
  out = number;
  return true;
}

double read_real(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  double number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

unsigned digit(char letter) {
  return static_cast<unsigned>(letter <= '9' ? letter - '0' : letter - 'a' + 10);
}

}  // namespace

result<void> row_list::add(const PGresult& rows) {
  columns_ = static_cast<std::size_t>(PQnfields(&rows));
  for (int row = 0; row < PQntuples(&rows); ++row) {
    for (int column = 0; column < PQnfields(&rows); ++column) {
      if (PQgetisnull(&rows, row, column) != 0) {
        cells_.emplace_back();
        continue;
      }
      add_cell(PQftype(&rows, column),
               {PQgetvalue(&rows, row, column),
                static_cast<std::size_t>(PQgetlength(&rows, row, column))});
    }
    if (bytes_.size() + cells_.size() * sizeof(cell) > bytes_max_) {
      return error{error::code::too_large,
                   "the rows of a statement have more than " + std::to_string(bytes_max_) +
                       " bytes together: ask for fewer at once (limit)"};
    }
  }
  return {};
}

void row_list::add_cell(Oid type, std::string_view text) {
  cell one{.value = std::string_view{}, .begin = bytes_.size()};
  switch (type) {
    case bool_type: one.value = text == "t"; break;
    case int8_type:
    case int2_type:
    case int4_type:
    case oid_type: (void)read_whole(text, one.value); break;
    case float4_type:
    case float8_type: one.value = read_real(text); break;
    // A sum of whole numbers is one.
    case numeric_type:
      if (!read_whole(text, one.value)) one.value = read_real(text);
      break;
    case bytes_type: {
      // "\x6869"
      one.value = byte_view{};
      one.size = text.size() / 2 - 1;
      std::byte* to = bytes_.extend(one.size);
      for (std::size_t i = 0; i < one.size; ++i) {
        *to++ = static_cast<std::byte>(digit(text[2 * i + 2]) * 16 + digit(text[2 * i + 3]));
      }
      break;
    }
    default: one.size = text.size(); bytes_.append(text);
  }
  cells_.push_back(one);
}

void row_list::read(std::size_t row, std::vector<detail::sql_value>& out) const {
  out.clear();
  for (std::size_t i = row * columns_; i < (row + 1) * columns_; ++i) {
    const cell& one = cells_[i];
    const byte_view bytes = bytes_.view(one.begin, one.size);
    if (std::holds_alternative<std::string_view>(one.value)) {
      out.emplace_back(as_text(bytes));
    } else if (std::holds_alternative<byte_view>(one.value)) {
      out.emplace_back(bytes);
    } else {
      out.push_back(one.value);
    }
  }
}

}  // namespace cairn::postgres
