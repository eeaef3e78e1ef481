#include "power/recording.hpp"

#include <fstream>

namespace cairn::tests::power {
namespace {

template <class Number> void put(std::ostream& out, Number value) {
  out.write(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class Number> Number take(std::istream& in) {
  Number value{};
  in.read(reinterpret_cast<char*>(&value), sizeof value);
  return value;
}

template <class Bytes> void put_bytes(std::ostream& out, const Bytes& bytes) {
  put(out, static_cast<std::uint64_t>(bytes.size()));
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}
template <class Bytes> Bytes take_bytes(std::istream& in) {
  Bytes bytes;
  bytes.resize(take<std::uint64_t>(in));
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

}  // namespace

bool save(const recording& what, const std::filesystem::path& file) {
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  put(out, static_cast<std::uint64_t>(what.size()));
  for (const operation& one : what) {
    put(out, one.kind);
    put(out, one.node);
    put(out, one.at);
    put(out, one.time_ns);
    put_bytes(out, one.path);
    put_bytes(out, one.to);
    put_bytes(out, one.bytes);
  }
  out.close();
  return out.good();
}

recording load(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) return {};
  recording all(take<std::uint64_t>(in));
  for (operation& one : all) {
    one.kind = take<operation_kind>(in);
    one.node = take<std::uint32_t>(in);
    one.at = take<std::uint64_t>(in);
    one.time_ns = take<std::int64_t>(in);
    one.path = take_bytes<std::string>(in);
    one.to = take_bytes<std::string>(in);
    one.bytes = take_bytes<std::vector<std::byte>>(in);
  }
  return in.good() ? all : recording{};
}

}  // namespace cairn::tests::power
