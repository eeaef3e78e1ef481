#pragma once

#include "cairn/bytes.hpp"
#include "cairn/detail/sql_value.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <libpq-fe.h>
#include <memory>
#include <vector>

namespace cairn::postgres {

struct result_closer {
  void operator()(PGresult* one) const noexcept { PQclear(one); }
};
using answer = std::unique_ptr<PGresult, result_closer>;

/// The rows of a statement, as values, so that others can be run while they are looked at. One
/// thread.
class row_list {
 public:
  explicit row_list(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Adds the rows of an answer in text. too_large: they are too many.
  [[nodiscard]] result<void> add(const PGresult& rows);

  [[nodiscard]] std::size_t size() const noexcept {
    return columns_ == 0 ? 0 : cells_.size() / columns_;
  }
  /// Writes the columns of a row into `out`. Valid as long as this is, and not added to.
  void read(std::size_t row, std::vector<detail::sql_value>& out) const;

 private:
  /// A value whose text or bytes lie in bytes_.
  struct cell {
    detail::sql_value value;
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  void add_cell(Oid type, std::string_view text);

  const std::uint64_t bytes_max_;
  std::size_t columns_ = 0;
  std::vector<cell> cells_;
  byte_buffer bytes_;
};

}  // namespace cairn::postgres
