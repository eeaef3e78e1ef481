#pragma once

#include <chrono>

namespace bench {

/// Longer than any answer here may take.
inline constexpr std::chrono::milliseconds patience{60'000};

/// The same, as poll() takes it.
inline constexpr int patience_ms = static_cast<int>(patience.count());

}  // namespace bench
