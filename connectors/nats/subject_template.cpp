#include "subject_template.hpp"

#include "cairn/assert.hpp"
#include "cairn/event_message.hpp"

#include <algorithm>
#include <utility>

namespace cairn::nats {
namespace {

error bad(std::string_view text, std::string_view what) {
  return {error::code::bad_config,
          "the subject \"" + std::string{text} + "\": " + std::string{what}};
}

/// One token.
std::string token_of(std::string_view text) {
  return percent_encoded(text, ".*>");
}

/// As many tokens as the name has parts; none of them empty.
std::string tokens_of(std::string_view name) {
  const bool has_empty_token =
      name.starts_with('.') || name.ends_with('.') || name.find("..") != name.npos;
  return percent_encoded(name, has_empty_token ? ".*>" : "*>");
}

}  // namespace

result<subject_template::part> subject_template::part_named(std::string_view name) {
  if (name == "aggregate_type") return part::aggregate_type;
  if (name == "aggregate_id") return part::aggregate_id;
  if (name == "event_type") return part::event_type;
  if (name == "partition") return part::partition;
  return error{error::code::bad_config, "there is no {" + std::string{name} + "}"};
}

result<subject_template> subject_template::parse(std::string_view text) {
  subject_template made;
  // What is checked as one subject: names in braces count as a letter.
  std::string shape;
  for (std::string_view rest = text; !rest.empty();) {
    const auto brace = rest.find('{');
    if (brace != 0) {
      made.pieces_.push_back({part::text, std::string{rest.substr(0, brace)}});
      shape += made.pieces_.back().text;
      rest.remove_prefix(std::min(brace, rest.size()));
      continue;
    }
    const auto end = rest.find('}');
    if (end == rest.npos) return bad(text, "a brace is not closed");
    const auto what = part_named(rest.substr(1, end - 1));
    if (!what) return bad(text, what.error().detail);
    made.pieces_.push_back({*what, {}});
    shape += 'x';
    rest.remove_prefix(end + 1);
  }
  if (tokens_of(shape) != shape || shape.empty()) {
    return bad(text, "it needs tokens between its dots, without blanks, '*', '>', '%' and '}'");
  }
  if (shape.find('}') != shape.npos) return bad(text, "a brace is not opened");
  return made;
}

std::string subject_template::of(const recorded_event& event) const {
  std::string subject;
  for (const piece& one : pieces_) {
    switch (one.what) {
      case part::text: subject += one.text; break;
      case part::aggregate_type: subject += tokens_of(event.aggregate_type); break;
      case part::aggregate_id: subject += token_of(event.aggregate_id); break;
      case part::event_type: subject += tokens_of(event.event_type); break;
      case part::partition: subject += std::to_string(event.position.partition.value); break;
    }
  }
  return subject;
}

std::string subject_template::pattern() const {
  if (pieces_.front().what != part::text) return ">";
  const std::string& text = pieces_.front().text;
  if (pieces_.size() == 1) return text;
  const auto dot = text.rfind('.');
  if (dot == text.npos) return ">";
  return text.substr(0, dot + 1) + ">";
}

}  // namespace cairn::nats
