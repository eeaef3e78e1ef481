#include "placeholders.hpp"

#include "cairn/detail/sql_session.hpp"

#include <cctype>

namespace cairn::postgres {
namespace {

bool is_word(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' ||
         static_cast<unsigned char>(letter) >= 0x80;
}

/// Behind a quote that ends with `mark`; two of them are one within the text.
std::size_t end_of_quote(std::string_view text, std::size_t at, char mark, bool has_escapes) {
  for (++at; at < text.size(); ++at) {
    if (has_escapes && text[at] == '\\') {
      ++at;
    } else if (text[at] == mark) {
      if (at + 1 >= text.size() || text[at + 1] != mark) return at + 1;
      ++at;
    }
  }
  return text.size();
}

/// Behind a text such as $$...$$ or $body$...$body$; where it stands when there is none.
std::size_t end_of_dollars(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && is_word(text[end]))
    ++end;
  if (end >= text.size() || text[end] != '$') return at;
  // $1$ is a parameter and then something else.
  if (std::isdigit(static_cast<unsigned char>(text[at + 1])) != 0) return at;
  const std::string_view tag = text.substr(at, end + 1 - at);
  const std::size_t closing = text.find(tag, end + 1);
  return closing == text.npos ? text.size() : closing + tag.size();
}

/// Behind what begins here and is to be left as it is; where it stands when nothing does.
std::size_t end_of_untouched(std::string_view text, std::size_t at) {
  const bool in_word = at > 0 && is_word(text[at - 1]);
  switch (text[at]) {
    case '\'': {
      const bool after_e = in_word && (text[at - 1] == 'e' || text[at - 1] == 'E') &&
                           (at == 1 || !is_word(text[at - 2]));
      return end_of_quote(text, at, '\'', after_e);
    }
    case '"': return end_of_quote(text, at, '"', false);
    case '-':
    case '/': return detail::end_of_comment(text, at, detail::sql_comments::of_postgres);
    case '$': return in_word ? at : end_of_dollars(text, at);
    default: return at;
  }
}

}  // namespace

numbered_statement number_placeholders(std::string_view statement) {
  numbered_statement out;
  out.text.reserve(statement.size() + 8);
  for (std::size_t at = 0; at < statement.size();) {
    if (const std::size_t end = end_of_untouched(statement, at); end != at) {
      out.text.append(statement.substr(at, end - at));
      at = end;
    } else if (statement.substr(at, 2) == "??") {
      out.text += '?';
      at += 2;
    } else if (statement[at] == '?') {
      out.text += '$' + std::to_string(++out.parameters);
      ++at;
    } else {
      out.text += statement[at++];
    }
  }
  return out;
}

}  // namespace cairn::postgres
