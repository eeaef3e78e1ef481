#include "delivery.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace cairn::nats {
namespace {

constexpr std::string_view prefix = "$JS.ACK.";
/// $JS.ACK.stream.consumer.attempt.number.number_for_consumer.time.pending
constexpr std::size_t tokens_of_short_form = 9;
/// With the domain and the account's hash behind ACK; and, of newer servers, more at the end.
constexpr std::size_t tokens_of_long_form = 11;

std::vector<std::string_view> tokens_of(std::string_view subject) {
  std::vector<std::string_view> tokens;
  for (;;) {
    const auto dot = subject.find('.');
    tokens.push_back(subject.substr(0, dot));
    if (dot == subject.npos) return tokens;
    subject.remove_prefix(dot + 1);
  }
}

std::optional<std::uint64_t> number_of(std::string_view token) {
  std::uint64_t number = 0;
  const char* const end = token.data() + token.size();
  const auto read = std::from_chars(token.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<delivery> delivery_from(std::string_view reply_subject) {
  if (!reply_subject.starts_with(prefix)) return std::nullopt;
  const auto tokens = tokens_of(reply_subject);
  if (tokens.size() != tokens_of_short_form && tokens.size() < tokens_of_long_form) {
    return std::nullopt;
  }
  const std::size_t stream = tokens.size() == tokens_of_short_form ? 2 : 4;
  const auto attempt = number_of(tokens[stream + 2]);
  const auto number = number_of(tokens[stream + 3]);
  if (!attempt || !number) return std::nullopt;
  return delivery{std::string{reply_subject},
                  std::string{tokens[stream]},
                  *number,
                  std::string{tokens[stream + 5]},
                  *attempt};
}

std::string message_id_of(const delivery& of) {
  return of.stream + "." + std::to_string(of.number_in_stream) + "." + of.stored_at;
}

std::string again_after(std::chrono::nanoseconds pause) {
  if (pause.count() <= 0) return "-NAK";
  return "-NAK {\"delay\": " + std::to_string(pause.count()) + "}";
}

retry retry_of(error::code what) {
  switch (what) {
    case error::code::timed_out:
    case error::code::not_owner:
    case error::code::unavailable:
    case error::code::overloaded:
    case error::code::store_full:
    case error::code::shutting_down:
    case error::code::uncertain:
    case error::code::expired:
    case error::code::store_locked:
    case error::code::storage_failed:
    case error::code::stale:
    case error::code::fenced:
    case error::code::io_failed: return retry::always;
    case error::code::conflict:
    case error::code::corrupt:
    case error::code::user_code_threw:
    case error::code::newer_format:
    case error::code::put_aside:
    case error::code::stopped: return retry::some_times;
    case error::code::too_large:
    case error::code::unknown_name:
    case error::code::bad_config:
    case error::code::bad_input:
    case error::code::not_found:
    case error::code::deleted:
    case error::code::unhandled:
    case error::code::apart:
    case error::code::forbidden: return retry::never;
  }
  CAIRN_UNREACHABLE();
}

std::chrono::nanoseconds pause_behind(std::uint64_t attempt,
                                      std::chrono::nanoseconds first,
                                      std::chrono::nanoseconds longest) {
  std::chrono::nanoseconds pause = std::min(first, longest);
  for (std::uint64_t i = 1; i < attempt && pause < longest; ++i)
    pause = pause > longest / 2 ? longest : pause * 2;
  return pause;
}

}  // namespace cairn::nats
