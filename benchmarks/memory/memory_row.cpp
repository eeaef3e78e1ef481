#include "memory/memory_row.hpp"

#include "support/memory_use.hpp"

#include <cstdint>

namespace bench {
namespace {

double mebibytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1024.0 * 1024.0);
}

}  // namespace

double set_memory(row& line, const cairn::runtime_status& now, const sampler::seen& most) {
  const memory_use memory = memory_in_use();
  const double anonymous = mebibytes(memory.anonymous);
  line.set("events", now.events);
  line.set("awake", now.awake_aggregates).set("awake_most", most.awake_most);
  line.set("resident_mib", mebibytes(memory.resident())).set("anonymous_mib", anonymous);
  line.set("anonymous_most_mib", mebibytes(most.anonymous_most));
  line.set("file_mib", mebibytes(memory.file_mapped));
  return anonymous;
}

}  // namespace bench
