#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fines {

/// What may happen in a case. The numbers are stored; a new one goes at the end.
enum class activity : std::uint8_t {
  create_fine,
  send_fine,
  insert_notification,
  add_penalty,
  payment,
  date_appeal,
  send_appeal,
  receive_appeal_result,
  notify_appeal_result,
  appeal_to_judge,
  send_to_collection,
};

/// The log's words, by number.
inline constexpr std::array<std::string_view, 11> activity_names{
    "Create Fine",
    "Send Fine",
    "Insert Fine Notification",
    "Add penalty",
    "Payment",
    "Insert Date Appeal to Prefecture",
    "Send Appeal to Prefecture",
    "Receive Result Appeal from Prefecture",
    "Notify Result Appeal to Offender",
    "Appeal to Judge",
    "Send for Credit Collection",
};

[[nodiscard]] constexpr std::string_view to_text(activity what) noexcept {
  const auto number = static_cast<std::size_t>(what);
  return number < activity_names.size() ? activity_names.at(number) : "unknown";
}

/// Nothing for a word that is none of them; case and blanks count.
[[nodiscard]] constexpr std::optional<activity> activity_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < activity_names.size(); ++i) {
    if (activity_names.at(i) == name) return static_cast<activity>(i);
  }
  return std::nullopt;
}

}  // namespace fines
