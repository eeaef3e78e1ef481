#include "cairn/detail/admission.hpp"

#include "cairn/assert.hpp"

#include <string>

namespace cairn::detail {
namespace {

error stopping() {
  return {error::code::shutting_down, "the runtime is stopping"};
}

}  // namespace

admission::admission(std::uint32_t in_flight_max, std::size_t partitions) : max_(in_flight_max) {
  CAIRN_ASSERT(partitions > 0);
  for (std::size_t i = 0; i < partitions; ++i)
    lanes_.emplace_back(*this, partitions > 1);
}

result<void> admission::acquire(std::uint32_t count) {
  const std::uint64_t before = in_flight_.fetch_add(count);
  // Looked at after taking: close_and_drain either sees what was taken, or is seen here.
  const bool closed = closed_.load();
  if (!closed && before + count <= max_) return {};
  for (std::uint32_t i = 0; i < count; ++i)
    release();
  if (closed) return stopping();
  return error{
      error::code::overloaded,
      std::to_string(before) + " commands are in flight, the limit is " + std::to_string(max_)};
}

void admission::release() noexcept {
  tell_if_drained(in_flight_.fetch_sub(1));
}

result<void> admission::enter_reading() {
  const std::uint64_t before = reading_.fetch_add(1);
  const bool closed = closed_.load();
  if (!closed && before < max_) return {};
  leave_reading();
  if (closed) return stopping();
  return error{error::code::overloaded, std::to_string(before) + " are reading already"};
}

void admission::leave_reading() noexcept {
  tell_if_drained(reading_.fetch_sub(1));
}

void admission::tell_if_drained(std::uint64_t before) noexcept {
  CAIRN_ASSERT(before > 0);
  if (before != 1 || !closed_.load()) return;
  const std::lock_guard lock{mutex_};
  drained_.notify_all();
}

std::uint64_t admission::close_and_drain(std::chrono::steady_clock::time_point deadline) {
  closed_.store(true);
  std::unique_lock lock{mutex_};
  drained_.wait_until(lock, deadline, [this] { return in_flight_.load() == 0; });
  // What is left in flight is answered by those who hold it, but a reader looks at the store.
  drained_.wait(lock, [this] { return reading_.load() == 0; });
  return in_flight_.load();
}

}  // namespace cairn::detail
