#pragma once

#include "cairn/outbox_options.hpp"
#include "cairn/read_model_options.hpp"
#include "cairn/result.hpp"

#include <string_view>

namespace cairn {

/// bad_config: an option breaks its rule; the detail names the read model and the option.
[[nodiscard]] result<void> check_model_options(std::string_view name,
                                               const read_model_options& options);
/// The same of an outbox.
[[nodiscard]] result<void> check_outbox_options(std::string_view name,
                                                const outbox_options& options);

}  // namespace cairn
