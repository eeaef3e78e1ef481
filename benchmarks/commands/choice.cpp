#include "commands/choice.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace bench {
namespace {

/// How likely each is, times their number: 1 on average.
std::vector<double> zipf_shares(std::uint32_t count, double exponent) {
  std::vector<double> shares(count);
  for (std::uint32_t k = 0; k < count; ++k)
    shares[k] = std::pow(k + 1.0, -exponent);
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares)
    share *= count / sum;
  return shares;
}

}  // namespace

aggregate_choice::aggregate_choice(std::uint32_t count, double zipf) : count_(count) {
  CAIRN_ASSERT(count > 0);
  CAIRN_ASSERT(zipf >= 0);
  if (zipf == 0) return;
  std::vector<double> shares = zipf_shares(count, zipf);
  std::vector<cell> cells(count);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t k = 0; k < count; ++k) {
    cells[k].other = k;  // What rounding leaves over means its own number.
    (shares[k] < 1 ? small : large).push_back(k);
  }
  constexpr double parts = 4294967296.0;
  // Each cell below the average is filled up with a part of one that is above it.
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back();
    const std::uint32_t rich = large.back();
    small.pop_back();
    cells[poor] = {static_cast<std::uint32_t>(std::min(shares[poor] * parts, parts - 1)), rich};
    shares[rich] -= 1 - shares[poor];
    if (shares[rich] >= 1) continue;
    large.pop_back();
    small.push_back(rich);
  }
  cells_ = std::make_shared<const std::vector<cell>>(std::move(cells));
}

}  // namespace bench
