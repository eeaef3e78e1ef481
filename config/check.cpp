#include "settings.hpp"

#include "cairn/assert.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace cairn::settings {
namespace {

// A process has 128 TiB of addresses on the usual machines; half of them is left to others.
constexpr std::uint64_t map_bytes_together_max = 64 * tib;

const setting& find(member where) {
  for (const setting& each : all_settings()) {
    if (each.where == where) return each;
  }
  CAIRN_UNREACHABLE();
}

/// Two numbers of which one must not exceed the other, and what would happen if it did.
struct order_rule {
  member smaller;
  member larger;
  std::string_view reason;
};

constexpr std::array order_rules{
    order_rule{
        &config::event_bytes_max, &config::commit_bytes_max, "no commit could hold such an event"},
    order_rule{
        &config::commit_bytes_max, &config::log_map_bytes, "the log could not hold such a commit"},
    order_rule{&config::block_bytes, &config::group_bytes_max, "no block would reach its size"},
    order_rule{&config::commands_per_aggregate_max,
               &config::commands_in_flight_max,
               "the limit would never be reached"},
    order_rule{&config::index_flush_events,
               &config::unindexed_events_max,
               "writes would wait before the index is written"},
};

/// Whether `bytes` can stand in a TOML file: UTF-8 without NUL, so that it can be printed and read.
bool is_plain_utf8(std::string_view bytes) {
  struct form {
    unsigned mask, pattern;
    std::size_t tail;
    char32_t least;
  };
  constexpr std::array forms{form{0x80, 0x00, 0, 0x01},
                             form{0xE0, 0xC0, 1, 0x80},
                             form{0xF0, 0xE0, 2, 0x800},
                             form{0xF8, 0xF0, 3, 0x10000}};
  constexpr char32_t surrogates_begin = 0xD800, surrogates_end = 0xE000, end = 0x110000;
  for (std::size_t at = 0; at < bytes.size();) {
    const unsigned lead = static_cast<unsigned char>(bytes[at++]);
    const form* found = nullptr;
    for (const form& each : forms) {
      if ((lead & each.mask) == each.pattern) found = &each;
    }
    if (found == nullptr || bytes.size() - at < found->tail) return false;
    char32_t letter = lead & ~found->mask;
    for (std::size_t i = 0; i < found->tail; ++i) {
      const unsigned next = static_cast<unsigned char>(bytes[at++]);
      if ((next & 0xC0U) != 0x80U) return false;
      letter = (letter << 6U) | (next & 0x3FU);
    }
    if (letter < found->least || letter >= end) return false;
    if (letter >= surrogates_begin && letter < surrogates_end) return false;
  }
  return true;
}

void check_store(fault_list& faults, const config& settings) {
  const setting& path = find(&config::store);
  if (faults.is_faulty(path)) return;
  if (settings.store.empty() && !settings.in_memory &&
      !faults.is_faulty(find(&config::in_memory))) {
    faults.add(path, "is required: name a directory, or set store.in_memory to true");
  }
  if (!is_plain_utf8(settings.store.native())) {
    faults.add(path, "must be UTF-8 without NUL bytes");
  }
}

void check_choices(fault_list& faults, const config& settings) {
  for (const setting& each : all_settings()) {
    if (kind_of(each) != kind::choice || faults.is_faulty(each)) continue;
    if (get_choice(settings, each) < names_of(each).size()) continue;
    faults.add(each, "not one of the values; expected " + choices_of(each));
  }
}

void check_ranges(fault_list& faults, const config& settings) {
  for (const setting& each : all_settings()) {
    if (kind_of(each) != kind::number || faults.is_faulty(each)) continue;
    const auto complaint = complaint_about(each, get_number(settings, each));
    if (!complaint.empty()) faults.add(each, complaint);
  }
}

void check_order(fault_list& faults, const config& settings) {
  for (const order_rule& rule : order_rules) {
    const setting& smaller = find(rule.smaller);
    const setting& larger = find(rule.larger);
    if (faults.is_faulty(smaller) || faults.is_faulty(larger)) continue;
    const auto small = get_number(settings, smaller);
    const auto large = get_number(settings, larger);
    if (small <= large) continue;
    // Point at the one that somebody wrote: the other may be a default.
    const auto& place = faults.place_of(faults.place_of(smaller).empty() ? larger : smaller);
    faults.add(place,
               name_of(smaller) + ": " + write_quantity(small, smaller.measured_in) +
                   " is more than " + name_of(larger) + ", " +
                   write_quantity(large, larger.measured_in) + ": " + std::string{rule.reason});
  }
}

void check_address_space(fault_list& faults, const config& settings) {
  if (settings.in_memory) return;
  const setting& partitions = find(&config::partitions);
  const setting& log = find(&config::log_map_bytes);
  const setting& index = find(&config::index_map_bytes);
  for (const setting* each : {&partitions, &log, &index}) {
    if (faults.is_faulty(*each)) return;
  }
  // Neither overflows: each map is at most 64 TiB, and there are at most 1024 partitions.
  const auto together = settings.partitions * (settings.log_map_bytes + settings.index_map_bytes);
  if (together <= map_bytes_together_max) return;
  faults.add(partitions,
             "the maps of all logs and indexes take " + write_quantity(together, unit::bytes) +
                 " of address space, more than " +
                 write_quantity(map_bytes_together_max, unit::bytes) +
                 ": lower store.log_map_bytes or store.index_map_bytes");
}

}  // namespace

void check_into(fault_list& faults, const config& settings) {
  check_store(faults, settings);
  check_choices(faults, settings);
  check_ranges(faults, settings);
  check_order(faults, settings);
  check_address_space(faults, settings);
}

}  // namespace cairn::settings

namespace cairn {

result<void> check(const config& given) {
  settings::fault_list faults;
  settings::check_into(faults, given);
  return faults.verdict();
}

}  // namespace cairn
