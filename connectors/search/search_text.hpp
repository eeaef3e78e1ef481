#pragma once

#include "cairn/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What a user types when searching events, as a tree.
//
//   search = any
//   any    = all { "OR" all }
//   all    = one { [ "AND" ] one }
//   one    = ( "NOT" | "-" ) one | "(" any ")" | [ field ":" ] word
//   word   = letters up to a blank or parenthesis, or anything in double quotes ("" is one quote);
//            with "*" behind it: whatever begins so
//   field  = one of search_field's names; other words with a colon in them are words
//
// Operators are written in capitals.

namespace cairn::detail {

/// Where a word of a search is looked for.
enum class search_field : std::uint8_t {
  text,       ///< in the event's own fields
  type,       ///< its type, alone or behind that of its aggregate and a point
  aggregate,  ///< "type/id", or the id alone
  principal,
  tag,
  correlation,  ///< correlation id
  command,      ///< command id
  after,        ///< recorded at this time or later
  before,       ///< recorded before this time
};

/// As it is written in a search; empty for `text`.
[[nodiscard]] std::string_view name_of(search_field field) noexcept;

struct search_node {
  enum class kind : std::uint8_t { word, all, any, none };

  kind is = kind::word;
  /// Of all, any (two or more), and none (one).
  std::vector<search_node> parts = {};

  // Of a word.
  search_field field = search_field::text;
  std::string word = {};
  /// Whatever begins with the word is meant, too.
  bool begins = false;
};

inline constexpr std::size_t search_text_max_bytes = 2'000;
inline constexpr std::size_t search_words_max = 100;
inline constexpr std::size_t search_depth_max = 30;

/// bad_input: the text is empty or too long or has too many words or levels of parentheses, or does
/// not follow the grammar; the detail says where, counted in bytes from 1.
[[nodiscard]] result<search_node> parse_search(std::string_view text);

/// The tree as text: (all type:"order." * "refund" (none "x")), for tests and messages.
[[nodiscard]] std::string to_text(const search_node& node);

}  // namespace cairn::detail
