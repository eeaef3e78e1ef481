#include "cairn/event_message.hpp"

#include <array>
#include <cstdio>

namespace cairn {
namespace {

std::string_view content_type(const recorded_event& event, message_body body) {
  const bool is_json = body == message_body::json || event.codec == event_codec::json;
  return is_json ? "application/json" : "application/vnd.cairn.event";
}

}  // namespace

std::string percent_encoded(std::string_view text, std::string_view also) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_plain =
        byte > 0x20 && byte < 0x7F && letter != '%' && also.find(letter) == also.npos;
    if (is_plain) {
      out += letter;
    } else {
      out.append({'%', digits[byte >> 4U], digits[byte & 0xFU]});
    }
  }
  return out;
}

std::string text_of(timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(),
                                 text.size(),
                                 "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ",
                                 static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()),
                                 static_cast<int>(clock.hours().count()),
                                 static_cast<int>(clock.minutes().count()),
                                 static_cast<int>(clock.seconds().count()),
                                 static_cast<long long>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

message_headers headers_of(const outgoing_event& what, message_body body) {
  const recorded_event& event = what.event;
  message_headers all{
      {"Content-Type", std::string{content_type(event, body)}},
      {"Cairn-Event-Id", what.id},
      {"Cairn-Event-Type", percent_encoded(event.event_type)},
      {"Cairn-Schema-Version", std::to_string(event.schema_version)},
      {"Cairn-Aggregate-Type", percent_encoded(event.aggregate_type)},
      {"Cairn-Aggregate-Id", percent_encoded(event.aggregate_id)},
      {"Cairn-Version", std::to_string(event.version.value)},
      {"Cairn-Position",
       std::to_string(event.position.partition.value) + "." +
           std::to_string(event.position.offset)},
      {"Cairn-Time", text_of(event.time)},
  };
  const auto add = [&all](const char* name, const std::string& text) {
    if (!text.empty()) all.emplace_back(name, percent_encoded(text));
  };
  add("Cairn-Command-Id", event.command_id.text());
  add("Cairn-Correlation-Id", event.correlation_id.text());
  add("Cairn-Causation-Id", event.causation_id.text());
  add("Cairn-Principal", event.principal.text());
  for (const std::string& tag : event.tags)
    add("Cairn-Tag", tag);
  for (const auto& [key, value] : event.metadata) {
    all.emplace_back("Cairn-Metadata", percent_encoded(key, "=") + "=" + percent_encoded(value));
  }
  return all;
}

std::string_view body_of(const outgoing_event& what, message_body body) noexcept {
  if (body == message_body::json) return what.event.json;
  return as_text(what.event.payload);
}

}  // namespace cairn
