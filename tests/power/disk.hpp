#pragma once

#include "power/recording.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace cairn::tests::power {

/// A disk that loses power. It is fed the operations of a recording and knows what of them is
/// durable; of the others an image has whatever chance leaves.
///
/// - A sync that has returned makes durable what was written to its file before it began; a sync of
///   a directory does so for its names. A write through a descriptor with O_DSYNC that has returned
///   is durable by itself, and says nothing of others.
/// - Of everything else each 512-byte sector of each write, each new size and each name may be
///   there or not, also when something later is there. A sector is never torn. Where a write that
///   makes a file longer is missing, the file may be longer all the same, with zeros.
/// - A rename is there or not; it is never half.
///
/// Memory-mapped writes are not seen: of the store's files only LMDB's lock files have such, and
/// an image has noise in them.
class disk {
 public:
  /// Begins with what is in `directory`, all of it durable.
  explicit disk(const std::filesystem::path& directory);

  void apply(const operation& next);

  /// What is left when the power goes now. `directory` is made. Each seed is another chance.
  void write_image(const std::filesystem::path& directory, std::uint64_t seed) const;
  /// What is there when the power does not go, but the process.
  void write_all(const std::filesystem::path& directory) const;
  /// What is durable, and nothing else.
  void write_durable(const std::filesystem::path& directory) const;

 private:
  using names = std::map<std::string, std::uint32_t>;
  struct change {
    std::uint64_t number = 0;
    bool durable = false;
    const operation* what = nullptr;
  };
  struct node {
    bool is_directory = false;
    /// Of a file.
    std::vector<std::byte> bytes = {};
    /// Of a directory.
    names entries = {};
    /// In their order; the first one is not durable.
    std::vector<change> waiting = {};
  };
  enum class chance { none, all, first_ones, each, each_sector };
  class dice;

  std::uint32_t take_over(const std::filesystem::path& from);
  void change_names(const std::string& path, const operation& what);
  void sync(node& of, std::uint64_t before);
  static void fold(node& of);
  static void change_bytes(std::vector<std::byte>& bytes, const operation& what);
  static void tear(std::vector<std::byte>& bytes, const operation& what, dice& by);
  void change_entries(names& entries, const operation& what) const;
  void write_node(std::uint32_t which, const std::filesystem::path& to, dice& by) const;

  std::map<std::uint32_t, node> nodes_;
  /// Names as the process sees them. Numbers of the recording and of what was there before differ.
  std::map<std::string, std::uint32_t> seen_;
  std::map<std::uint32_t, std::uint32_t> by_recorded_;
  std::uint32_t next_ = 0;
  std::uint64_t applied_ = 0;
};

}  // namespace cairn::tests::power
