#pragma once

#include "bank/domain/money.hpp"

#include <cairn/cairn.hpp>
#include <cstdint>
#include <string_view>
#include <variant>

// Version 1 of this program: its aggregate and its events, kept so that a test can write a store as
// it did. See "From version 1 to version 2" in the README.

namespace bank_v1 {

using bank::business_day;

struct open_account {
  static constexpr std::string_view stable_name = "open";
  business_day date{};

  bool operator==(const open_account&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("date", date));
  }
};

struct opened {
  static constexpr std::string_view stable_name = "opened";
  business_day date{};

  bool operator==(const opened&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("date", date));
  }
};

struct account {
  static constexpr std::string_view stable_name = "bank.account";

  struct state {
    bool is_open = false;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, is_open);
    }
  };

  enum class rejection : std::uint8_t { already_open };
  using command = std::variant<open_account>;
  using event = std::variant<opened>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const open_account& wish) {
    if (now.is_open) return rejection::already_open;
    return opened{wish.date};
  }
  static void evolve(state& now, const opened& /*fact*/) { now.is_open = true; }
};

}  // namespace bank_v1
