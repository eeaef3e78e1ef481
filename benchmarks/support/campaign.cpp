#include "support/campaign.hpp"

#include "limit/plain_log.hpp"
#include "support/machine.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <utility>

namespace bench {

campaign::campaign(std::string bench, const options& chosen)
    : bench_(std::move(bench)), chosen_(chosen) {
  std::ostream& out = chosen.json ? std::cerr : std::cout;
  out << bench_ << ": " << describe_machine(chosen.store) << "; " << lmdb_version() << std::endl;
  if (is_in_memory(chosen.store)) {
    std::cerr << "warning: " << chosen.store.string()
              << " lies in memory, where a sync costs nothing: use --store\n";
  }
}

std::vector<std::uint32_t> campaign::in_flight(std::vector<std::uint32_t> usual) const {
  return chosen_.in_flight.empty() ? std::move(usual) : chosen_.in_flight;
}

void campaign::before_each(std::string_view what, std::uint32_t in_flight, std::uint32_t round) {
  std::cerr << bench_ << ": " << what << ", " << in_flight << " in flight, round " << round + 1
            << " of " << chosen_.rounds << std::endl;
  look_around();
}

void campaign::before_each(std::string_view what) {
  std::cerr << bench_ << ": " << what << std::endl;
  look_around();
}

void campaign::look_around() {
  const auto until = std::chrono::steady_clock::now() + chosen_.quiet_wait;
  double others = cores_in_use();
  while (others > quiet_cores_max && std::chrono::steady_clock::now() < until)
    others = cores_in_use();
  take_down(others);
  if (others <= quiet_cores_max) return;
  std::cerr << "warning: others use " << grouped(others, 2)
            << " cores; the figures are worth little" << std::endl;
}

bool campaign::was_quiet(double others) {
  constexpr std::uint32_t repeats_max = 3;
  if (others > quiet_cores_meanwhile_max) {
    std::cerr << "warning: meanwhile others used " << grouped(others, 2) << " cores" << std::endl;
    if (chosen_.quiet_wait.count() > 0 && repeats_++ < repeats_max) return false;
  }
  repeats_ = 0;
  take_down(others);
  return true;
}

void campaign::take_down(double others) {
  others_ = row_is_begun_ ? others : std::max(others_, others);
  row_is_begun_ = false;
}

measured campaign::judged(measured result) {
  (void)judged(std::string_view{result.trouble});
  return result;
}

bool campaign::judged(std::string_view trouble) {
  if (trouble.empty()) return true;
  good_ = false;
  std::cerr << bench_ << ": NOT VERIFIED: " << trouble << std::endl;
  return false;
}

row campaign::begin_row() {
  row_is_begun_ = true;
  row line;
  line.set("bench", bench_);
  return line;
}

row campaign::begin_row(std::uint32_t in_flight) {
  row line = begin_row();
  line.set("in_flight", std::uint64_t{in_flight});
  return line;
}

void campaign::finish_row(row& line, bool verified) const {
  line.set("payload_bytes", std::uint64_t{chosen_.payload_bytes});
  line.set("seconds", chosen_.duration.count());
  line.set("rounds", std::uint64_t{chosen_.rounds});
  line.set("others_cores", others_);
  line.set("verified", verified);
}

void set_latencies(row& line, std::string_view prefix, const measured& from) {
  const std::string before{prefix};
  line.set(before + "p50_us", from.p50_us);
  line.set(before + "p99_us", from.p99_us);
  line.set(before + "p999_us", from.p999_us);
}

}  // namespace bench
