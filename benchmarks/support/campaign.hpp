#pragma once

#include "support/measured.hpp"
#include "support/options.hpp"
#include "support/report.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What all benchmarks have in common: says on stderr what is measured on what, looks whether the
/// machine is quiet, and keeps in mind whether all results were right. One thread.
class campaign {
 public:
  campaign(std::string bench, const options& chosen);

  /// What the command line asks for, or else `usual`.
  [[nodiscard]] std::vector<std::uint32_t> in_flight(std::vector<std::uint32_t> usual) const;

  /// Waits a moment, or as long as --wait-for-quiet allows, and warns when others use the
  /// processor.
  void before_each(std::string_view what, std::uint32_t in_flight, std::uint32_t round);
  /// The same for what has no rounds.
  void before_each(std::string_view what);

  /// Takes down how many cores others used while something was timed. False: they used so many that
  /// it should be done again, and --wait-for-quiet allows that.
  [[nodiscard]] bool was_quiet(double others);

  /// Hands `result` through; tells its trouble, if it has any.
  measured judged(measured result);
  /// The same for trouble alone; true when there is none.
  bool judged(std::string_view trouble);

  [[nodiscard]] row begin_row();
  [[nodiscard]] row begin_row(std::uint32_t in_flight);
  /// Adds what every row ends with.
  void finish_row(row& line, bool verified) const;
  void finish_row(row& line, const measured& result) const { finish_row(line, result.verified()); }

  /// The most cores that others used at the looks for the present row.
  [[nodiscard]] double others_cores() const noexcept { return others_; }

  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  void look_around();
  void take_down(double others);

  std::string bench_;
  const options& chosen_;
  bool good_ = true;
  double others_ = 0;
  bool row_is_begun_ = false;
  std::uint32_t repeats_ = 0;
};

/// p50, p99 and p99.9, with `prefix` before their names.
void set_latencies(row& line, std::string_view prefix, const measured& from);

}  // namespace bench
