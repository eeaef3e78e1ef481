#pragma once

#include "cairn/result.hpp"

#include <string_view>
#include <utility>

namespace cairn::detail {

/// user_code_threw with the words of the exception that is being handled, which came from the
/// user's `where`.
[[nodiscard]] error user_code_threw(std::string_view where);

/// Calls `code()`, which is the user's `what`. user_code_threw: it threw; the detail has its words.
template <class Code> [[nodiscard]] result<void> guarded(std::string_view what, Code&& code) {
  try {
    std::forward<Code>(code)();
    return {};
  } catch (...) {
    return user_code_threw(what);
  }
}

}  // namespace cairn::detail
