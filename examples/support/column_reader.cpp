#include "support/column_reader.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace support {

namespace {

constexpr std::size_t name_bytes_max = 100;
// So much is shown of a header that is none.
constexpr std::size_t header_bytes_shown = 400;

template <class Names> std::string listed(const Names& names) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  if (text.size() <= header_bytes_shown) return text;
  return text.substr(0, header_bytes_shown) + "...";
}

std::size_t hash_of(const std::vector<std::string>& fields) {
  std::size_t sum = 0;
  for (const auto& field : fields) {
    sum = sum * 0x9E3779B97F4A7C15U + std::hash<std::string>{}(field);
  }
  return sum;
}

}  // namespace

column_reader::column_reader(const std::filesystem::path& file,
                             std::vector<std::string_view> columns)
    : file_(file), csv_(file), columns_(std::move(columns)) {}

column_reader::outcome column_reader::next() {
  if (!header_read_) {
    if (const auto why = read_header(); !why.empty()) return give_up(why);
  }
  switch (csv_.next()) {
    case csv_reader::outcome::end:
      return csv_.is_broken() ? give_up("cannot be read") : outcome::end;
    case csv_reader::outcome::malformed: return refuse(csv_.complaint());
    case csv_reader::outcome::record: break;
  }
  if (csv_.fields().size() == header_size_) return outcome::row;
  return refuse(std::to_string(csv_.fields().size()) + " fields instead of " +
                std::to_string(header_size_));
}

/// Returns what is wrong with it, or nothing.
std::string column_reader::read_header() {
  if (!csv_.is_open()) return "cannot be opened";
  if (csv_.next() != csv_reader::outcome::record) {
    return csv_.is_broken() ? "cannot be read" : "has no header line";
  }
  const auto& names = csv_.fields();
  header_size_ = names.size();
  places_.clear();
  for (const auto column : columns_) {
    const auto found = std::find(names.begin(), names.end(), column);
    if (found == names.end() || std::count(found, names.end(), column) != 1) {
      return "the header needs the column " + std::string{column} + " exactly once: expected are " +
             listed(columns_) + "; found are " + listed(names);
    }
    places_.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  header_read_ = true;
  return {};
}

column_reader::outcome column_reader::give_up(const std::string& why) {
  complaint_ = file_.string() + ": " + why;
  return outcome::unreadable;
}

column_reader::sighting column_reader::look_for_repeat(const std::string& identity) {
  const std::size_t hash = hash_of(csv_.fields());
  const auto [place, is_new] = seen_.try_emplace(identity, seen_row{hash, csv_.line()});
  if (is_new) return sighting::first;
  first_line_ = place->second.line;
  if (place->second.contents_hash != hash) return sighting::different;
  ++repeated_;
  return sighting::repeated;
}

column_reader::outcome column_reader::refuse(const std::string& why) {
  complaint_ = file_.string() + ", line " + std::to_string(csv_.line()) + ": " + why;
  return outcome::malformed;
}

std::string wrong_field(std::string_view what, const std::string& text, std::string_view why) {
  constexpr std::size_t shown = 40;
  return std::string{"the "}
      .append(what)
      .append(" \"")
      .append(text, 0, shown)
      .append("\" ")
      .append(why);
}

bool is_name(const std::string& text) {
  return text.size() <= name_bytes_max && text.find('\0') == std::string::npos;
}

}  // namespace support
