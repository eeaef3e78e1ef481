#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bench {

/// A value that is JSON already.
struct raw_json {
  std::string text;
};

/// One line of results: names and what was measured, in the order in which they were set.
class row {
 public:
  using value = std::variant<bool, std::uint64_t, double, std::string, raw_json>;

  row& set(std::string_view name, value what) {
    values_.emplace_back(name, std::move(what));
    return *this;
  }
  row& set(std::string_view name, const char* what) { return set(name, std::string{what}); }

  /// Null when there is none.
  [[nodiscard]] const value* find(std::string_view name) const noexcept;

  /// One JSON object on one line.
  [[nodiscard]] std::string json() const;

 private:
  std::vector<std::pair<std::string, value>> values_;
};

/// A column of the table for people.
struct column {
  std::string_view name;
  std::string_view title;
  int width = 10;
  /// Digits behind the point.
  int digits = 0;
};

/// Prints rows as they come: as a table, or as JSON. One thread.
class report {
 public:
  report(std::ostream& out, bool json, std::vector<column> columns);

  void add(const row& what);

 private:
  void print_titles();

  std::ostream& out_;
  bool json_;
  std::vector<column> columns_;
  bool first_ = true;
};

/// 1234567.8 as "1 234 568".
[[nodiscard]] std::string grouped(double value, int digits);

}  // namespace bench
