#pragma once

#include "cairn/dead_letter.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_model_status.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::detail {

/// A running read model as its operators see it; what the functions promise stands at
/// cairn::read_model_control. Any thread but those of Cairn. They block until it is done, one after
/// the other, between two batches. All: shutting_down.
class read_model_controls {
 public:
  read_model_controls() = default;
  read_model_controls(const read_model_controls&) = delete;
  read_model_controls& operator=(const read_model_controls&) = delete;
  virtual ~read_model_controls() = default;

  [[nodiscard]] virtual read_model_status status() const = 0;

  [[nodiscard]] virtual result<void> pause() = 0;
  [[nodiscard]] virtual result<void> resume() = 0;
  [[nodiscard]] virtual result<void> reset() = 0;
  [[nodiscard]] virtual result<void> set_checkpoint(std::span<const position> to) = 0;
  [[nodiscard]] virtual result<rebuild_answer> rebuild() = 0;
  [[nodiscard]] virtual result<void> cancel_rebuild() = 0;

  [[nodiscard]] virtual result<std::vector<dead_letter>> dead_letters(
      const dead_letter_query& query) = 0;
  [[nodiscard]] virtual result<std::vector<dead_letter_count>> dead_letter_keys() = 0;
  /// Of this key; nothing: of all.
  [[nodiscard]] virtual result<dead_letter_report> retry_dead_letters(
      const std::optional<std::string>& sequence_key) = 0;
  [[nodiscard]] virtual result<std::uint64_t> discard_dead_letters(
      const std::optional<std::string>& sequence_key) = 0;
  [[nodiscard]] virtual result<void> discard_dead_letter(position one) = 0;
};

}  // namespace cairn::detail
