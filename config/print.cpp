#include "settings.hpp"

#include "cairn/assert.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cairn {
namespace settings {
namespace {

/// A TOML basic string. Bytes that are not ASCII are copied: `check` has seen that they are UTF-8.
std::string toml_text(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  constexpr unsigned char first_printable = 0x20;
  constexpr unsigned char rubout = 0x7F;
  std::string out = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out += '\\';
      out += letter;
    } else if (byte < first_printable || byte == rubout) {
      out += "\\u00";
      out += hex[byte >> 4U];
      out += hex[byte & 0xFU];
    } else {
      out += letter;
    }
  }
  return out + "\"";
}

std::string value_of(const config& from, const setting& each) {
  switch (kind_of(each)) {
    case kind::path:
      return toml_text((from.*std::get<std::filesystem::path config::*>(each.where)).native());
    case kind::flag: return from.*std::get<bool config::*>(each.where) ? "true" : "false";
    case kind::choice: {
      const auto names = names_of(each);
      const std::size_t which = get_choice(from, each);
      return which < names.size() ? toml_text(names[which]) : toml_text("unknown");
    }
    case kind::number: {
      const auto text = write_quantity(get_number(from, each), each.measured_in);
      return each.measured_in == unit::count ? text : toml_text(text);
    }
  }
  CAIRN_UNREACHABLE();
}

/// "1 to 1024; default 1."
std::string limits_of(const setting& each) {
  const auto standard = "default " + value_of({}, each) + ".";
  switch (kind_of(each)) {
    case kind::path: return "Text.";
    case kind::flag: return "true or false; " + standard;
    case kind::choice: return choices_of(each) + "; " + standard;
    case kind::number: break;
  }
  switch (each.measured_in) {
    case unit::count: return range_of(each) + "; " + standard;
    case unit::bytes: return "Size, " + range_of(each) + "; " + standard;
    case unit::milliseconds:
    case unit::seconds: return "Duration, " + range_of(each) + "; " + standard;
  }
  CAIRN_UNREACHABLE();
}

}  // namespace
}  // namespace settings

std::string to_toml(const config& from) {
  using namespace settings;
  std::string out =
      "# Settings of Cairn. Sizes are bytes or texts such as \"64 MiB\" (B, KiB, MiB, GiB, TiB);\n"
      "# durations are texts such as \"250 ms\" (ms, s, min, h). The variable that overrides a\n"
      "# setting stands last in its comment.\n";
  for (const section& group : all_sections()) {
    out += "\n# " + std::string{group.sentence} + "\n[" + std::string{group.name} + "]\n";
    for (const setting& each : all_settings()) {
      if (each.section != group.name) continue;
      out += "\n# " + std::string{each.sentence} + "\n";
      out += "# " + limits_of(each) + " " + variable_of(each) + "\n";
      out += std::string{each.key} + " = " + value_of(from, each) + "\n";
    }
  }
  return out;
}

}  // namespace cairn
