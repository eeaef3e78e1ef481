#pragma once

#include "cairn/cairn.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <variant>

namespace cairn::tests {

/// Which command an event came from: the round of the test, the client, the client's count.
struct note {
  static constexpr std::string_view stable_name = "note";
  std::uint32_t round = 0;
  std::uint32_t client = 0;
  std::uint64_t count = 0;

  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("round", round), field("client", client), field("count", count));
  }
  auto operator<=>(const note&) const = default;
};

/// Keeps everything that it is told.
struct notebook {
  static constexpr std::string_view stable_name = "notebook";
  struct state {
    std::uint64_t notes = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("notes", notes)); }
  };
  enum class rejection : std::uint8_t { none };
  using command = std::variant<note>;
  using event = std::variant<note>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const note& wish) { return wish; }
  static void evolve(state& now, const note& /*fact*/) { ++now.notes; }
};

/// Where each note stands, and how often.
struct seen_notes {
  static constexpr std::string_view stable_name = "seen";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<notebook>>;

  struct entry {
    std::uint64_t offset = 0;
    std::uint32_t times = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("offset", offset), field("times", times));
    }
  };
  struct state {
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, entry> notes;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("notes", notes)); }
  };

  static void apply(state& now, const recorded<note>& fact) {
    entry& one = now.notes[{fact->round, fact->client, fact->count}];
    one.offset = fact.meta.position.offset;
    ++one.times;
  }

  struct everything {
    using answer = std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, entry>;
  };
  static everything::answer query(const state& now, const everything& /*question*/) {
    return now.notes;
  }
};

[[nodiscard]] inline std::string notebook_of(std::uint32_t client) {
  return "notebook-" + std::to_string(client % 16);
}

/// The second notebook of an atomic commit, and what is written into it.
[[nodiscard]] inline std::string copybook_of(std::uint32_t client) {
  return "copybook-" + std::to_string(client % 16);
}
inline constexpr std::uint32_t copies_from = 1'000'000;
[[nodiscard]] inline note copy_of(note one) {
  one.client += copies_from;
  return one;
}

[[nodiscard]] inline std::string id_of(const note& one) {
  return std::to_string(one.round) + "/" + std::to_string(one.client) + "/" +
         std::to_string(one.count);
}

}  // namespace cairn::tests
