#pragma once

#include "cairn/aggregate.hpp"

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// An aggregate for the cases of other systems' journals: it keeps what it is told, word for word.

namespace conformance {

/// As many events as texts, of one command.
struct write {
  static constexpr std::string_view stable_name = "write";
  std::vector<std::string> texts;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("texts", texts));
  }
  bool operator==(const write&) const = default;
};

struct draw {
  static constexpr std::string_view stable_name = "draw";
  std::int64_t x = 0;
  std::int64_t y = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("x", x), cairn::field("y", y));
  }
  bool operator==(const draw&) const = default;
};

struct written {
  static constexpr std::string_view stable_name = "written";
  std::string text;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    // Has its text before it is stored, and not yet when it is read.
    if (text == "cannot be stored") throw std::runtime_error{"no bytes for this"};
    cairn::fields(ar, cairn::field("text", text));
  }
  bool operator==(const written&) const = default;
};

/// Has a form of its own on disk: "x/y".
struct drawn {
  static constexpr std::string_view stable_name = "drawn";
  std::int64_t x = 0;
  std::int64_t y = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    std::string at = std::to_string(x) + "/" + std::to_string(y);
    cairn::fields(ar, cairn::field("at", at));
    const auto slash = at.find('/');
    if (slash == std::string::npos) throw std::runtime_error{"no place: " + at};
    x = std::strtoll(at.c_str(), nullptr, 10);
    y = std::strtoll(at.c_str() + slash + 1, nullptr, 10);
  }
  bool operator==(const drawn&) const = default;
};

struct scribe {
  static constexpr std::string_view stable_name = "scribe";

  struct state {
    std::vector<std::string> texts;
    std::int64_t x = 0;
    std::int64_t y = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      cairn::fields(ar, cairn::field("texts", texts), cairn::field("x", x), cairn::field("y", y));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { nothing_to_write };
  using command = std::variant<write, draw>;
  using event = std::variant<written, drawn>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state&, const write& wish) {
    if (wish.texts.empty()) return rejection::nothing_to_write;
    std::vector<event> made;
    for (const std::string& text : wish.texts)
      made.push_back(written{text});
    return made;
  }
  static decision decide(const state&, const draw& wish) { return drawn{wish.x, wish.y}; }

  static void evolve(state& now, const written& fact) {
    if (fact.text == "cannot be applied") throw std::runtime_error{"not this one"};
    now.texts.push_back(fact.text);
  }
  static void evolve(state& now, const drawn& fact) {
    now.x = fact.x;
    now.y = fact.y;
  }
};

static_assert(cairn::check_aggregate<scribe>());

}  // namespace conformance
