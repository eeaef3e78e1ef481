#include "search_condition.hpp"

#include "cairn/assert.hpp"
#include "cairn/ids.hpp"

#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace cairn::detail {
namespace {

/// Exactly `digits` digits at the beginning of `from`, which are taken off.
std::optional<unsigned> take_number(std::string_view& from, std::size_t digits) {
  if (from.size() < digits) return std::nullopt;
  unsigned number = 0;
  const auto read = std::from_chars(from.data(), from.data() + digits, number);
  if (read.ec != std::errc{} || read.ptr != from.data() + digits) return std::nullopt;
  from.remove_prefix(digits);
  return number;
}

bool take(std::string_view& from, char wanted) {
  if (from.empty() || from.front() != wanted) return false;
  from.remove_prefix(1);
  return true;
}

/// What is beyond the times that a timestamp holds is the last or first one that it does.
timestamp as_timestamp(std::chrono::sys_seconds time) {
  using std::chrono::floor;
  using std::chrono::seconds;
  if (time > floor<seconds>(timestamp::max())) return timestamp::max();
  if (time <= floor<seconds>(timestamp::min())) return timestamp::min();
  return time;
}

/// 2026-11-01, 2026-11-01T09:30, 2026-11-01T09:30:15, each also with a Z: all are UTC.
std::optional<timestamp> time_of(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{*month},
                                         std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  std::chrono::sys_seconds time = std::chrono::sys_days{date};
  if (take(text, 'T')) {
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    time += std::chrono::hours{*hour} + std::chrono::minutes{*minute};
    if (take(text, ':')) {
      const auto second = take_number(text, 2);
      if (!second || *second > 59) return std::nullopt;
      time += std::chrono::seconds{*second};
    }
  }
  (void)take(text, 'Z');
  if (!text.empty()) return std::nullopt;
  return as_timestamp(time);
}

/// Puts a condition together, piece by piece.
class writer {
 public:
  [[nodiscard]] result<search_condition> finish() && {
    if (trouble_) return *std::move(trouble_);
    return std::move(made_);
  }

  void add(const search_node& node) {
    switch (node.is) {
      case search_node::kind::word: return add_word(node);
      case search_node::kind::all: return add_parts(node, " and ");
      case search_node::kind::any: return add_parts(node, " or ");
      case search_node::kind::none: return add_none(node);
    }
    CAIRN_UNREACHABLE();
  }

 private:
  void add_parts(const search_node& node, std::string_view between) {
    put("(");
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
      if (i != 0) put(between);
      add(node.parts[i]);
    }
    put(")");
  }

  /// What an event does not have is NULL in its row, and no comparison with that is true or false.
  void add_none(const search_node& node) {
    put("not ifnull(");
    add_parts(node, "");
    put(", 0)");
  }

  void add_word(const search_node& node) {
    switch (node.field) {
      case search_field::text:
        put("number in (select rowid from words where words match ");
        value(phrase_of(node));
        return put(")");
      case search_field::type:
        put("kind in (select id from kind where ");
        equals("event_type", node);
        put(" or ");
        equals("aggregate_type || '.' || event_type", node);
        return put(")");
      case search_field::aggregate: return add_aggregate(node);
      case search_field::principal: return equals("principal", node);
      case search_field::correlation: return equals("correlation", node);
      case search_field::command: return equals("command", node);
      case search_field::tag:
        put("number in (select number from tag where ");
        equals("name", node);
        return put(")");
      case search_field::after: return add_time("time >= ", node);
      case search_field::before: return add_time("time < ", node);
    }
    CAIRN_UNREACHABLE();
  }

  void add_aggregate(const search_node& node) {
    const std::size_t slash = node.word.find('/');
    put("(");
    if (slash != std::string::npos) {
      search_node id = node;
      id.word.erase(0, slash + 1);
      put("kind in (select id from kind where aggregate_type = ");
      value(node.word.substr(0, slash));
      put(") and ");
      equals("aggregate_id", id);
    } else {
      put("kind in (select id from kind where ");
      equals("aggregate_type", node);
      put(")");
    }
    // An id may have a slash of its own.
    put(" or ");
    equals("aggregate_id", node);
    put(")");
  }

  void add_time(std::string_view compared, const search_node& node) {
    const auto time = time_of(node.word);
    if (!time || node.begins) {
      trouble_ = error{error::code::bad_input,
                       "search: \"" + node.word + "\" behind " + std::string{name_of(node.field)} +
                           ": is no time such as 2026-11-01 or 2026-11-01T09:30 (UTC)"};
      return;
    }
    put(compared);
    put("?");
    made_.values.emplace_back(std::int64_t{time->time_since_epoch().count()});
  }

  void equals(std::string_view column, const search_node& node) {
    if (!node.begins) {
      put(column);
      put(" = ");
      return value(node.word);
    }
    // Compared as text: what a pattern would mean by its special letters is not meant here.
    put("substr(");
    put(column);
    put(", 1, length(");
    value(node.word);
    put(")) = ");
    value(node.word);
  }

  /// A phrase of FTS5: quoted, so that nothing in it is an operator.
  static std::string phrase_of(const search_node& node) {
    std::string made = "\"";
    for (const char one : node.word) {
      if (one == '"') made += '"';
      made += one;
    }
    made += node.begins ? "\" *" : "\"";
    return made;
  }

  void put(std::string_view text) { made_.sql += text; }
  void value(std::string text) {
    put("?");
    made_.values.emplace_back(std::move(text));
  }

  search_condition made_;
  std::optional<error> trouble_;
};

}  // namespace

result<search_condition> condition_of(const search_node& node) {
  writer made;
  made.add(node);
  return std::move(made).finish();
}

}  // namespace cairn::detail
