#pragma once

#include "cairn/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// What `apply` of a read model may do beside changing the model:
//
//   static void apply(state&, const cairn::recorded<deposited>&, const cairn::applying&);
//
// Models whose `apply` takes two arguments pay nothing for it.

namespace cairn {

namespace detail {

/// Tells types of updates apart without their names: each has an address of its own.
template <class T> inline constexpr char update_key = 0;

/// What `apply` emitted for the event at this position. Shared by all who watch.
struct emitted_update {
  position at;
  /// A `const M::updates`.
  std::shared_ptr<const void> what;
};

/// Gathers what the events of a batch leave beside the model, until the batch is durable. One
/// thread.
class apply_effects {
 public:
  /// Whether the key is that of one of the model's updates. With `into`, also makes a `const
  /// M::updates` of the update, which is moved from.
  using wrap_function = bool (*)(const void* key, void* update, std::shared_ptr<const void>* into);

  /// @param wrap null: the model has no updates
  explicit apply_effects(wrap_function wrap) : wrap_(wrap) {}

  /// Whether somebody wants the updates of the batch that begins; otherwise they are not even made.
  void gather_updates(bool wanted) noexcept { gathers_ = wanted; }
  /// By partition: events up to there are replayed.
  void replay_up_to(std::vector<std::uint64_t> offsets) { replay_up_to_ = std::move(offsets); }

  void begin_event(const position& at);
  /// The event could not be applied: what it left is forgotten.
  void undo_event();
  /// Whether something was emitted since begin_event() that is not one of the model's updates.
  [[nodiscard]] bool misused() const noexcept { return misused_; }

  [[nodiscard]] bool replaying() const noexcept { return replaying_; }
  void emit(const void* key, void* update);
  void after_commit(std::function<void()> code);

  /// Forgets everything: the batch is undone.
  void drop() noexcept;
  [[nodiscard]] std::vector<emitted_update> take_updates() noexcept {
    return std::exchange(updates_, {});
  }
  [[nodiscard]] std::vector<std::function<void()>> take_code() noexcept {
    return std::exchange(code_, {});
  }

 private:
  wrap_function wrap_;
  std::vector<std::uint64_t> replay_up_to_;
  position at_;
  bool gathers_ = true;
  bool replaying_ = false;
  bool misused_ = false;
  std::size_t updates_before_ = 0;
  std::size_t code_before_ = 0;
  std::vector<emitted_update> updates_;
  std::vector<std::function<void()>> code_;
};

/// The wrap_function for updates of the variant `Updates`: takes the whole or one of its types.
template <class Updates> struct update_wrapper;
template <class... Updates> struct update_wrapper<std::variant<Updates...>> {
  using variant = std::variant<Updates...>;

  [[nodiscard]] static bool wrap(const void* key, void* update, std::shared_ptr<const void>* into) {
    if (key != &update_key<variant>) return (try_one<Updates>(key, update, into) || ...);
    if (into != nullptr) {
      *into = std::make_shared<const variant>(std::move(*static_cast<variant*>(update)));
    }
    return true;
  }

 private:
  template <class T>
  static bool try_one(const void* key, void* update, std::shared_ptr<const void>* into) {
    if (key != &update_key<T>) return false;
    if (into != nullptr) {
      *into = std::make_shared<const variant>(std::in_place_type<T>,
                                              std::move(*static_cast<T*>(update)));
    }
    return true;
  }
};

}  // namespace detail

/// The event that is being applied, as `apply` may ask about it and act on it. Valid during the
/// call; its thread only.
class applying {
 public:
  explicit applying(detail::apply_effects& into) : into_(into) {}
  applying(const applying&) = delete;
  applying& operator=(const applying&) = delete;
  ~applying() = default;

  /// The event was durable before this read model first started, or was begun anew: what it set in
  /// motion has happened long ago, or never will. After a restart of the process a model in tables
  /// still knows; of a model in memory, everything that was durable at the restart is replayed.
  [[nodiscard]] bool replaying() const noexcept { return into_.replaying(); }

  /// Tells those who watch the read model (runtime::watch), once the event's batch is durable and
  /// shown by queries; nobody hears of a batch that is undone. Also in a replay, since who watches
  /// an old picture wants to be brought up to date.
  /// `update` is one of the model's `updates`, or the whole variant; otherwise the read model stops
  /// (user_code_threw), as if `apply` had thrown.
  template <class Update> void emit(Update update) const {
    static_assert(!std::is_reference_v<Update> && !std::is_const_v<Update>);
    into_.emit(&detail::update_key<Update>, &update);
  }

  /// Calls `code` once when the event's batch is durable and shown by queries, in the order in
  /// which it was given; never in a replay. At most once: a crash between the two loses it; what
  /// must happen belongs to a process manager. `code` is called by the read model's own thread: it
  /// must not block, and what it throws is dropped.
  void after_commit(std::function<void()> code) const { into_.after_commit(std::move(code)); }

 private:
  detail::apply_effects& into_;
};

}  // namespace cairn
