#pragma once

#include "hosts/level_lists.hpp"
#include "hosts/replacement.hpp"

#include <utility>

namespace cairn::actors {

/// The one used longest ago of those on the lowest level sleeps first: a pass over many that are
/// used once pushes out nothing that was used again.
class segmented final : public replacement {
 public:
  segmented(const replacement_options& options, rest_check rest_of)
      : lists_(options.levels, options.protected_percent), rest_of_(std::move(rest_of)) {}

  void added(slot& one) override { lists_.add(one); }
  void used(slot& one) noexcept override { lists_.use(one); }
  void removed(slot& one) noexcept override { lists_.remove(one); }
  [[nodiscard]] slot* next() override { return lists_.next(rest_of_); }

 private:
  level_lists lists_;
  rest_check rest_of_;
};

}  // namespace cairn::actors
