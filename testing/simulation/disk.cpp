#include "simulation/disk.hpp"

#include "probe_body.hpp"

#include <iterator>
#include <utility>

namespace cairn::testing {
namespace {

/// Of the bytes, for the trace: a block holds times, ids and a chain over all that is before it.
std::uint64_t check_of(std::span<const byte_view> blocks) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const byte_view block : blocks) {
    for (const std::byte one : block)
      hash = (hash ^ static_cast<std::uint64_t>(one)) * 0x100000001B3U;
  }
  return hash;
}

}  // namespace

/// What one start of the node has opened.
class simulated_disk::log final : public persistence::block_log {
 public:
  log(simulated_disk& on, partition_id which, std::uint64_t opened)
      : disk_(on), partition_(which), opened_(opened) {}

  result<claimed> claim() override { return disk_.logs_[partition_.value]->claim(); }

  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    if (opened_ != disk_.opened_) return error{error::code::storage_failed, "the power is gone"};
    return disk_.append(partition_, epoch, blocks);
  }

  result<std::unique_ptr<persistence::block_reader>> read() const override {
    return disk_.logs_[partition_.value]->read();
  }

 private:
  simulated_disk& disk_;
  partition_id partition_;
  std::uint64_t opened_;
};

simulated_disk::simulated_disk(std::uint16_t partitions,
                               const simulation_options& faults,
                               random_source& random,
                               reactions then)
    : faults_(faults), random_(random), then_(std::move(then)) {
  for (std::uint16_t i = 0; i < partitions; ++i)
    logs_.push_back(persistence::make_memory_log());
}

persistence::log_source simulated_disk::open() {
  const std::uint64_t opened = ++opened_;
  return [this, opened](partition_id which) -> result<std::unique_ptr<persistence::block_log>> {
    if (which.value >= logs_.size()) {
      return error{error::code::bad_input, "there are not so many partitions"};
    }
    return std::unique_ptr<persistence::block_log>{std::make_unique<log>(*this, which, opened)};
  };
}

result<void> simulated_disk::append(partition_id to,
                                    std::uint64_t epoch,
                                    std::span<const byte_view> blocks) {
  if (!faulty_) return store(to, epoch, blocks);
  if (random_.chance(faults_.fail_writes)) {
    ++failed_writes_;
    then_.tell("the disk is full for this group");
    return error{error::code::store_full, "the simulation says so"};
  }
  const bool is_uncertain = random_.chance(faults_.uncertain_writes);
  const bool dies = !is_uncertain && random_.chance(faults_.crash_writes);
  if (!is_uncertain && !dies) return store(to, epoch, blocks);
  ++failed_writes_;
  const bool stored = random_.chance(0.5);
  if (stored) {
    if (auto done = store(to, epoch, blocks); !done) return done;
  }
  then_.tell(std::string{dies ? "the power goes" : "the disk fails"} +
             (stored ? ", and the group is stored" : ", and the group is lost"));
  dies ? then_.died() : then_.broke();
  return error{error::code::uncertain, "the simulation says so"};
}

result<void> simulated_disk::store(partition_id to,
                                   std::uint64_t epoch,
                                   std::span<const byte_view> blocks) {
  auto stored = logs_[to.value]->append(epoch, blocks);
  if (!stored) return stored;
  std::string text = "stored in partition " + std::to_string(to.value) + ":";
  for (const persisted_event& one : events_in(to, blocks))
    text.append(" ").append(one.describe());
  then_.tell(text + ", check " + std::to_string(check_of(blocks)));
  return stored;
}

result<std::vector<persisted_event>> simulated_disk::events() const {
  std::vector<persisted_event> all;
  for (std::uint16_t i = 0; i < logs_.size(); ++i) {
    const auto reader = logs_[i]->read();
    if (!reader) return reader.error();
    auto found = (*reader)->seek(1);
    while (found && found->has_value()) {
      if (auto good = persistence::block_view::parse(**found); !good) return good.error();
      auto events = events_in({i}, {&**found, 1});
      std::move(events.begin(), events.end(), std::back_inserter(all));
      found = (*reader)->next();
    }
    if (!found) return found.error();
  }
  return all;
}

}  // namespace cairn::testing
