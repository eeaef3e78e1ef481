#pragma once

#include "shop/app/batch_reader.hpp"
#include "shop/app/exit_code.hpp"

#include <cairn/config.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>

namespace shop {

struct import_options {
  std::filesystem::path file;
  /// Rows sent at once. One invoice may have them all, so not more than one order may have in
  /// flight.
  std::size_t batch = 4'000;
  batch_reader::if_malformed malformed = batch_reader::if_malformed::stop;
  std::chrono::milliseconds progress_every{2'000};
};

/// Sends each row of the file as one command, and opens an account for each customer.
///
/// May be interrupted at any moment and run again: what is there already is not counted twice. A
/// stop signal lets the batch in flight finish. Before a malformed row it stops, unless told to
/// skip.
[[nodiscard]] exit_code import_file(const cairn::config& settings, const import_options& options);

}  // namespace shop
