#include "power/disk.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace cairn::tests::power {
namespace {

constexpr std::size_t sector_bytes = 512;

std::string above(const std::string& path) {
  return std::filesystem::path{path}.parent_path().string();
}
std::string name_in(const std::string& path) {
  return std::filesystem::path{path}.filename().string();
}

std::vector<std::byte> content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const auto* const first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

}  // namespace

/// What survives of what is not durable.
class disk::dice {
 public:
  explicit dice(chance always) : is_uniform_(true), style_(always) {}
  explicit dice(std::uint64_t seed) : random_(seed) {
    // Half of the images treat all files alike, as a power cut right behind a sync would.
    is_uniform_ = random_() % 2 == 0;
    style_ = draw();
  }

  chance for_node() { return is_uniform_ ? style_ : draw(); }
  bool flip() { return random_() % 2 == 0; }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  chance draw() { return static_cast<chance>(random_() % 5); }

  std::mt19937_64 random_;
  bool is_uniform_ = false;
  chance style_ = chance::none;
};

disk::disk(const std::filesystem::path& directory) {
  const std::uint32_t root = take_over(directory);
  by_recorded_[0] = root;
  seen_[""] = root;
  const auto all = std::filesystem::recursive_directory_iterator{directory};
  for (const auto& entry : all) {
    const std::string path = entry.path().lexically_relative(directory).string();
    const std::uint32_t which = take_over(entry.path());
    seen_[path] = which;
    nodes_.at(seen_.at(above(path))).entries[name_in(path)] = which;
  }
}

std::uint32_t disk::take_over(const std::filesystem::path& from) {
  node& made = nodes_[next_];
  made.is_directory = std::filesystem::is_directory(from);
  if (!made.is_directory) made.bytes = content_of(from);
  return next_++;
}

void disk::apply(const operation& next) {
  const std::uint64_t number = applied_++;
  switch (next.kind) {
    case operation_kind::mark:
    case operation_kind::sync_began: return;
    case operation_kind::known: by_recorded_[next.node] = seen_.at(next.path); return;
    case operation_kind::make_file:
    case operation_kind::make_directory:
      nodes_[next_].is_directory = next.kind == operation_kind::make_directory;
      by_recorded_[next.node] = next_++;
      [[fallthrough]];
    case operation_kind::remove:
    case operation_kind::rename: {
      nodes_.at(seen_.at(above(next.path))).waiting.push_back({number, false, &next});
      if (next.kind == operation_kind::rename || next.kind == operation_kind::remove) {
        seen_.erase(next.path);
      }
      if (next.kind == operation_kind::remove) return;
      const std::string& now = next.kind == operation_kind::rename ? next.to : next.path;
      seen_[now] = by_recorded_.at(next.node);
      return;
    }
    case operation_kind::write:
    case operation_kind::truncate:
      nodes_.at(by_recorded_.at(next.node)).waiting.push_back({number, false, &next});
      return;
    case operation_kind::sync_ended: sync(nodes_.at(by_recorded_.at(next.node)), next.at); return;
    case operation_kind::write_ended: {
      node& of = nodes_.at(by_recorded_.at(next.node));
      for (change& one : of.waiting) {
        if (one.number == next.at) one.durable = true;
      }
      fold(of);
      return;
    }
  }
}

void disk::sync(node& of, std::uint64_t before) {
  if (!of.is_directory) {
    for (change& one : of.waiting)
      one.durable = one.durable || one.number < before;
    return fold(of);
  }
  const auto rest = std::find_if(of.waiting.begin(), of.waiting.end(), [before](const change& one) {
    return one.number >= before;
  });
  for (auto one = of.waiting.begin(); one != rest; ++one)
    change_entries(of.entries, *one->what);
  of.waiting.erase(of.waiting.begin(), rest);
}

void disk::fold(node& of) {
  auto one = of.waiting.begin();
  for (; one != of.waiting.end() && one->durable; ++one)
    change_bytes(of.bytes, *one->what);
  of.waiting.erase(of.waiting.begin(), one);
}

void disk::change_bytes(std::vector<std::byte>& bytes, const operation& what) {
  if (what.kind == operation_kind::truncate) return bytes.resize(what.at);
  bytes.resize(std::max<std::size_t>(bytes.size(), what.at + what.bytes.size()));
  std::copy(
      what.bytes.begin(), what.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(what.at));
}

void disk::tear(std::vector<std::byte>& bytes, const operation& what, dice& by) {
  if (what.kind == operation_kind::truncate) {
    if (by.flip()) bytes.resize(what.at);
    return;
  }
  const std::size_t end = what.at + what.bytes.size();
  if (end > bytes.size() && by.flip()) bytes.resize(end);
  for (std::size_t at = what.at; at < end;) {
    const std::size_t next = std::min(end, (at / sector_bytes + 1) * sector_bytes);
    if (by.flip()) {
      bytes.resize(std::max(bytes.size(), next));
      std::memcpy(bytes.data() + at, what.bytes.data() + (at - what.at), next - at);
    }
    at = next;
  }
}

void disk::change_entries(names& entries, const operation& what) const {
  const std::string name = name_in(what.path);
  if (what.kind == operation_kind::remove) {
    entries.erase(name);
    return;
  }
  if (what.kind == operation_kind::rename) {
    entries.erase(name);
    entries[name_in(what.to)] = by_recorded_.at(what.node);
    return;
  }
  entries[name] = by_recorded_.at(what.node);
}

void disk::write_image(const std::filesystem::path& directory, std::uint64_t seed) const {
  dice by{seed};
  write_node(by_recorded_.at(0), directory, by);
}

void disk::write_all(const std::filesystem::path& directory) const {
  dice by{chance::all};
  write_node(by_recorded_.at(0), directory, by);
}

void disk::write_durable(const std::filesystem::path& directory) const {
  dice by{chance::none};
  write_node(by_recorded_.at(0), directory, by);
}

void disk::write_node(std::uint32_t which, const std::filesystem::path& to, dice& by) const {
  const node& of = nodes_.at(which);
  const chance kept = by.for_node();
  const std::size_t first_ones = by.below(of.waiting.size() + 1);
  names entries = of.entries;
  std::vector<std::byte> bytes = of.bytes;
  for (std::size_t i = 0; i < of.waiting.size(); ++i) {
    const change& one = of.waiting[i];
    if (kept == chance::each_sector && !one.durable && !of.is_directory) {
      tear(bytes, *one.what, by);
      continue;
    }
    const bool is_lucky = kept == chance::all || (kept == chance::first_ones && i < first_ones) ||
                          ((kept == chance::each || kept == chance::each_sector) && by.flip());
    if (!one.durable && !is_lucky) continue;
    if (of.is_directory) {
      change_entries(entries, *one.what);
    } else {
      change_bytes(bytes, *one.what);
    }
  }
  if (of.is_directory) {
    std::filesystem::create_directories(to);
    for (const auto& [name, entry] : entries)
      write_node(entry, to / name, by);
    return;
  }
  if (to.filename() == "lock.mdb") {
    for (std::byte& one : bytes)
      one = static_cast<std::byte>(by.below(256));
  }
  std::ofstream out{to, std::ios::binary};
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

}  // namespace cairn::tests::power
