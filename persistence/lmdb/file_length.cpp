#include "lmdb/file_length.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

// A healthy file, too, may end before its last page: pages that a transaction takes at the end and
// gives back before it commits are never written. So what is missing must be free, all of it. The
// list of free pages is read without LMDB's map, by the format of LMDB 0.9:
//
//   page      u64 number, u16, u16 flags, u16 end of its nodes' offsets, u16, u16 offset of a node
//   ... meta      16 bytes of page, u32 magic, u32 version, u64, u64, two tables of 48 bytes (the
//   first
//             one is that of free pages; a table ends with its u64 root), u64 last page, u64 commit
//   branch    its nodes: u16 + u16 + u16, together the child's number
//   leaf      its nodes: u16 + u16 size of the value, u16 flags, u16 size of the key, key, value; a
//             large value is on pages of its own behind their 16 bytes, and its place has the
//             number
//   free      a value of the table of free pages: u64 count, and so many u64 numbers

namespace cairn::persistence::lmdb {
namespace {

constexpr std::uint64_t page_head_bytes = 16;
constexpr std::uint16_t is_branch = 0x01;
constexpr std::uint16_t is_leaf = 0x02;
constexpr std::uint16_t is_large = 0x01;
constexpr std::uint64_t no_page = ~std::uint64_t{0};

/// Counts the pages from `first_missing` on that are free.
class free_pages {
 public:
  free_pages(int file, std::uint64_t page_bytes, std::uint64_t first_missing)
      : file_(file), page_bytes_(page_bytes), first_missing_(first_missing) {}

  /// Nothing: the list itself is not all there.
  [[nodiscard]] std::optional<std::uint64_t> missing(std::uint64_t commit) {
    const auto root = root_of(commit);
    if (!root) return std::nullopt;
    if (*root != no_page && !count_below(*root, depth_max)) return std::nullopt;
    return found_;
  }

 private:
  // That of LMDB itself.
  static constexpr unsigned depth_max = 32;

  [[nodiscard]] std::optional<std::vector<std::byte>> read(std::uint64_t page,
                                                           std::uint64_t bytes) const {
    if (page >= first_missing_ || bytes > (first_missing_ - page) * page_bytes_) return {};
    std::vector<std::byte> all(bytes);
    const auto from = static_cast<off_t>(page * page_bytes_);
    if (pread(file_, all.data(), bytes, from) != static_cast<ssize_t>(bytes)) return {};
    return all;
  }

  [[nodiscard]] std::optional<std::uint64_t> root_of(std::uint64_t commit) const {
    // Commits take turns.
    const auto page = read(commit % 2, page_bytes_);
    if (!page) return {};
    byte_reader in{*page};
    (void)in.read_bytes(page_head_bytes + 24 + 40);
    const auto root = in.read_little<std::uint64_t>();
    (void)in.read_bytes(48 + 8);
    const bool is_it = in.read_little<std::uint64_t>() == commit && !in.failed();
    return is_it ? std::optional{root} : std::nullopt;
  }

  [[nodiscard]] bool count_below(std::uint64_t number, unsigned depth) {
    const auto page = read(number, page_bytes_);
    if (!page || depth == 0) return false;
    byte_reader head{*page};
    (void)head.read_bytes(10);
    const auto flags = head.read_little<std::uint16_t>();
    const auto end = head.read_little<std::uint16_t>();
    (void)head.read_bytes(2);
    if ((flags & (is_branch | is_leaf)) == 0) return false;
    for (std::uint64_t at = page_head_bytes; at < end; at += 2) {
      const auto offset = head.read_little<std::uint16_t>();
      if (head.failed() || offset >= page->size()) return false;
      byte_reader node{byte_view{*page}.subspan(offset)};
      const bool good = (flags & is_leaf) != 0 ? count_value(node) : count_child(node, depth);
      if (!good) return false;
    }
    return true;
  }

  [[nodiscard]] bool count_child(byte_reader& node, unsigned depth) {
    std::uint64_t child = node.read_little<std::uint32_t>();
    child |= std::uint64_t{node.read_little<std::uint16_t>()} << 32U;
    return !node.failed() && count_below(child, depth - 1);
  }

  [[nodiscard]] bool count_value(byte_reader& node) {
    const auto size = node.read_little<std::uint32_t>();
    const auto flags = node.read_little<std::uint16_t>();
    (void)node.read_bytes(node.read_little<std::uint16_t>());
    if ((flags & is_large) == 0) return count_numbers(node.read_bytes(size));
    const auto page = node.read_little<std::uint64_t>();
    const auto value = node.failed() ? std::nullopt : read(page, page_head_bytes + size);
    return value && count_numbers(byte_view{*value}.subspan(page_head_bytes));
  }

  [[nodiscard]] bool count_numbers(byte_view value) {
    byte_reader in{value};
    for (auto left = in.read_little<std::uint64_t>(); left > 0 && !in.failed(); --left) {
      if (in.read_little<std::uint64_t>() >= first_missing_) ++found_;
    }
    return !in.failed();
  }

  const int file_;
  const std::uint64_t page_bytes_;
  const std::uint64_t first_missing_;
  std::uint64_t found_ = 0;
};

}  // namespace

result<void> check_length(const environment& env) {
  struct stat file {};
  if (fstat(env.file_descriptor(), &file) != 0) return translate(errno, "opening " + env.name());
  const auto bytes = static_cast<std::uint64_t>(file.st_size);
  if (bytes >= env.used_bytes()) return {};
  MDB_envinfo info{};
  MDB_stat stat{};
  if (mdb_env_info(env.raw(), &info) != 0 || mdb_env_stat(env.raw(), &stat) != 0) {
    return error{error::code::storage_failed, "LMDB: opening " + env.name()};
  }
  const std::uint64_t first_missing = bytes / stat.ms_psize;
  free_pages free{env.file_descriptor(), stat.ms_psize, first_missing};
  if (free.missing(info.me_last_txnid) == info.me_last_pgno + 1 - first_missing) return {};
  return error{error::code::corrupt,
               "opening " + env.name() + ": its file was cut short to " + std::to_string(bytes) +
                   " bytes, and pages behind these are in use"};
}

}  // namespace cairn::persistence::lmdb
