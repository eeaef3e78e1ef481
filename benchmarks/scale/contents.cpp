#include "scale/contents.hpp"

#include <numeric>
#include <sstream>

namespace bench {

tally::state contents::state_of(std::uint32_t number) const noexcept {
  tally::state now;
  now.count = events_each;
  for (std::uint64_t i = 0; i < events_each; ++i)
    now.sum += amount_of({number, i});
  return now;
}

std::string to_text(const contents& what) {
  std::ostringstream out;
  out << "cairn scale 1\n"
      << "known " << what.known << "\nevents_each " << what.events_each << "\nevents_per_command "
      << what.events_per_command << "\npayload_bytes " << what.payload_bytes << "\npartitions "
      << what.partitions << '\n';
  return out.str();
}

std::optional<contents> from_text(std::string_view text) {
  std::istringstream in{std::string{text}};
  std::string line;
  contents found;
  if (!std::getline(in, line) || line != "cairn scale 1") return {};
  const auto next = [&in](std::string_view name, auto& value) {
    std::string word;
    return static_cast<bool>(in >> word >> value) && word == name;
  };
  const bool complete = next("known", found.known) && next("events_each", found.events_each) &&
                        next("events_per_command", found.events_per_command) &&
                        next("payload_bytes", found.payload_bytes) &&
                        next("partitions", found.partitions);
  if (!complete) return {};
  return found;
}

leaps::leaps(std::uint32_t count, std::uint32_t seed) noexcept : count_(count) {
  // About the golden ratio: consecutive numbers are far apart, however many have been taken.
  step_ = std::uint64_t{count} * 618 / 1000 + seed;
  while (std::gcd(step_, count_) != 1)
    ++step_;
  first_ = std::uint64_t{seed} * 7919 % count_;
}

}  // namespace bench
