#include "stream_acks.hpp"

#include <nats/nats.h>
#include <nlohmann/json.hpp>
#include <string>

namespace cairn::nats {

error stream_error(int number, std::string_view words) {
  const std::string text = "JetStream: " + std::string{words} + " (" + std::to_string(number) + ")";
  switch (number) {
    case JSStreamMessageExceedsMaximumErr: return {error::code::too_large, text};
    case JSStreamNotFoundErr: return {error::code::not_found, text};
    case JSStreamNotMatchErr: return {error::code::bad_config, text};
    case JSStreamWrongLastMsgIDErr:
      return {error::code::bad_config,
              text + "; somebody else writes to the stream, so `sole_writer` must be off"};
    default: return {error::code::unavailable, text};
  }
}

result<void> stored_by_stream(std::string_view json) {
  const auto answer = nlohmann::json::parse(json, nullptr, false);
  if (!answer.is_object()) {
    return error{error::code::unavailable, "JetStream: an answer that is not understood"};
  }
  const auto trouble = answer.find("error");
  if (trouble == answer.end()) return {};
  int number = 0;
  std::string words = "error";
  if (trouble->is_object()) {
    const auto code = trouble->find("err_code");
    if (code != trouble->end() && code->is_number_integer()) number = code->get<int>();
    const auto description = trouble->find("description");
    if (description != trouble->end() && description->is_string()) {
      words = description->get<std::string>();
    }
  }
  return stream_error(number, words);
}

}  // namespace cairn::nats
