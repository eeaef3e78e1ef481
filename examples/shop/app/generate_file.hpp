#pragma once

#include "shop/app/exit_code.hpp"
#include "shop/retail/generate.hpp"

#include <filesystem>

namespace shop {

/// Writes a made-up log to `file`, or to the standard output when it is empty.
[[nodiscard]] exit_code generate_file(const std::filesystem::path& file,
                                      const generate_options& options);

}  // namespace shop
