#pragma once

#include "cairn/detail/json_reader.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::detail {

/// Deeper JSON is refused. Far more than codec_nesting_max objects with containers between them
/// need.
inline constexpr std::size_t json_depth_max = 1024;

/// A JSON text, taken apart: all values in one row, in the order of the text, so that no depth of
/// nesting needs recursion to build or destroy. Keeps the fields of an object in their order, also
/// equal ones.
class json_document {
 public:
  enum class kind : std::uint8_t { null, truth, negative, natural, real, text, array, object };

  struct value {
    kind what{};
    bool taken = false;  ///< Of a field: whether it has been read.
    json_node parent{};
    json_node next{};  ///< The next element of the parent; `none` for the last.
    json_node first{};
    std::uint32_t size = 0;       ///< Elements of an array or object.
    std::uint32_t key_begin = 0;  ///< Within the texts.
    std::uint32_t key_size = 0;
    std::uint32_t text_begin = 0;  ///< Of a text, or of a real number as it was written.
    std::uint32_t text_size = 0;
    std::uint64_t number = 0;  ///< Of a truth value or integer; of a negative one its bits.
  };

  static constexpr json_node none{0xFFFFFFFF};
  static constexpr json_node root{0};

  /// error::code::bad_input when `text` is not JSON or too deep, too_large when it is too long.
  [[nodiscard]] result<void> parse(std::string_view text);

  [[nodiscard]] value& at(json_node node) { return values_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] const value& at(json_node node) const {
    return values_[static_cast<std::size_t>(node)];
  }
  [[nodiscard]] std::string_view key_of(json_node node) const {
    return std::string_view{texts_}.substr(at(node).key_begin, at(node).key_size);
  }
  [[nodiscard]] std::string_view text_of(json_node node) const {
    return std::string_view{texts_}.substr(at(node).text_begin, at(node).text_size);
  }

  /// "lines[2].price"; empty for the whole document.
  [[nodiscard]] std::string path_of(json_node node) const;

 private:
  friend class json_builder;

  std::vector<value> values_;
  std::string texts_;
};

}  // namespace cairn::detail
