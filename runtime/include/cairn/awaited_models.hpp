#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn {

/// All read models that were added with read_model_options::strong.
struct strong_t {};
inline constexpr strong_t strong{};

/// Read models that a command's sender waits for: `{"bank.balances", "bank.totals"}` by their
/// stable names, or `cairn::strong`; see ask_options::wait_for.
class awaited_models {
 public:
  awaited_models() = default;
  // Implicit on purpose: options read `{.wait_for = {"bank.balances"}}`.
  awaited_models(std::initializer_list<std::string_view> names)
      : names_(names.begin(), names.end()) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  awaited_models(std::vector<std::string> names) : names_(std::move(names)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  awaited_models(strong_t /*all*/) : all_strong_(true) {}

  [[nodiscard]] bool empty() const noexcept { return names_.empty() && !all_strong_; }
  [[nodiscard]] bool all_strong() const noexcept { return all_strong_; }
  [[nodiscard]] const std::vector<std::string>& names() const& noexcept { return names_; }
  [[nodiscard]] std::vector<std::string> names() && noexcept { return std::move(names_); }

  /// For senders that block: a number by which they can ask for what has been kept back. 0: none.
  [[nodiscard]] std::uint64_t ticket() const noexcept { return ticket_; }
  /// Draws one, unless it is empty; returns it.
  std::uint64_t draw_ticket() noexcept {
    static std::atomic<std::uint64_t> last{0};
    if (!empty()) ticket_ = ++last;
    return ticket_;
  }

 private:
  std::vector<std::string> names_;
  bool all_strong_ = false;
  std::uint64_t ticket_ = 0;
};

}  // namespace cairn
