#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Each read model has two tables beside its own: they share its transactions, and user code does
// not see them. They stand behind all others, and are no part of what a view is recognized by.

namespace cairn::detail {

/// Dead letters. Emptied when the read model begins anew.
inline constexpr std::string_view letters_table = "cairn.letters";
/// What operators want of the read model. Stays also when it begins anew.
inline constexpr std::string_view control_table = "cairn.control";

[[nodiscard]] constexpr bool is_hidden_table(std::string_view name) noexcept {
  return name == letters_table || name == control_table;
}

inline void add_hidden_tables(std::vector<std::string>& names) {
  names.emplace_back(letters_table);
  names.emplace_back(control_table);
}

/// Their places among all tables of a view.
struct hidden_places {
  std::size_t letters = 0;
  std::size_t control = 0;

  /// @param tables number of all tables of the view, at least 2
  explicit constexpr hidden_places(std::size_t tables) noexcept
      : letters(tables - 2), control(tables - 1) {}
};

}  // namespace cairn::detail
