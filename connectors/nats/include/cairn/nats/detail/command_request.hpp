#pragma once

#include "cairn/codec.hpp"
#include "cairn/detail/guarded.hpp"
#include "cairn/runtime.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// From a command in JSON to an aggregate, and from its outcome to an answer in JSON.

namespace cairn::nats::detail {

/// A command as it came, before anybody has looked at its fields.
struct command_request {
  std::string aggregate;
  std::string id;
  std::string command;
  /// The command's fields, as JSON.
  std::string data;
  ask_options options;
};

/// What a command came to: in words, and whether it may come to something else the next time.
struct command_answer {
  std::string text;
  /// What `failed` says. Nothing: it is accepted or rejected, and that is durable.
  std::optional<error> failure = {};
};

/// Takes an answer, once. Any thread; must not block.
using answer_function = std::function<void(command_answer)>;

/// @param reply what the command's type names as its reply, as JSON; empty: nothing
[[nodiscard]] std::string accepted_answer(const receipt& done,
                                          const std::string& reply,
                                          std::span<const late_model> late);
/// @param name empty: it has none
[[nodiscard]] std::string rejected_answer(std::int64_t number, std::string_view name);
[[nodiscard]] std::string failed_answer(const error& why);

/// Has a name for each of its enumerators: `to_string`, found beside it.
template <class Enum>
concept has_names = requires(Enum which) {
  { to_string(which) } -> std::convertible_to<std::string_view>;
};

[[nodiscard]] inline command_answer answer_of(const error& why) {
  return {failed_answer(why), why};
}

template <class A, class Reply>
[[nodiscard]] command_answer answer_of(const outcome<A, Reply>& out) {
  if (const auto* done = out.accepted()) {
    std::string reply;
    if constexpr (!std::is_void_v<Reply>) {
      auto written =
          cairn::detail::guarded("serialize of a reply", [&] { reply = to_json(done->reply); });
      // The command is accepted all the same.
      if (!written) return {failed_answer({error::code::uncertain, written.error().detail})};
    }
    return {accepted_answer(*done, reply, out.late())};
  }
  if (const auto* why = out.rejected()) {
    using rejection = typename A::rejection;
    std::string_view name;
    if constexpr (has_names<rejection>) name = to_string(*why);
    return {rejected_answer(static_cast<std::int64_t>(*why), name)};
  }
  return answer_of(*out.failed());
}

/// Where the commands of one aggregate type go in. Immutable; any thread.
class command_door {
 public:
  command_door() = default;
  command_door(const command_door&) = delete;
  command_door& operator=(const command_door&) = delete;
  virtual ~command_door() = default;

  /// Sends it. Does not block. unknown_name: there is no such command; bad_input, too_large: its
  /// fields are not those of the command. Then nothing was sent, and `answer` is not called.
  [[nodiscard]] virtual result<void> send(runtime& to,
                                          command_request&& request,
                                          answer_function answer) const = 0;
};

template <class A> class typed_command_door final : public command_door {
 public:
  result<void> send(runtime& to, command_request&& request, answer_function answer) const override {
    return send_one_of(
        to, std::move(request), std::move(answer), std::type_identity<typename A::command>{});
  }

 private:
  template <class... Commands>
  static result<void> send_one_of(runtime& to,
                                  command_request&& request,
                                  answer_function&& answer,
                                  std::type_identity<std::variant<Commands...>> /*commands*/) {
    result<void> sent =
        error{error::code::unknown_name,
              std::string{A::stable_name} + " has no command \"" + request.command + "\""};
    (void)((request.command == Commands::stable_name &&
            (sent = send_as<Commands>(to, std::move(request), std::move(answer)), true)) ||
           ...);
    return sent;
  }

  template <class Command>
  static result<void> send_as(runtime& to, command_request&& request, answer_function&& answer) {
    auto wish = from_json<Command>(request.data);
    if (!wish) return wish.error();
    to.aggregate<A>(aggregate_id{std::move(request.id)})
        .ask(*std::move(wish),
             std::move(request.options),
             [answer = std::move(answer)](const outcome_of<A, Command>& out) {
               answer(answer_of<A>(out));
             });
    return {};
  }
};

}  // namespace cairn::nats::detail
