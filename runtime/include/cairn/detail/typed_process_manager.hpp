#pragma once

#include "cairn/ask.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/erased_process_manager.hpp"
#include "cairn/detail/guarded.hpp"
#include "cairn/detail/read_event.hpp"
#include "cairn/detail/runtime_face.hpp"
#include "cairn/detail/typed_read_model.hpp"
#include "cairn/process_manager.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// From a user's process manager to what its carrier knows. What user code throws becomes an error.

namespace cairn::detail {

/// Reads the state of an instance, calls `code(state&, reactions&)`, which is the user's `what`,
/// and writes the state.
template <class M, class Code>
[[nodiscard]] result<void> run_instance(std::string_view what,
                                        std::optional<byte_view> stored,
                                        std::string_view instance,
                                        timestamp time,
                                        byte_buffer& after,
                                        reaction_list& then,
                                        Code&& code) {
  typename M::state now{};
  if (stored) {
    if (auto read = decode_into(now, *stored); !read) return read;
  }
  return guarded(what, [&] {
    reactions<M> reacts{then, instance, time};
    std::forward<Code>(code)(now, reacts);
    encode(now, after);
  });
}

/// Hands what a stored event means today to the instances that `M::route` names.
template <class M, class A, class T>
[[nodiscard]] result<void> route_stored_as(event_metadata& meta,
                                           const raw_event& stored,
                                           const take_call& take) {
  return read_event_as<A, T>(stored, [&]<class Event>(const Event& event) -> result<void> {
    if constexpr (wants_event<M, A, Event>()) {
      meta.event_type = Event::stable_name;
      const recorded<Event> fact{event, meta};
      cairn::route to;
      if (auto done = guarded("route", [&] { to = M::route(fact); }); !done) return done;
      for (const std::string& id : to.ids()) {
        const instance_call call =
            [&](std::optional<byte_view> state, byte_buffer& after, reaction_list& then) {
              return run_instance<M>(
                  "on", state, id, meta.time, after, then, [&](auto& now, reactions<M>& reacts) {
                    M::on(now, fact, reacts);
                  });
            };
        if (auto done = take(id, to.what(), call); !done) return done;
      }
    }
    return {};
  });
}

template <class M, class A>
[[nodiscard]] result<void> route_stored(event_metadata& meta,
                                        const raw_event& stored,
                                        const take_call& take) {
  result<void> done;
  const bool known = visit_type_of<A>(stored, [&]<class T>() {
    if constexpr (wants_stored<M, A, T>()) done = route_stored_as<M, A, T>(meta, stored, take);
  });
  return known ? done : unknown_event(A::stable_name, stored);
}

/// Under which names what `M` wants is stored, and how it is routed; by the same index.
template <class M> struct manager_events {
  using route_function = result<void> (*)(event_metadata&, const raw_event&, const take_call&);

  manager_events() {
    each_source<typename M::sources>::event(
        [this]<class A, class Event>() { this->template add_type<A, Event>(); });
    each_source<typename M::sources>::event([this]<class A, class Event>() {
      this->template add_translated<A>(translated_types<A>{});
    });
  }

  std::vector<wanted_event> wanted;
  std::vector<route_function> handle;

 private:
  template <class A, class... Olds> void add_translated(type_list<Olds...> /*all*/) {
    (add_type<A, Olds>(), ...);
  }

  template <class A, class T> void add_type() {
    if constexpr (has_serialize<T> && wants_stored<M, A, T>()) {
      for (const stored_name& one : stored_names<A, T>)
        add(A::stable_name, one, one.is_alone() ? &route_stored_as<M, A, T> : &route_stored<M, A>);
    }
  }

  void add(std::string_view aggregate_type, const stored_name& one, route_function how) {
    const bool known = std::any_of(wanted.begin(), wanted.end(), [&](const wanted_event& other) {
      return other.aggregate_type == aggregate_type && other.event_type == one.name;
    });
    if (known) return;
    wanted.push_back({aggregate_type, one.name});
    handle.push_back(how);
  }
};

/// A command of a process manager on its way.
template <class A> class manager_message final : public typed_message<A> {
 public:
  manager_message(typename A::command wish, std::function<void(erased_outcome&&)> done)
      : typed_message<A>(std::move(wish)), done_(std::move(done)) {}

 private:
  void answer(erased_outcome&& from) noexcept override { done_(std::move(from)); }

  std::function<void(erased_outcome&&)> done_;
};

/// What can be done with a command of `M` to `A`.
template <class M, class A> struct manager_target {
  static constexpr bool hears(erased_outcome::kind what) {
    switch (what) {
      case erased_outcome::kind::accepted: return false;
      case erased_outcome::kind::rejected: return hears_rejections<M, A>;
      case erased_outcome::kind::failed: return hears_failures<M, A>;
    }
    CAIRN_UNREACHABLE();
  }

  static result<void> refused([[maybe_unused]] typename M::state& now,
                              const refused_command& what,
                              [[maybe_unused]] reactions<M>& then) {
    const auto command = decode<typename A::command>(what.bytes);
    if (!command) return command.error();
    if constexpr (hears_rejections<M, A>) {
      if (what.outcome.what == erased_outcome::kind::rejected) {
        const auto why = static_cast<typename A::rejection>(what.outcome.rejection);
        const rejected_command<A> told{*command, what.aggregate_id, why, what.attempts};
        M::on_rejected(now, told, then);
      }
    }
    if constexpr (hears_failures<M, A>) {
      if (what.outcome.what == erased_outcome::kind::failed) {
        const failed_command<A> told{*command, what.aggregate_id, what.outcome.why, what.attempts};
        M::on_failed(now, told, then);
      }
    }
    return {};
  }

  static result<std::unique_ptr<command_message>> message(
      byte_view bytes, std::function<void(erased_outcome&&)> done) {
    auto command = decode<typename A::command>(bytes);
    if (!command) return command.error();
    return std::unique_ptr<command_message>{
        std::make_unique<manager_message<A>>(*std::move(command), std::move(done))};
  }
};

/// The same for all targets, by their index.
template <class M, class List> struct manager_targets;
template <class M, class... As> struct manager_targets<M, targets<As...>> {
  // One more than needed, since there may be none.
  static constexpr std::array<std::string_view, sizeof...(As) + 1> names{As::stable_name...};
  static constexpr std::size_t count = sizeof...(As);
  static constexpr std::array<const void*, sizeof...(As) + 1> keys{&type_key<As>...};
  static constexpr std::array<bool (*)(erased_outcome::kind), sizeof...(As) + 1> hears{
      &manager_target<M, As>::hears...};
  static constexpr std::array<result<void> (*)(
                                  typename M::state&, const refused_command&, reactions<M>&),
                              sizeof...(As) + 1>
      refused{&manager_target<M, As>::refused...};
  static constexpr std::array<result<std::unique_ptr<command_message>> (*)(
                                  byte_view, std::function<void(erased_outcome&&)>),
                              sizeof...(As) + 1>
      message{&manager_target<M, As>::message...};
};

/// The process manager `M`.
template <class M> class typed_process_manager final : public process_manager_type {
 public:
  static_assert(check_process_manager<M>());
  using sent_to = manager_targets<M, typename M::targets>;

  [[nodiscard]] std::string_view name() const noexcept override { return M::stable_name; }
  [[nodiscard]] std::uint32_t version() const noexcept override { return M::version; }
  [[nodiscard]] std::span<const wanted_event> wanted() const noexcept override {
    return events_.wanted;
  }
  [[nodiscard]] std::span<const std::string_view> targets() const noexcept override {
    return std::span{sent_to::names}.first(sent_to::count);
  }
  [[nodiscard]] const void* target_key(std::size_t target) const noexcept override {
    return sent_to::keys.at(target);
  }

  result<void> handle(std::size_t wanted,
                      event_metadata& meta,
                      const raw_event& event,
                      const take_call& take) const override {
    return events_.handle.at(wanted)(meta, event, take);
  }

  result<void> on_timer(std::string_view instance,
                        std::string_view timer,
                        timestamp due,
                        byte_view state,
                        byte_buffer& after,
                        reaction_list& then) const override {
    if constexpr (has_timers<M>) {
      return run_instance<M>(
          "on_timer", state, instance, due, after, then, [&](auto& now, reactions<M>& reacts) {
            M::on_timer(now, timer, due, reacts);
          });
    } else {
      return error{error::code::unknown_name, std::string{name()} + " has a timer and no on_timer"};
    }
  }

  [[nodiscard]] bool hears(std::size_t target, erased_outcome::kind what) const noexcept override {
    return sent_to::hears.at(target)(what);
  }

  result<void> on_refused(std::string_view instance,
                          const refused_command& what,
                          timestamp time,
                          byte_view state,
                          byte_buffer& after,
                          reaction_list& then) const override {
    result<void> told;
    const bool rejected = what.outcome.what == erased_outcome::kind::rejected;
    auto done = run_instance<M>(rejected ? "on_rejected" : "on_failed",
                                state,
                                instance,
                                time,
                                after,
                                then,
                                [&](auto& now, reactions<M>& reacts) {
                                  told = sent_to::refused.at(what.target)(now, what, reacts);
                                });
    return done ? told : done;
  }

  result<std::unique_ptr<command_message>> make_message(
      std::size_t target,
      byte_view bytes,
      std::function<void(erased_outcome&&)> done) const override {
    return sent_to::message.at(target)(bytes, std::move(done));
  }

 private:
  manager_events<M> events_;
};

}  // namespace cairn::detail
