#pragma once

#include "cairn/detail/erased_read_model.hpp"
#include "cairn/persistence/views.hpp"
#include "cairn/read_model_storage.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn {

/// The views of a read model, or of a part of one, in a storage from elsewhere. Any thread.
class storage_shelf final : public persistence::view_shelf {
 public:
  /// @param made_for name, journal and so on; version, copy and tables are those that are asked for
  /// @pre `type` outlives this and all views
  storage_shelf(read_model_storage in,
                persistence::view_options made_for,
                const detail::read_model_type& type)
      : in_(std::move(in)), made_for_(std::move(made_for)), type_(type) {}

  result<std::unique_ptr<persistence::view>> open(persistence::view_place place,
                                                  std::vector<std::string> table_names) override {
    persistence::view_options wish = at(place);
    wish.tables = std::move(table_names);
    const detail::read_model_type* const former = type_.former();
    const bool is_former = former != nullptr && former->version() == place.version;
    const detail::read_model_type& type = is_former ? *former : type_;
    if (type.uses_sql()) {
      wish.create_schema = [&type](detail::table_store& rows) {
        return type.create_schema(rows);
      };
    }
    return in_.open(wish);
  }
  result<std::vector<persistence::view_place>> stored() const override {
    return in_.stored(made_for_);
  }
  result<void> remove(persistence::view_place place) override { return in_.remove(at(place)); }

 private:
  [[nodiscard]] persistence::view_options at(persistence::view_place place) const {
    persistence::view_options options = made_for_;
    options.version = place.version;
    options.copy = place.copy;
    return options;
  }

  const read_model_storage in_;
  const persistence::view_options made_for_;
  const detail::read_model_type& type_;
};

}  // namespace cairn
