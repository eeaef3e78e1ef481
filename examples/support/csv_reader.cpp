#include "support/csv_reader.hpp"

#include <csv.h>
#include <string_view>
#include <utility>

namespace support {

namespace {

// A quote that is never closed would otherwise swallow the rest of the file.
constexpr std::size_t record_lines_max = 100;
constexpr std::size_t line_bytes_max = 1U << 20U;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

csv_reader::csv_reader(const std::filesystem::path& file)
    : in_(file, std::ios::binary), parser_(std::make_unique<csv_parser>()) {
  csv_init(parser_.get(), CSV_STRICT);
  csv_set_space_func(parser_.get(), [](unsigned char /*letter*/) { return 0; });
  csv_set_term_func(parser_.get(), [](unsigned char letter) { return letter == CSV_LF ? 1 : 0; });
}

csv_reader::~csv_reader() {
  csv_free(parser_.get());
}

csv_reader::outcome csv_reader::next() {
  fields_.clear();
  record_ended_ = false;
  std::deque<physical_line> taken;
  while (!record_ended_) {
    physical_line one;
    if (!take_line(one)) {
      if (taken.empty()) return outcome::end;
      return refuse("a quoted field does not end", taken);
    }
    if (one.text.empty() && taken.empty()) continue;
    taken.push_back(std::move(one));
    line_ = taken.front().number;
    if (taken.back().text.size() > line_bytes_max) return refuse("the line is too long", taken);
    if (!parse(taken.back().text)) return refuse("a quote stands where none may", taken);
    if (!record_ended_ && taken.size() == record_lines_max) {
      return refuse("a quoted field does not end", taken);
    }
  }
  return outcome::record;
}

bool csv_reader::take_line(physical_line& into) {
  if (!again_.empty()) {
    into = std::move(again_.front());
    again_.pop_front();
    return true;
  }
  if (!std::getline(in_, into.text)) return false;
  bytes_read_ += into.text.size() + 1;
  into.number = ++lines_taken_;
  if (into.text.ends_with('\r')) into.text.pop_back();
  if (into.number == 1 && into.text.starts_with(byte_order_mark)) {
    into.text.erase(0, byte_order_mark.size());
  }
  return true;
}

bool csv_reader::parse(std::string_view bytes) {
  const auto on_field = [](void* text, std::size_t size, void* self) {
    static_cast<csv_reader*>(self)->fields_.emplace_back(static_cast<const char*>(text), size);
  };
  const auto on_record = [](int /*ended_by*/, void* self) {
    static_cast<csv_reader*>(self)->record_ended_ = true;
  };
  if (csv_parse(parser_.get(), bytes.data(), bytes.size(), on_field, on_record, this) !=
      bytes.size()) {
    return false;
  }
  return csv_parse(parser_.get(), "\n", 1, on_field, on_record, this) == 1;
}

csv_reader::outcome csv_reader::refuse(std::string why, std::deque<physical_line>& taken) {
  // Ends the record that the parser is in, so that it is ready for another one.
  csv_fini(parser_.get(), nullptr, nullptr, nullptr);
  complaint_ = std::move(why);
  taken.pop_front();
  again_.insert(
      again_.begin(), std::make_move_iterator(taken.begin()), std::make_move_iterator(taken.end()));
  return outcome::malformed;
}

}  // namespace support
