#include "settings.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// POSIX: the variables of this process, "NAME=value" each, ended by a null pointer.
extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace cairn::settings {
namespace {

constexpr std::string_view prefix = "CAIRN_";

struct variable {
  std::string_view name;
  std::string_view value;
};

std::vector<variable> own_variables() {
  std::vector<variable> out;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view line{*each};
    const auto equals = line.find('=');
    if (!line.starts_with(prefix) || equals == std::string_view::npos) continue;
    out.push_back({line.substr(0, equals), line.substr(equals + 1)});
  }
  // The order of the environment is nobody's choice; faults are reported in a stable one.
  std::sort(out.begin(), out.end(), [](const variable& left, const variable& right) {
    return left.name < right.name;
  });
  return out;
}

void override_one(config& settings, fault_list& faults, const setting& each, variable found) {
  faults.came_from(each, std::string{found.name});
  const auto complaint =
      kind_of(each) == kind::number
          ? set_checked(settings, each, read_quantity(found.value, each.measured_in))
          : set_word(settings, each, found.value);
  if (!complaint.empty()) faults.add(each, complaint);
}

}  // namespace

void read_environment(config& settings, fault_list& faults) {
  std::vector<std::string> names;
  for (const setting& each : all_settings()) {
    names.push_back(variable_of(each));
  }
  const std::vector<std::string_view> candidates{names.begin(), names.end()};
  for (const variable& found : own_variables()) {
    const auto known = std::find(names.begin(), names.end(), found.name);
    if (known != names.end()) {
      const auto index = static_cast<std::size_t>(known - names.begin());
      override_one(settings, faults, all_settings()[index], found);
      continue;
    }
    // Others may use the prefix too, as container platforms do for services named "cairn": only
    // what looks like a slip of ours is a fault.
    const auto meant = nearest(found.name, candidates);
    if (meant.empty()) continue;
    faults.add(found.name, "no such setting; did you mean " + std::string{meant} + "?");
  }
}

}  // namespace cairn::settings
