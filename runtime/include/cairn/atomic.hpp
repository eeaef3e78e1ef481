#pragma once

#include "cairn/ask.hpp"
#include "cairn/detail/runtime_face.hpp"
#include "cairn/detail/waiting_place.hpp"
#include "cairn/ids.hpp"
#include "cairn/late_model.hpp"
#include "cairn/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

// Several aggregates in one commit: all of it is stored and seen, or nothing.
//
//   auto out = app->ask_atomically({.command_id = "transfer-7"},
//                                  ann.part(withdraw{500}), bob.part(deposit{500},
//                                  expectation::exists()));

namespace cairn {

/// One aggregate's part in an atomic commit: a command, or only a demand on its version. Made by
/// aggregate_handle::part and aggregate_handle::check.
struct atomic_part {
  const void* aggregate_key = nullptr;
  aggregate_id id;
  expectation expected;
  /// Null: the part is only checked.
  std::unique_ptr<detail::command_message> wish;
};

/// What an accepted atomic commit returns.
struct atomic_receipt {
  /// One for each part, in their order: the version of its aggregate after the whole commit, and
  /// the position of the commit's last event.
  std::vector<receipt> receipts;
  /// True when a commit with this id had been accepted before, and nothing was done now.
  bool repeated = false;
};

/// Which part the domain has rejected, and why.
class atomic_rejection {
 public:
  atomic_rejection(std::size_t which, const void* aggregate_key, std::int64_t number)
      : part(which), aggregate_key_(aggregate_key), number_(number) {}

  /// Counted from 0.
  std::size_t part;

  /// Nothing when the part is of another aggregate type.
  template <class A> [[nodiscard]] std::optional<typename A::rejection> as() const {
    if (aggregate_key_ != &detail::type_key<A>) return std::nullopt;
    return static_cast<typename A::rejection>(number_);
  }

 private:
  const void* aggregate_key_;
  std::int64_t number_;
};

/// What an atomic commit came to. As with a single command, effect_of(failed()->what) tells whether
/// something may have been stored all the same: then all of it.
class [[nodiscard]] atomic_outcome {
 public:
  explicit atomic_outcome(atomic_receipt done, detail::late_models late = nullptr)
      : what_(std::move(done)), late_(std::move(late)) {}
  explicit atomic_outcome(atomic_rejection why) : what_(why) {}
  explicit atomic_outcome(error why) : what_(std::move(why)) {}

  /// Null unless accepted.
  [[nodiscard]] const atomic_receipt* accepted() const noexcept { return std::get_if<0>(&what_); }
  /// Null unless rejected.
  [[nodiscard]] const atomic_rejection* rejected() const noexcept { return std::get_if<1>(&what_); }
  /// Null unless failed.
  [[nodiscard]] const error* failed() const noexcept { return std::get_if<2>(&what_); }
  /// As outcome::late.
  [[nodiscard]] std::span<const late_model> late() const noexcept {
    if (!late_) return {};
    return *late_;
  }

 private:
  std::variant<atomic_receipt, atomic_rejection, error> what_;
  detail::late_models late_;
};

/// Parts of one atomic commit, at most.
inline constexpr std::size_t atomic_parts_max = 256;

namespace detail {

/// The wish of a part: it is never sent by itself, and the commit answers for it.
template <class A> class part_message final : public typed_message<A> {
 public:
  using typed_message<A>::typed_message;

 private:
  void answer(erased_outcome&& /*from*/) noexcept override {}
};

template <class... Parts> [[nodiscard]] std::vector<atomic_part> all_parts(Parts... parts) {
  std::vector<atomic_part> all;
  all.reserve(sizeof...(parts));
  (all.push_back(std::move(parts)), ...);
  return all;
}

/// Where a blocking ask_atomically waits.
using atomic_waiting_place = waiting_place<atomic_outcome>;

}  // namespace detail

}  // namespace cairn
