#pragma once

#include "cairn/actors/read_model_runner.hpp"

namespace cairn::actors {

/// Marks this thread, while it exists, as being in the user code of a read model.
class at_work {
 public:
  explicit at_work(const read_model_runner& model) noexcept;
  at_work(const at_work&) = delete;
  at_work& operator=(const at_work&) = delete;
  ~at_work();

 private:
  const read_model_runner* before_;
};

}  // namespace cairn::actors
