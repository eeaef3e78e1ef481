#include "support/report.hpp"

#include <cmath>
#include <cstdio>
#include <iomanip>
#include <ostream>
#include <type_traits>

namespace bench {
namespace {

std::string fixed(double value, int digits) {
  std::vector<char> text(64);
  const int length = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += static_cast<unsigned char>(letter) < ' ' ? ' ' : letter;
  }
  return out + '"';
}

/// Six significant digits are more than any figure here deserves.
std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  std::vector<char> text(64);
  const int length = value >= 1e5 ? std::snprintf(text.data(), text.size(), "%.0f", value)
                                  : std::snprintf(text.data(), text.size(), "%.6g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string json_of(const row::value& what) {
  return std::visit(
      []<class T>(const T& held) -> std::string {
        if constexpr (std::is_same_v<T, bool>) {
          return held ? "true" : "false";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return json_text(held);
        } else if constexpr (std::is_same_v<T, raw_json>) {
          return held.text;
        } else if constexpr (std::is_same_v<T, double>) {
          return number(held);
        } else {
          return std::to_string(held);
        }
      },
      what);
}

std::string text_of(const row::value& what, int digits) {
  return std::visit(
      [digits]<class T>(const T& held) -> std::string {
        if constexpr (std::is_same_v<T, bool>) {
          return held ? "yes" : "NO";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return held;
        } else if constexpr (std::is_same_v<T, raw_json>) {
          return held.text;
        } else {
          return grouped(static_cast<double>(held), digits);
        }
      },
      what);
}

}  // namespace

std::string grouped(double value, int digits) {
  std::string text = fixed(value, digits);
  const auto point = text.find('.');
  auto at = point == std::string::npos ? text.size() : point;
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  while (at > first + 3) {
    at -= 3;
    text.insert(at, 1, ' ');
  }
  return text;
}

const row::value* row::find(std::string_view name) const noexcept {
  for (const auto& [known, what] : values_) {
    if (known == name) return &what;
  }
  return nullptr;
}

std::string row::json() const {
  std::string line;
  for (const auto& [name, what] : values_) {
    line += (line.empty() ? "{" : ", ") + json_text(name) + ": " + json_of(what);
  }
  return line + "}";
}

report::report(std::ostream& out, bool json, std::vector<column> columns)
    : out_(out), json_(json), columns_(std::move(columns)) {}

void report::add(const row& what) {
  if (json_) {
    out_ << what.json() << std::endl;
    return;
  }
  if (first_) print_titles();
  for (const column& one : columns_) {
    const row::value* found = what.find(one.name);
    out_ << std::setw(one.width) << (found == nullptr ? "-" : text_of(*found, one.digits));
  }
  out_ << std::endl;
}

void report::print_titles() {
  first_ = false;
  for (const column& one : columns_)
    out_ << std::setw(one.width) << one.title;
  out_ << '\n';
}

}  // namespace bench
