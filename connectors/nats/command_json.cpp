#include "command_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace cairn::nats {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds longest_timeout = std::chrono::hours{24};

error bad(std::string_view what) {
  return {error::code::bad_input, "the command: " + std::string{what}};
}

/// Reads the members of an envelope; the first fault counts.
class member_reader {
 public:
  explicit member_reader(const json& envelope) : envelope_(envelope) {}

  [[nodiscard]] const std::optional<error>& fault() const noexcept { return fault_; }

  void text(const char* name, bool required, const std::function<void(std::string&&)>& take) {
    read(name, required, "text", &json::is_string, [&](const json& found) {
      take(found.get<std::string>());
    });
  }

  void expected(expectation& into) {
    const json* const found = find("expected", false);
    if (found == nullptr) return;
    if (found->is_number_unsigned()) {
      into = version{found->get<std::uint64_t>()};
    } else if (*found == "none") {
      into = expectation::none();
    } else if (*found == "exists") {
      into = expectation::exists();
    } else {
      fail("\"expected\" must be a version, \"none\" or \"exists\"");
    }
  }

  void tags(std::vector<std::string>& into) {
    read("tags", false, "a list of texts", &json::is_array, [&](const json& found) {
      for (const json& one : found) {
        if (!one.is_string()) return fail("\"tags\" must be a list of texts");
        into.push_back(one.get<std::string>());
      }
    });
  }

  void metadata(metadata_map& into) {
    read("metadata", false, "an object of texts", &json::is_object, [&](const json& found) {
      for (const auto& [key, value] : found.items()) {
        if (!value.is_string()) return fail("\"metadata\" must be an object of texts");
        into.emplace_back(key, value.get<std::string>());
      }
    });
  }

  void timeout(std::chrono::nanoseconds& into) {
    read("timeout_ms", false, "a number", &json::is_number_unsigned, [&](const json& found) {
      const auto longest = static_cast<std::uint64_t>(longest_timeout.count());
      const auto milliseconds = std::min(found.get<std::uint64_t>(), longest);
      into = std::chrono::milliseconds{static_cast<std::int64_t>(milliseconds)};
    });
  }

  void data(std::string& into) {
    const json* const found = find("data", false);
    // A command without fields.
    into = found != nullptr ? found->dump() : "{}";
  }

  /// A name that is misspelt must not be overlooked.
  void expect_no_others() {
    if (fault_ || known_ == envelope_.size()) return;
    for (const auto& [name, value] : envelope_.items()) {
      if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
        return fail("there is no \"" + name + "\"");
      }
    }
  }

 private:
  const json* find(const char* name, bool required) {
    names_.emplace_back(name);
    const auto found = envelope_.find(name);
    if (found == envelope_.end()) {
      if (required) fail("\"" + std::string{name} + "\" is missing");
      return nullptr;
    }
    ++known_;
    return &*found;
  }

  template <class Take>
  void read(const char* name,
            bool required,
            std::string_view kind,
            bool (json::*is_kind)() const noexcept,
            Take&& take) {
    const json* const found = find(name, required);
    if (found == nullptr) return;
    if (!(found->*is_kind)()) {
      return fail("\"" + std::string{name} + "\" must be " + std::string{kind});
    }
    take(*found);
  }

  void fail(const std::string& what) {
    if (!fault_) fault_ = bad(what);
  }

  const json& envelope_;
  std::vector<std::string> names_;
  std::size_t known_ = 0;
  std::optional<error> fault_;
};

std::string written(const json& answer) {
  // Details may hold any bytes.
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

result<detail::command_request> parse_request(std::string_view text,
                                              std::chrono::milliseconds timeout) {
  const json envelope = json::parse(text, nullptr, false);
  if (envelope.is_discarded()) return bad("it is not JSON");
  if (!envelope.is_object()) return bad("it is not a JSON object");
  detail::command_request made;
  made.options.timeout = timeout;
  ask_options& options = made.options;
  member_reader in{envelope};
  in.text("aggregate", true, [&](std::string&& name) { made.aggregate = std::move(name); });
  in.text("id", true, [&](std::string&& id) { made.id = std::move(id); });
  in.text("command", true, [&](std::string&& name) { made.command = std::move(name); });
  in.data(made.data);
  in.text("command_id", false, [&](std::string&& id) { options.command_id = std::move(id); });
  in.expected(options.expected);
  in.text(
      "correlation_id", false, [&](std::string&& id) { options.correlation_id = std::move(id); });
  in.text("causation_id", false, [&](std::string&& id) { options.causation_id = std::move(id); });
  in.text("principal", false, [&](std::string&& who) { options.principal = std::move(who); });
  in.tags(options.tags);
  in.metadata(options.metadata);
  in.timeout(options.timeout);
  in.expect_no_others();
  if (in.fault()) return *in.fault();
  return made;
}

namespace detail {

std::string accepted_answer(const receipt& done,
                            const std::string& reply,
                            std::span<const late_model> late) {
  json answer{
      {"outcome", "accepted"},
      {"version", done.version.value},
      {"position",
       std::to_string(done.position.partition.value) + "." + std::to_string(done.position.offset)},
      {"repeated", done.repeated}};
  if (!reply.empty()) answer["reply"] = json::parse(reply, nullptr, false);
  for (const late_model& one : late)
    answer["late"].push_back(one.name);
  return written(answer);
}

std::string rejected_answer(std::int64_t number, std::string_view name) {
  json answer{{"outcome", "rejected"}, {"rejection", number}};
  if (!name.empty()) answer["name"] = name;
  return written(answer);
}

std::string failed_answer(const error& why) {
  json answer{{"outcome", "failed"},
              {"error", to_string(why.what)},
              {"number", static_cast<std::uint16_t>(why.what)},
              {"detail", why.detail},
              {"advice", advice(why.what)},
              {"stored", effect_of(why.what) == error::effect::none ? "nothing" : "unknown"}};
  if (why.what == error::code::conflict) answer["actual_version"] = why.actual_version;
  if (why.retry_after.count() > 0) {
    answer["retry_after_ms"] =
        std::chrono::ceil<std::chrono::milliseconds>(why.retry_after).count();
  }
  return written(answer);
}

}  // namespace detail

}  // namespace cairn::nats
