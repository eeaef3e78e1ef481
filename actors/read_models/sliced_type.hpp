#pragma once

#include "cairn/detail/erased_read_model.hpp"
#include "cairn/slice.hpp"

#include <memory>
#include <string>
#include <utility>

namespace cairn::actors {

/// A read model that wants only the events of aggregates in its slices, and is otherwise another
/// one. Immutable; any thread.
class sliced_type final : public detail::read_model_type {
 public:
  /// @pre `whole` outlives it
  sliced_type(const detail::read_model_type& whole, slice_range slices, std::string label)
      : whole_(whole),
        slices_(slices),
        label_(std::move(label)),
        former_(whole.former() != nullptr
                    ? std::make_unique<sliced_type>(*whole.former(), slices, label_)
                    : nullptr) {}

  [[nodiscard]] std::string_view name() const noexcept override { return label_; }
  [[nodiscard]] std::uint32_t version() const noexcept override { return whole_.version(); }
  [[nodiscard]] std::uint32_t state_schema_version() const noexcept override {
    return whole_.state_schema_version();
  }
  [[nodiscard]] std::span<const detail::wanted_event> wanted() const noexcept override {
    return whole_.wanted();
  }
  [[nodiscard]] bool takes_every_event() const noexcept override {
    return whole_.takes_every_event();
  }
  [[nodiscard]] bool filters() const noexcept override { return true; }
  [[nodiscard]] result<bool> wants(const event_metadata& meta) const override {
    if (!slices_.has(slice_of(meta.aggregate_type, meta.aggregate_id))) return false;
    return whole_.wants(meta);
  }
  [[nodiscard]] std::vector<std::string> table_names() const override {
    return whole_.table_names();
  }
  [[nodiscard]] bool in_memory() const noexcept override { return whole_.in_memory(); }
  [[nodiscard]] std::unique_ptr<detail::read_model_fold> make() const override {
    return whole_.make();
  }
  [[nodiscard]] bool uses_sql() const override { return whole_.uses_sql(); }
  [[nodiscard]] result<void> create_schema(detail::table_store& store) const override {
    return whole_.create_schema(store);
  }
  [[nodiscard]] const read_model_type* former() const noexcept override { return former_.get(); }
  [[nodiscard]] result<void> sequence_key(std::size_t wanted,
                                          event_metadata& meta,
                                          const raw_event& event,
                                          std::string& out) const override {
    return whole_.sequence_key(wanted, meta, event, out);
  }

 private:
  const detail::read_model_type& whole_;
  const slice_range slices_;
  const std::string label_;
  const std::unique_ptr<const sliced_type> former_;
};

}  // namespace cairn::actors
