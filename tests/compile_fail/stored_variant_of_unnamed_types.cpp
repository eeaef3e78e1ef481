// expect: cairn: .*stable_name
#include "cairn/codec.hpp"

#include <variant>

struct holder {
  std::variant<int, double> either;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) { cairn::fields(ar, either); }
};

void store(const holder& one, cairn::byte_buffer& out) {
  cairn::encode(one, out);
}
