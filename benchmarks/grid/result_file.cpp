#include "grid/result_file.hpp"

#include <stdexcept>
#include <string_view>

namespace bench {
namespace {

constexpr std::string_view point_start = R"({"kind": "point", "point": ")";
constexpr std::string_view verified = R"("verified": true)";

}  // namespace

result_file::result_file(const std::filesystem::path& file, bool anew) {
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  if (!anew) read(file);
  out_.open(file, anew ? std::ios::trunc : std::ios::app);
  if (!out_) throw std::runtime_error{file.string() + " cannot be written"};
}

void result_file::read(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::uintmax_t whole_lines = 0;
  constexpr std::string_view line_start = R"({"kind": ")";
  for (std::string line; std::getline(in, line);) {
    // Whoever was killed while writing has left half a line: it is cut off.
    if (line.substr(0, line_start.size()) != line_start.substr(0, line.size()))
      throw std::runtime_error{file.string() + " is no result file of the grid"};
    if (in.eof()) break;
    whole_lines += line.size() + 1;
    if (!line.starts_with(point_start)) continue;
    if (line.find(verified) == std::string::npos) continue;
    keys_.insert(
        line.substr(point_start.size(), line.find('"', point_start.size()) - point_start.size()));
  }
  if (std::filesystem::exists(file)) std::filesystem::resize_file(file, whole_lines);
}

row result_file::begin_point(const std::string& key) {
  row line;
  line.set("kind", "point").set("point", key);
  return line;
}

void result_file::add(const row& what) {
  out_ << what.json() << std::endl;
  if (!out_) throw std::runtime_error{"the result file cannot be written"};
}

}  // namespace bench
