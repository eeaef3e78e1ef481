#pragma once

#include "cairn/aggregate_handle.hpp"
#include "cairn/ask.hpp"
#include "cairn/atomic.hpp"
#include "cairn/runtime.hpp"
#include "cairn/testing/random_source.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cairn::testing {

class simulated_client;

namespace detail {

/// A request on its way to the node.
struct simulated_request {
  /// Who answers says what, for the trace, and what the client does when that has reached it.
  using answer = std::function<void(std::string text, std::function<void()> deliver)>;

  /// For the trace.
  std::string text;
  std::chrono::nanoseconds timeout{};
  /// At the node. The answer may be called any number of times; the first one counts.
  std::function<void(runtime& app, answer to)> arrive;
  /// At the client, when there is no answer.
  std::function<void(error why)> fail;
};

[[nodiscard]] std::string text_of(const receipt& done);
[[nodiscard]] std::string text_of(const error& why);
[[nodiscard]] std::string text_of(const atomic_outcome& what);
template <class A> [[nodiscard]] std::string text_of(const outcome<A>& what) {
  if (const auto* done = what.accepted()) return text_of(*done);
  if (const auto* why = what.rejected()) {
    return "rejected, " + std::to_string(static_cast<std::int64_t>(*why));
  }
  return text_of(*what.failed());
}

}  // namespace detail

/// The address of an aggregate, as a client elsewhere has it: what is asked travels to the node,
/// and the answer back; both take their time, and either may be lost. One thread.
template <class A> class simulated_handle {
 public:
  simulated_handle(simulated_client& by, aggregate_id id) : client_(&by), id_(std::move(id)) {}

  /// Sends a command. `callback(outcome<A>)` is called once, when the answer has arrived: what the
  /// runtime answers, or timed_out (a message was lost), `uncertain` (the node crashed while it had
  /// the command), unavailable (it was not running; nothing happened). It may ask again.
  template <std::invocable<outcome<A>> Callback>
  void ask(typename A::command wish, ask_options options, Callback callback) const;

  /// This aggregate's part in simulated_client::ask_atomically.
  [[nodiscard]] atomic_part part(typename A::command wish, expectation expected = {}) const {
    return {&cairn::detail::type_key<A>,
            id_,
            expected,
            std::make_unique<cairn::detail::part_message<A>>(std::move(wish))};
  }

 private:
  simulated_client* client_;
  aggregate_id id_;
};

/// A client of a simulated node; see simulation::client. One thread. Lives as long as the
/// simulation.
class simulated_client {
 public:
  class body;
  explicit simulated_client(body& inside) : body_(inside) {}
  simulated_client(const simulated_client&) = delete;
  simulated_client& operator=(const simulated_client&) = delete;

  /// Counted from 0, in the order in which they were added.
  [[nodiscard]] std::uint64_t number() const noexcept;
  /// This client's own chance: what it does does not hang on the order in which others run.
  [[nodiscard]] random_source& random() noexcept;

  template <class A> [[nodiscard]] simulated_handle<A> aggregate(aggregate_id id) {
    return {*this, std::move(id)};
  }

  /// As runtime::ask_atomically, and as simulated_handle::ask.
  void ask_atomically(ask_options options,
                      std::vector<atomic_part> parts,
                      std::function<void(const atomic_outcome&)> callback);

  /// Calls `what` once so much time has passed. The round is not over before. @pre delay >= 0
  void after(std::chrono::nanoseconds delay, std::function<void()> what);

  /// For handles.
  void send(detail::simulated_request what);

 private:
  body& body_;
};

template <class A>
template <std::invocable<outcome<A>> Callback>
void simulated_handle<A>::ask(typename A::command wish,
                              ask_options options,
                              Callback callback) const {
  const auto heard = std::make_shared<Callback>(std::move(callback));
  std::string text = std::string{A::stable_name} + "/" + id_.text() + " ";
  std::visit([&text](const auto& one) { text.append(one.stable_name).append(to_json(one)); }, wish);
  if (!options.command_id.empty()) text += " as " + options.command_id.text();
  const auto timeout = options.timeout;
  client_->send({.text = std::move(text),
                 .timeout = timeout,
                 .arrive =
                     [id = id_, wish = std::move(wish), options = std::move(options), heard](
                         runtime& app, detail::simulated_request::answer to) {
                       app.aggregate<A>(id).ask(
                           wish, options, [to = std::move(to), heard](const outcome<A>& what) {
                             to(detail::text_of(what), [what, heard] { (*heard)(what); });
                           });
                     },
                 .fail =
                     [heard](error why) {
                       (*heard)(outcome<A>{std::move(why)});
                     }});
}

}  // namespace cairn::testing
