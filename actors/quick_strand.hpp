#pragma once

#include "cairn/actors/executor.hpp"

#include <functional>
#include <memory>

namespace cairn::actors {

/// A strand of short runs that whoever wakes it may run himself, when he has nothing else to do
/// (detail::caller_runs). @pre `run` returns soon and never waits; see executor::attach
[[nodiscard]] std::unique_ptr<strand> make_quick_strand(executor& where, std::function<void()> run);

}  // namespace cairn::actors
