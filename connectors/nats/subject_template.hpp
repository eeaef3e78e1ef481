#pragma once

#include "cairn/recorded.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::nats {

/// "events.{aggregate_type}.{event_type}": which subject an event has. A value.
class subject_template {
 public:
  /// bad_config: an unknown name in braces, a blank, a wildcard, an empty token.
  [[nodiscard]] static result<subject_template> parse(std::string_view text);

  [[nodiscard]] std::string of(const recorded_event& event) const;

  /// A pattern that all its subjects fit: "events.>".
  [[nodiscard]] std::string pattern() const;

 private:
  enum class part : std::uint8_t { text, aggregate_type, aggregate_id, event_type, partition };
  struct piece {
    part what;
    std::string text;
  };

  [[nodiscard]] static result<part> part_named(std::string_view name);

  std::vector<piece> pieces_;
};

}  // namespace cairn::nats
