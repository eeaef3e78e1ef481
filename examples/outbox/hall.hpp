#pragma once

#include <cairn/cairn.hpp>
#include <cstdint>
#include <string_view>
#include <variant>

// A hall of a cinema, whose seats are booked.

namespace cinema {

using cairn::field, cairn::fields;

struct opened {
  static constexpr std::string_view stable_name = "opened";
  std::uint32_t seats = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("seats", seats)); }
  bool operator==(const opened&) const = default;
};
struct booked {
  static constexpr std::string_view stable_name = "booked";
  std::uint32_t seats = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("seats", seats)); }
  bool operator==(const booked&) const = default;
};

struct open {
  static constexpr std::string_view stable_name = "open";
  std::uint32_t seats = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("seats", seats)); }
  bool operator==(const open&) const = default;
};
/// Its answer says how many seats are left.
struct book {
  static constexpr std::string_view stable_name = "book";
  struct reply {
    std::uint32_t seats_left = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("seats_left", seats_left));
    }
    bool operator==(const reply&) const = default;
  };
  std::uint32_t seats = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("seats", seats)); }
  bool operator==(const book&) const = default;
};

struct hall {
  static constexpr std::string_view stable_name = "cinema.hall";
  struct state {
    std::uint32_t seats_left = 0;
    bool is_open = false;
  };
  enum class rejection : std::uint8_t { open_already = 1, not_open = 2, too_few_seats = 3 };
  friend constexpr std::string_view to_string(rejection why) {
    switch (why) {
      case rejection::open_already: return "open_already";
      case rejection::not_open: return "not_open";
      case rejection::too_few_seats: return "too_few_seats";
    }
    return {};
  }
  using command = std::variant<open, book>;
  using event = std::variant<opened, booked>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const open& wish) {
    if (now.is_open) return rejection::open_already;
    return opened{wish.seats};
  }
  static decision decide(const state& now, const book& wish) {
    if (!now.is_open) return rejection::not_open;
    if (wish.seats > now.seats_left) return rejection::too_few_seats;
    return booked{wish.seats};
  }
  static void evolve(state& now, const opened& fact) { now = {fact.seats, true}; }
  static void evolve(state& now, const booked& fact) { now.seats_left -= fact.seats; }
  static book::reply reply(const state& after, const book&) { return {after.seats_left}; }
};

}  // namespace cinema
