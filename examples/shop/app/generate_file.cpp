#include "shop/app/generate_file.hpp"

#include <fstream>
#include <iostream>

namespace shop {

exit_code generate_file(const std::filesystem::path& file, const generate_options& options) {
  std::ofstream out;
  if (file.empty()) {
    generate(options, std::cout);
    std::cout.flush();
    return std::cout ? exit_code::done : exit_code::failed;
  }
  out.open(file, std::ios::binary);
  generate(options, out);
  out.close();
  if (out) return exit_code::done;
  std::cerr << "shop: cannot write " << file.string() << '\n';
  return exit_code::failed;
}

}  // namespace shop
