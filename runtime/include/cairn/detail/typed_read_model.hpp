#pragma once

#include "cairn/codec.hpp"
#include "cairn/detail/erased_read_model.hpp"
#include "cairn/detail/fair_shared_mutex.hpp"
#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

// From a user's read model to what its carrier knows. What user code throws becomes an error here.

namespace cairn::detail {

/// Calls `code()`, which is the user's `what`. user_code_threw: it threw; the detail has its words.
template <class Code> [[nodiscard]] result<void> guarded(std::string_view what, Code&& code) {
  try {
    std::forward<Code>(code)();
    return {};
  } catch (const std::exception& thrown) {
    return error{error::code::user_code_threw, std::string{what} + ": " + thrown.what()};
  } catch (...) {
    return error{error::code::user_code_threw, std::string{what} + " threw something strange"};
  }
}

/// Decodes the event and hands it to `M::apply`.
template <class M, class Event>
[[nodiscard]] result<void> apply_event(picture_of<M>& now,
                                       const event_metadata& meta,
                                       byte_view payload) {
  const auto event = decode<Event>(payload);
  if (!event) return event.error();
  return guarded("apply", [&] { M::apply(now, recorded<Event>{*event, meta}); });
}

/// What `M` wants, and how it takes it; by the same index.
template <class M> struct model_events {
  using apply_function = result<void> (*)(picture_of<M>&, const event_metadata&, byte_view);

  model_events() {
    each_source<typename M::sources>::event([this]<class A, class Event>() {
      wanted.push_back({A::stable_name, Event::stable_name});
      apply.push_back(&apply_event<M, Event>);
    });
  }

  std::vector<wanted_event> wanted;
  std::vector<apply_function> apply;
};

/// A read model in memory. Queries share it; batches have it to themselves.
template <memory_model M> class memory_fold final : public read_model_fold {
 public:
  using state = typename M::state;

  explicit memory_fold(const model_events<M>& events) : events_(events) {}

  void begin_batch(table_store* /*store*/) override { mutex_.lock(); }
  void end_batch() override { mutex_.unlock(); }

  result<void> apply(std::size_t wanted, const event_metadata& meta, byte_view payload) override {
    return events_.apply.at(wanted)(state_, meta, payload);
  }

  result<void> save(byte_buffer& out) const override {
    const std::shared_lock lock{mutex_};
    return guarded("serialize of the state", [&] { encode(state_, out); });
  }

  result<void> restore(byte_view saved) override {
    auto read = decode<state>(saved);
    if (!read) return read.error();
    const std::lock_guard lock{mutex_};
    return guarded("moving the state", [&] { state_ = *std::move(read); });
  }

  void clear() override {
    const std::lock_guard lock{mutex_};
    state_ = state{};
  }

  void look(table_store* /*store*/, const std::function<void(const void*)>& look) const override {
    const std::shared_lock lock{mutex_};
    look(&state_);
  }

 private:
  const model_events<M>& events_;
  mutable fair_shared_mutex mutex_;
  state state_{};
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

  result<void> apply(std::size_t wanted, const event_metadata& meta, byte_view payload) override {
    return events_.apply.at(wanted)(tables_, meta, payload);
  }

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
};

/// The read model `M`.
template <class M> class typed_read_model final : public read_model_type {
 public:
  static_assert(check_read_model<M>());

  [[nodiscard]] std::string_view name() const noexcept override { return M::stable_name; }
  [[nodiscard]] std::uint32_t version() const noexcept override { return M::version; }
  [[nodiscard]] std::uint32_t state_schema_version() const noexcept override {
    return schema_version_of<picture_of<M>>();
  }
  [[nodiscard]] std::span<const wanted_event> wanted() const noexcept override {
    return events_.wanted;
  }
  [[nodiscard]] std::vector<std::string> table_names() const override {
    if constexpr (table_model<M>) {
      return detail::table_names<typename M::tables>();
    } else {
      return {};
    }
  }
  [[nodiscard]] bool in_memory() const noexcept override { return memory_model<M>; }

  /// The fold must not outlive this.
  [[nodiscard]] std::unique_ptr<read_model_fold> make() const override {
    if constexpr (memory_model<M>) {
      return std::make_unique<memory_fold<M>>(events_);
    } else {
      return std::make_unique<table_fold<M>>(events_);
    }
  }

 private:
  model_events<M> events_;
};

}  // namespace cairn::detail
