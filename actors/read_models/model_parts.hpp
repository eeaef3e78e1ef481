#pragma once

#include "read_models/sliced_type.hpp"

#include "cairn/actors/read_model_runner.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

// A read model in parts: each is a read model of its own, with runner and views, that wants the
// events of a range of slices. The order of an aggregate's events is kept, since they all go to one
// part; there is none between parts.

namespace cairn::actors {

/// See above. Everything but start and stop: any thread.
class model_parts final : public read_model_runner {
 public:
  /// @pre `type` outlives it, and `count` divides slice_count
  model_parts(const detail::read_model_type& type, std::uint32_t count);
  ~model_parts() override;

  [[nodiscard]] result<void> open(const std::vector<persistence::journal*>& journals,
                                  const shelf_source& shelves,
                                  const clock& time,
                                  options settings);

  result<void> start(executor& on) override;
  void hint() noexcept override;
  void stop() override;

  std::size_t parts() const noexcept override { return parts_.size(); }
  result<void> wait_for(const detail::picture_demand& demand) override;
  result<void> look(const detail::picture_visit& who) const override;
  result<std::shared_ptr<detail::watcher>> watch(
      detail::watcher::options wish, const std::function<void(const void*)>& look) override;
  std::uint64_t when_shown(position at,
                           std::function<void(const std::optional<error>&)> told) override;
  void forget(position at, std::uint64_t ticket) override;
  std::vector<position> checkpoints() const override;
  read_model_status status() const override;

  // parts_control.cpp
  result<void> pause() override;
  result<void> resume() override;
  result<void> reset() override;
  result<void> set_checkpoint(std::span<const position> to) override;
  result<rebuild_answer> rebuild() override;
  result<void> cancel_rebuild() override;
  result<std::vector<dead_letter>> dead_letters(const dead_letter_query& query) override;
  result<std::vector<dead_letter_count>> dead_letter_keys() override;
  result<dead_letter_report> retry_dead_letters(
      const std::optional<std::string>& sequence_key) override;
  result<std::uint64_t> discard_dead_letters(
      const std::optional<std::string>& sequence_key) override;
  result<void> discard_dead_letter(position one) override;

 private:
  struct part {
    std::unique_ptr<sliced_type> type;
    std::unique_ptr<read_model_runner> runner;
  };
  /// Somebody who waits until all parts show a position.
  struct waiting {
    std::function<void(const std::optional<error>&)> told;
    std::size_t left = 0;
    std::optional<error> refused = {};
    /// By part; 0: it has told.
    std::vector<std::uint64_t> tickets = {};
  };

  void on_shown(std::uint64_t number, std::size_t which, const std::optional<error>& refused);
  /// Calls `call` for each part; the first error ends it.
  template <class Call> result<void> for_each(const Call& call);

  const detail::read_model_type& type_;
  const std::uint32_t count_;
  std::vector<part> parts_;

  std::mutex mutex_;
  std::map<std::uint64_t, waiting> waiting_;
  std::uint64_t last_ = 0;
};

}  // namespace cairn::actors
