#include "json_document.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cairn::detail {

/// What nlohmann::json calls for each piece of the text; `false` stops it.
class json_builder {
 public:
  using kind = json_document::kind;

  explicit json_builder(json_document& into) : into_(into) {}

  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

  bool null() { return add(kind::null, 0); }
  bool boolean(bool value) { return add(kind::truth, value ? 1 : 0); }
  bool number_integer(std::int64_t value) {
    return add(value < 0 ? kind::negative : kind::natural, static_cast<std::uint64_t>(value));
  }
  bool number_unsigned(std::uint64_t value) { return add(kind::natural, value); }
  bool number_float(double /*value*/, const std::string& written) {
    return add(kind::real, 0, written);
  }
  bool string(const std::string& value) { return add(kind::text, 0, value); }
  bool binary(const std::vector<std::uint8_t>& /*value*/) { return false; }

  bool start_object(std::size_t /*size*/) { return add(kind::object, 0); }
  bool start_array(std::size_t /*size*/) { return add(kind::array, 0); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(const std::string& name) {
    key_begin_ = append(name);
    key_size_ = static_cast<std::uint32_t>(name.size());
    return true;
  }

  bool parse_error(std::size_t offset, const std::string& /*token*/, const std::exception& why) {
    std::string_view words{why.what()};
    // "[json.exception.parse_error.101] parse error at ...": the number helps nobody here.
    if (const auto end = words.find("] "); end != std::string_view::npos) {
      words.remove_prefix(end + 2);
    }
    complaint_ = "not JSON, at byte " + std::to_string(offset) + ": " + printable(words);
    return false;
  }

 private:
  /// An array or object that has not ended, and its newest element.
  struct open_value {
    json_node node{};
    json_node newest = json_document::none;
  };

  std::uint32_t append(std::string_view text) {
    const auto begin = static_cast<std::uint32_t>(into_.texts_.size());
    into_.texts_.append(text);
    return begin;
  }

  bool add(kind what, std::uint64_t number, std::string_view text = {}) {
    const json_node node{static_cast<std::uint32_t>(into_.values_.size())};
    json_document::value fresh;
    fresh.what = what;
    fresh.next = json_document::none;
    fresh.first = json_document::none;
    fresh.parent = open_.empty() ? json_document::none : open_.back().node;
    fresh.key_begin = key_begin_;
    fresh.key_size = std::exchange(key_size_, 0);
    fresh.text_begin = append(text);
    fresh.text_size = static_cast<std::uint32_t>(text.size());
    fresh.number = number;
    into_.values_.push_back(fresh);
    link(node);
    if (what != kind::array && what != kind::object) return true;
    if (open_.size() == json_depth_max) {
      complaint_ = "nested more than " + std::to_string(json_depth_max) + " deep";
      return false;
    }
    open_.push_back({node});
    return true;
  }

  void link(json_node node) {
    if (open_.empty()) return;
    open_value& outer = open_.back();
    ++into_.at(outer.node).size;
    const bool is_first = outer.newest == json_document::none;
    (is_first ? into_.at(outer.node).first : into_.at(outer.newest).next) = node;
    outer.newest = node;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json_document& into_;
  std::vector<open_value> open_;
  std::uint32_t key_begin_ = 0;
  std::uint32_t key_size_ = 0;
  std::string complaint_;
};

result<void> json_document::parse(std::string_view text) {
  if (text.size() > json_text_max_bytes) {
    return error{error::code::too_large,
                 "JSON text has at most " + std::to_string(json_text_max_bytes) +
                     " bytes, this one " + std::to_string(text.size())};
  }
  json_builder builder{*this};
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return {};
  return error{error::code::bad_input, builder.complaint()};
}

std::string json_document::path_of(json_node node) const {
  std::vector<std::string> steps;
  for (; node != root && node != none; node = at(node).parent) {
    const json_node parent = at(node).parent;
    if (at(parent).what == kind::object) {
      steps.push_back("." + std::string{key_of(node)});
      continue;
    }
    std::size_t index = 0;
    for (json_node other = at(parent).first; other != node; other = at(other).next) {
      ++index;
    }
    steps.push_back("[" + std::to_string(index) + "]");
  }
  std::string path;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    path += *step;
  }
  return path.starts_with('.') ? path.substr(1) : path;
}

}  // namespace cairn::detail
