#pragma once

#include "cairn/assert.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/erased_read_model.hpp"
#include "cairn/detail/event_reader.hpp"
#include "cairn/detail/fair_shared_mutex.hpp"
#include "cairn/detail/hidden_tables.hpp"
#include "cairn/detail/read_event.hpp"
#include "cairn/detail/sequence_keys.hpp"
#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

#include <algorithm>
#include <concepts>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

// From a user's read model to what its carrier knows. What user code throws becomes an error here.

namespace cairn::detail {

template <class M, class A, class T, class... Events>
consteval bool wants_any_of(type_list<Events...> /*current*/) {
  return ((wants_event<M, A, Events>() && leads_to<A, Events, T>()) || ...);
}

/// Whether what is stored as a `T` may mean an event that `M` wants.
template <class M, class A, class T> consteval bool wants_stored() {
  return wants_any_of<M, A, T>(current_events<A>{});
}

/// Whether an `apply` of `M` takes an `applying`.
template <class M> consteval bool takes_applying() {
  if constexpr (takes_every_event<M>) {
    return applies_every_event_with_effects<M>;
  } else {
    bool found = false;
    each_source<typename M::sources>::event([&found]<class A, class Event>() {
      if constexpr (applies_with_effects<M, Event>) found = true;
    });
    return found;
  }
}

/// What the fold of `M` gathers effects in.
template <class M> [[nodiscard]] std::optional<apply_effects> make_effects() {
  if constexpr (!takes_applying<M>()) {
    return std::nullopt;
  } else if constexpr (emits_updates<M>) {
    return apply_effects{&update_wrapper<typename M::updates>::wrap};
  } else {
    return apply_effects{nullptr};
  }
}

/// Reads a stored event as a `T`, and hands the events that it means, if wanted, to `M::apply`.
template <class M, class A, class T>
[[nodiscard]] result<void> apply_stored_as(picture_of<M>& now,
                                           apply_effects* effects,
                                           event_metadata& meta,
                                           const raw_event& stored) {
  return read_event_as<A, T>(stored, [&]<class Event>(const Event& event) -> result<void> {
    if constexpr (wants_event<M, A, Event>()) {
      meta.event_type = Event::stable_name;
      return guarded("apply", [&] {
        if constexpr (applies_with_effects<M, Event>) {
          M::apply(now, recorded<Event>{event, meta}, applying{*effects});
        } else {
          M::apply(now, recorded<Event>{event, meta});
        }
      });
    } else {
      return {};
    }
  });
}

/// The same for a name that several types share.
template <class M, class A>
[[nodiscard]] result<void> apply_stored(picture_of<M>& now,
                                        apply_effects* effects,
                                        event_metadata& meta,
                                        const raw_event& stored) {
  result<void> done;
  const bool known = visit_type_of<A>(stored, [&]<class T>() {
    if constexpr (wants_stored<M, A, T>()) {
      done = apply_stored_as<M, A, T>(now, effects, meta, stored);
    }
  });
  return known ? done : unknown_event(A::stable_name, stored);
}

/// Hands a stored event of whatever type to `M::apply`.
template <class M>
[[nodiscard]] result<void> apply_any(picture_of<M>& now,
                                     apply_effects* effects,
                                     const event_metadata& meta,
                                     const raw_event& stored,
                                     const event_reader& reader) {
  auto json = reader.json(meta.aggregate_type, stored);
  if (!json) return json.error();
  const recorded_event fact = event_reader::record(meta, stored, *std::move(json));
  return guarded("apply", [&] {
    if constexpr (applies_every_event_with_effects<M>) {
      M::apply(now, fact, applying{*effects});
    } else {
      M::apply(now, fact);
    }
  });
}

/// Under which names what `M` wants is stored, and how it takes it; by the same index.
template <class M> struct model_events {
  /// The effects are null where no `apply` takes them.
  using apply_function = result<void> (*)(picture_of<M>&,
                                          apply_effects*,
                                          event_metadata&,
                                          const raw_event&);
  using key_function = result<void> (*)(event_metadata&, const raw_event&, std::string&);

  model_events() {
    each_source<typename M::sources>::event(
        [this]<class A, class Event>() { this->template add_type<A, Event>(); });
    each_source<typename M::sources>::event([this]<class A, class Event>() {
      this->template add_translated<A>(translated_types<A>{});
    });
  }

  std::vector<wanted_event> wanted;
  std::vector<apply_function> apply;
  /// Null for a model that makes no keys of events.
  std::vector<key_function> key;
  /// Of a model that takes every event.
  const event_reader* reader = nullptr;

  [[nodiscard]] result<void> apply_one(picture_of<M>& now,
                                       apply_effects* effects,
                                       std::size_t index,
                                       event_metadata& meta,
                                       const raw_event& event) const {
    if constexpr (takes_every_event<M>) {
      CAIRN_ASSERT(reader != nullptr);
      return apply_any<M>(now, effects, meta, event, *reader);
    } else {
      return apply.at(index)(now, effects, meta, event);
    }
  }

 private:
  template <class A, class... Olds> void add_translated(type_list<Olds...> /*all*/) {
    (add_type<A, Olds>(), ...);
  }

  template <class A, class T> void add_type() {
    if constexpr (has_serialize<T> && wants_stored<M, A, T>()) {
      for (const stored_name& one : stored_names<A, T>)
        add(A::stable_name,
            one,
            one.is_alone() ? &apply_stored_as<M, A, T> : &apply_stored<M, A>,
            key_function_of<A, T>(one));
    }
  }

  template <class A, class T> static key_function key_function_of(const stored_name& one) {
    if constexpr (keys_any_event<M>()) {
      return one.is_alone() ? &key_of_stored_as<M, A, T> : &key_of_stored<M, A>;
    } else {
      return nullptr;
    }
  }

  void add(std::string_view aggregate_type,
           const stored_name& one,
           apply_function how,
           key_function keyed) {
    const bool known = std::any_of(wanted.begin(), wanted.end(), [&](const wanted_event& other) {
      return other.aggregate_type == aggregate_type && other.event_type == one.name;
    });
    if (known) return;
    wanted.push_back({aggregate_type, one.name});
    apply.push_back(how);
    key.push_back(keyed);
  }
};

/// Applies an event by the index of its stored name, and keeps its effects unless it fails.
template <class M>
[[nodiscard]] result<void> apply_to(picture_of<M>& now,
                                    const model_events<M>& events,
                                    std::optional<apply_effects>& effects,
                                    std::size_t wanted,
                                    event_metadata& meta,
                                    const raw_event& event) {
  if constexpr (!takes_applying<M>()) {
    return events.apply_one(now, nullptr, wanted, meta, event);
  } else {
    effects->begin_event(meta.position);
    result<void> done = events.apply_one(now, &*effects, wanted, meta, event);
    if (done && effects->misused()) {
      done = error{error::code::user_code_threw,
                   "apply: emitted what is none of the read model's `updates`"};
    }
    if (!done) effects->undo_event();
    return done;
  }
}

/// A read model in memory. Queries share it; batches have it to themselves.
template <memory_model M> class memory_fold final : public read_model_fold {
 public:
  using state = typename M::state;

  explicit memory_fold(const model_events<M>& events) : events_(events) {}

  void begin_batch(table_store* /*store*/) override {
    mutex_.lock();
    in_batch_ = true;
  }
  void end_batch() override {
    in_batch_ = false;
    mutex_.unlock();
  }

  result<void> apply(std::size_t wanted, event_metadata& meta, const raw_event& event) override {
    return apply_to<M>(state_, events_, effects_, wanted, meta, event);
  }
  apply_effects* effects() noexcept override { return effects_ ? &*effects_ : nullptr; }

  result<void> save(byte_buffer& out) const override {
    const std::shared_lock lock{mutex_};
    return guarded("serialize of the state", [&] { encode(state_, out); });
  }

  result<void> restore(byte_view saved) override {
    auto read = decode<state>(saved);
    if (!read) return read.error();
    const auto lock = alone();
    return guarded("moving the state", [&] { state_ = *std::move(read); });
  }

  void clear() override {
    const auto lock = alone();
    state_ = state{};
  }

  void look(table_store* /*store*/, const std::function<void(const void*)>& look) const override {
    const std::shared_lock lock{mutex_};
    look(&state_);
  }

 private:
  /// The state without queries; a batch has it so already.
  [[nodiscard]] std::unique_lock<fair_shared_mutex> alone() {
    if (in_batch_) return {};
    return std::unique_lock{mutex_};
  }

  const model_events<M>& events_;
  mutable fair_shared_mutex mutex_;
  /// Of the thread that applies.
  bool in_batch_ = false;
  state state_{};
  std::optional<apply_effects> effects_ = make_effects<M>();
};

/// A read model in tables: they belong to the transaction of the batch, or of the query.
template <table_model M> class table_fold final : public read_model_fold {
 public:
  using tables = typename M::tables;

  explicit table_fold(const model_events<M>& events) : events_(events) {}

  void begin_batch(table_store* store) override {
    CAIRN_ASSERT(store != nullptr);
    bind_tables(tables_, *store);
  }

  void end_batch() override {
    table_binder nothing{nullptr};
    tables_.serialize(nothing, 0U);
  }

  result<void> apply(std::size_t wanted, event_metadata& meta, const raw_event& event) override {
    return apply_to<M>(tables_, events_, effects_, wanted, meta, event);
  }
  apply_effects* effects() noexcept override { return effects_ ? &*effects_ : nullptr; }

  result<void> save(byte_buffer& /*out*/) const override { CAIRN_UNREACHABLE(); }
  result<void> restore(byte_view /*saved*/) override { CAIRN_UNREACHABLE(); }
  void clear() override { CAIRN_UNREACHABLE(); }

  void look(table_store* store, const std::function<void(const void*)>& look) const override {
    CAIRN_ASSERT(store != nullptr);
    tables at_hand{};
    bind_tables(at_hand, *store);
    look(&at_hand);
  }

 private:
  const model_events<M>& events_;
  tables tables_{};
  std::optional<apply_effects> effects_ = make_effects<M>();
};

/// The read model `M`.
template <class M> class typed_read_model final : public read_model_type {
 public:
  static_assert(check_read_model<M>());
  static_assert(check_sequence_key<M>());

  [[nodiscard]] std::string_view name() const noexcept override { return M::stable_name; }
  [[nodiscard]] std::uint32_t version() const noexcept override { return M::version; }
  [[nodiscard]] std::uint32_t state_schema_version() const noexcept override {
    return schema_version_of<picture_of<M>>();
  }
  [[nodiscard]] std::span<const wanted_event> wanted() const noexcept override {
    return events_.wanted;
  }
  [[nodiscard]] bool takes_every_event() const noexcept override {
    return detail::takes_every_event<M>;
  }
  void read_by(const event_reader& reader) override {
    events_.reader = &reader;
    if (former_) former_->read_by(reader);
  }
  [[nodiscard]] bool filters() const noexcept override { return filters_events<M>; }
  [[nodiscard]] result<bool> wants(const event_metadata& meta) const override {
    bool wanted = true;
    if constexpr (filters_events<M>) {
      auto asked = guarded("wants", [&] { wanted = M::wants(meta); });
      if (!asked) return asked.error();
    }
    return wanted;
  }
  [[nodiscard]] std::vector<std::string> table_names() const override {
    std::vector<std::string> names;
    if constexpr (table_model<M>) names = detail::table_names<typename M::tables>();
    add_hidden_tables(names);
    return names;
  }
  [[nodiscard]] bool in_memory() const noexcept override { return memory_model<M>; }
  [[nodiscard]] bool uses_sql() const override {
    if constexpr (table_model<M>) return creates_schema<M> || has_sql<typename M::tables>();
    return false;
  }
  [[nodiscard]] result<void> create_schema(table_store& store) const override {
    if constexpr (creates_schema<M>) {
      auto called = guarded("create", [&] { use_sql(store, [](sql& db) { M::create(db); }); });
      if (!called) return called;
      store.settle();
      if (store.failed()) return *store.failure();
    }
    return {};
  }

  [[nodiscard]] result<void> sequence_key(std::size_t wanted,
                                          event_metadata& meta,
                                          const raw_event& event,
                                          std::string& out) const override {
    if constexpr (keys_any_event<M>()) {
      return events_.key.at(wanted)(meta, event, out);
    } else {
      return key_of_metadata<M>(meta, out);
    }
  }

  /// The fold must not outlive this.
  [[nodiscard]] std::unique_ptr<read_model_fold> make() const override {
    if constexpr (memory_model<M>) {
      return std::make_unique<memory_fold<M>>(events_);
    } else {
      return std::make_unique<table_fold<M>>(events_);
    }
  }
  [[nodiscard]] bool can_be_split() const noexcept override { return detail::can_be_split<M>; }
  [[nodiscard]] const read_model_type* former() const noexcept override { return former_.get(); }

 private:
  [[nodiscard]] static std::unique_ptr<read_model_type> make_former() {
    if constexpr (names_former<M>) {
      return std::make_unique<typed_read_model<typename M::former>>();
    } else {
      return nullptr;
    }
  }

  model_events<M> events_;
  std::unique_ptr<read_model_type> former_ = make_former();
};

}  // namespace cairn::detail
