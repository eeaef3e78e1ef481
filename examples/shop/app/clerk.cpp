#include "shop/app/clerk.hpp"

#include <chrono>
#include <ctime>

namespace shop {

business_time shop_time() {
  const std::time_t now = std::time(nullptr);
  std::tm here{};
  localtime_r(&now, &here);
  return business_time{std::chrono::seconds{now + here.tm_gmtoff}};
}

}  // namespace shop
