#pragma once

#include "scale/memory_limit.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace bench {

/// What a process tells of itself before it ends. What is 0 was not measured.
struct told {
  /// From the start of the process until the runtime had started, and until the first answer.
  double started_s = 0;
  double first_answer_s = 0;
  double took_s = 0;
  std::uint64_t done = 0;
  double p50_us = 0;
  double p99_us = 0;
  double max_us = 0;
  std::uint64_t woken = 0;
  /// version_prints of all answers.
  std::uint64_t prints = 0;
  /// Of its memory at the end, and the most of the first.
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t anonymous_most_bytes = 0;
  std::uint64_t mapped_bytes = 0;
  /// Page faults that waited for the disk, and what was read from it. (What Linux says was written
  /// counts whole folios, of which little may be.)
  std::uint64_t major_faults = 0;
  std::uint64_t read_bytes = 0;
  /// Of a read model: it has caught up.
  bool complete = true;
  std::array<char, 512> trouble{};

  /// Notes the first trouble, or as much of it as there is room for.
  void note(std::string_view what) noexcept;
  [[nodiscard]] std::string_view wrong() const noexcept { return trouble.data(); }
};

/// Fills in what it finds, and calls `end`, which does not return, where everything is still there
/// that is to be cut off.
using ended_work = std::function<void(told& found, const std::function<void()>& end)>;

/// Does `work` in a process of its own, under `limit` unless that is null. By `end` the process
/// tells what was found and ends itself by kill -9, with all its threads, whatever they do: what it
/// leaves on the disk is what a crash leaves. What is wrong is in the answer, also when the process
/// ended otherwise.
///
/// Throws std::system_error. Must be called while there are no other threads.
[[nodiscard]] told in_ended_process(const memory_limit* limit, const ended_work& work);

}  // namespace bench
