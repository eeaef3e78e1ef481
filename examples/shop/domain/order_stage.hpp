#pragma once

#include <cstdint>

namespace shop {

/// How far an order has come. Stored in snapshots: add new ones at the end.
enum class order_stage : std::uint8_t {
  none,
  placed,
  shipped,
  delivered,
  cancelled,
  returned,
  confirmed,  ///< Paid; between placed and shipped. Of a cancellation: given back.
};

}  // namespace shop
