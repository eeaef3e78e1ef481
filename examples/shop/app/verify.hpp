#pragma once

#include "shop/app/exit_code.hpp"

#include <cairn/config.hpp>

namespace shop {

/// Reads every byte of the journal and says what it found.
[[nodiscard]] exit_code verify(const cairn::config& settings);

}  // namespace shop
