#pragma once

#include "cairn/actors/executor.hpp"

#include <functional>
#include <memory>

namespace cairn::actors {

/// A strand with a thread of its own, for executors to give to those that may block.
[[nodiscard]] std::unique_ptr<strand> make_blocking_strand(std::function<void()> run);

}  // namespace cairn::actors
