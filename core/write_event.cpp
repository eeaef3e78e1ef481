#include "cairn/detail/write_event.hpp"

#include <string>

namespace cairn::detail {

error why_not_written(std::string_view code, std::string_view event) {
  const std::string where = std::string{code}.append(" of ").append(event);
  try {
    throw;
  } catch (const nested_too_deep& thrown) {
    return {error::code::too_large, where + ": " + thrown.what()};
  } catch (...) {
    return user_code_threw(where);
  }
}

}  // namespace cairn::detail
