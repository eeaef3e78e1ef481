#pragma once

#include "support/values.hpp"

namespace shop {

using support::format_count;
using support::format_day;
using support::format_money;
using support::format_time;
using support::parse_day;
using support::parse_integer;
using support::parse_mils;
using support::parse_time;

}  // namespace shop
