#pragma once

#include "support/exit_code.hpp"

namespace shop {

using support::exit_code;

}  // namespace shop
