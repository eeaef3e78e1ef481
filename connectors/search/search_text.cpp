#include "search_text.hpp"

#include <array>
#include <optional>
#include <utility>

namespace cairn::detail {
namespace {

struct named_field {
  search_field field;
  std::string_view name;
};

constexpr std::array fields{named_field{search_field::type, "type"},
                            named_field{search_field::aggregate, "aggregate"},
                            named_field{search_field::principal, "principal"},
                            named_field{search_field::tag, "tag"},
                            named_field{search_field::correlation, "correlation"},
                            named_field{search_field::command, "command"},
                            named_field{search_field::after, "after"},
                            named_field{search_field::before, "before"}};

/// Reads a search from its beginning to its end.
class parser {
 public:
  explicit parser(std::string_view text) : text_(text) {}

  [[nodiscard]] result<search_node> all_of_it() {
    skip_blanks();
    if (at_end()) return fault("there is nothing to search for");
    auto found = any();
    if (found && !at_end()) return fault("a parenthesis is closed that was not opened");
    return found;
  }

 private:
  result<search_node> any() {
    search_node made{.is = search_node::kind::any};
    do {
      auto part = all();
      if (!part) return part;
      made.parts.push_back(*std::move(part));
    } while (take_operator("OR"));
    return joined(std::move(made));
  }

  result<search_node> all() {
    search_node made{.is = search_node::kind::all};
    do {
      auto part = one();
      if (!part) return part;
      made.parts.push_back(*std::move(part));
    } while (take_operator("AND") || (!at_end() && peek() != ')' && !sees_operator("OR")));
    return joined(std::move(made));
  }

  result<search_node> one() {
    if (at_end() || peek() == ')' || sees_operator("AND") || sees_operator("OR")) {
      return fault("a word is missing");
    }
    if (depth_ == search_depth_max) return fault("it has too many levels");
    ++depth_;
    auto made = within();
    --depth_;
    return made;
  }

  result<search_node> within() {
    if (take_operator("NOT") || take('-')) {
      auto part = one();
      if (!part) return part;
      search_node made{.is = search_node::kind::none};
      made.parts.push_back(*std::move(part));
      return made;
    }
    if (!take('(')) return word();
    auto made = any();
    if (!made) return made;
    if (!take(')')) return fault("a parenthesis is not closed");
    return made;
  }

  result<search_node> word() {
    if (++words_ > search_words_max) return fault("it has too many words");
    search_node made;
    made.field = take_field();
    if (at_end() || is_blank(peek())) {
      return fault("a word is missing behind " + std::string{name_of(made.field)} + ":");
    }
    if (peek() == '"') {
      auto quoted = take_quoted();
      if (!quoted) return quoted.error();
      made.word = *std::move(quoted);
      made.begins = take_here('*');
    } else {
      made.word = take_plain();
      while (!made.word.empty() && made.word.back() == '*') {
        made.word.pop_back();
        made.begins = true;
      }
    }
    if (made.word.empty()) return fault("a word has no letters");
    skip_blanks();
    return made;
  }

  /// Nothing is taken when what comes is no field.
  search_field take_field() {
    for (const named_field& one : fields) {
      const std::string_view left = text_.substr(at_);
      if (!left.starts_with(one.name) || !left.substr(one.name.size()).starts_with(':')) continue;
      at_ += one.name.size() + 1;
      return one.field;
    }
    return search_field::text;
  }

  result<std::string> take_quoted() {
    std::string made;
    ++at_;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        // Two quotes stand for one.
        if (at_ == text_.size() || text_[at_] != '"') return made;
      }
      made += text_[at_];
    }
    return fault("a quotation mark is not closed");
  }

  std::string take_plain() {
    const std::size_t from = at_;
    while (!at_end() && !is_blank(peek()) && peek() != '(' && peek() != ')' && peek() != '"')
      ++at_;
    return std::string{text_.substr(from, at_ - from)};
  }

  /// An operator stands alone: "ORDER" is a word.
  [[nodiscard]] bool sees_operator(std::string_view name) const {
    if (!text_.substr(at_).starts_with(name)) return false;
    const std::size_t behind = at_ + name.size();
    return behind == text_.size() || is_blank(text_[behind]) || text_[behind] == '(' ||
           text_[behind] == ')';
  }
  bool take_operator(std::string_view name) {
    if (!sees_operator(name)) return false;
    at_ += name.size();
    skip_blanks();
    return true;
  }
  bool take_here(char wanted) {
    if (at_end() || peek() != wanted) return false;
    ++at_;
    return true;
  }
  bool take(char wanted) {
    if (!take_here(wanted)) return false;
    skip_blanks();
    return true;
  }

  static search_node joined(search_node&& made) {
    if (made.parts.size() > 1) return std::move(made);
    search_node only = std::move(made.parts.front());
    return only;
  }

  [[nodiscard]] static bool is_blank(char one) noexcept {
    return one == ' ' || one == '\t' || one == '\n' || one == '\r';
  }
  [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
  [[nodiscard]] char peek() const noexcept { return text_[at_]; }
  void skip_blanks() {
    while (!at_end() && is_blank(peek()))
      ++at_;
  }
  [[nodiscard]] error fault(std::string what) const {
    return {error::code::bad_input, "search, byte " + std::to_string(at_ + 1) + ": " + what};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t words_ = 0;
};

void write(std::string& out, const search_node& node) {
  switch (node.is) {
    case search_node::kind::word:
      if (node.field != search_field::text) out.append(name_of(node.field)).append(":");
      out.append("\"").append(node.word).append(node.begins ? "\"*" : "\"");
      return;
    case search_node::kind::all: out += "(all"; break;
    case search_node::kind::any: out += "(any"; break;
    case search_node::kind::none: out += "(none"; break;
  }
  for (const search_node& part : node.parts) {
    out += ' ';
    write(out, part);
  }
  out += ')';
}

}  // namespace

std::string_view name_of(search_field field) noexcept {
  for (const named_field& one : fields) {
    if (one.field == field) return one.name;
  }
  return {};
}

result<search_node> parse_search(std::string_view text) {
  if (text.size() > search_text_max_bytes) {
    return error{error::code::bad_input,
                 "a search of " + std::to_string(text.size()) + " bytes; at most " +
                     std::to_string(search_text_max_bytes) + " are taken"};
  }
  return parser{text}.all_of_it();
}

std::string to_text(const search_node& node) {
  std::string out;
  write(out, node);
  return out;
}

}  // namespace cairn::detail
