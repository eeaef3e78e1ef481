#include "cairn/testing/block_log_contract.hpp"

#include <utility>

// Logs that break their promise in one way each. CMakeLists.txt runs the case of the contract that
// has to notice it, and passes when that case fails.

namespace cairn::persistence {

/// Does everything right, but for what is derived from it.
class good_log : public block_log {
 public:
  result<claimed> claim() override { return log_->claim(); }
  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    return log_->append(epoch, blocks);
  }
  result<std::unique_ptr<block_reader>> read() const override { return log_->read(); }

 protected:
  std::unique_ptr<block_log> log_ = make_memory_log();
};

/// Answers before it has stored the last block.
class forgetful_log final : public good_log {
 public:
  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    return log_->append(epoch, blocks.first(blocks.size() - 1));
  }
};

/// Stores a list block by block.
class halving_log final : public good_log {
 public:
  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    for (const byte_view& one : blocks) {
      if (auto done = log_->append(epoch, {&one, 1}); !done) return done;
    }
    return {};
  }
};

/// Lets anybody write.
class open_log final : public good_log {
 public:
  result<claimed> claim() override {
    auto made = log_->claim();
    if (made) newest_ = made->epoch;
    return made;
  }
  result<void> append(std::uint64_t /*epoch*/, std::span<const byte_view> blocks) override {
    return log_->append(newest_, blocks);
  }

 private:
  std::uint64_t newest_ = 0;
};

/// Shows its readers what came after them.
class moving_log final : public good_log {
 public:
  class reader final : public block_reader {
   public:
    explicit reader(const block_log& log) : log_(log) {}
    result<std::optional<byte_view>> seek(std::uint64_t offset) override {
      now_ = *log_.read();
      return now_->seek(offset);
    }
    result<std::optional<byte_view>> seek_block(std::uint64_t offset,
                                                std::uint64_t number) override {
      now_ = *log_.read();
      return now_->seek_block(offset, number);
    }
    result<std::optional<byte_view>> next() override { return now_->next(); }

   private:
    const block_log& log_;
    std::unique_ptr<block_reader> now_;
  };
  result<std::unique_ptr<block_reader>> read() const override {
    return std::unique_ptr<block_reader>{std::make_unique<reader>(*log_)};
  }
};

template <class Log> struct backend_of {
  static constexpr bool reopens = false;
  static std::unique_ptr<block_log> open() { return std::make_unique<Log>(); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Good, BlockLogContract, backend_of<good_log>);
INSTANTIATE_TYPED_TEST_SUITE_P(Forgetful, BlockLogContract, backend_of<forgetful_log>);
INSTANTIATE_TYPED_TEST_SUITE_P(Halving, BlockLogContract, backend_of<halving_log>);
INSTANTIATE_TYPED_TEST_SUITE_P(Open, BlockLogContract, backend_of<open_log>);
INSTANTIATE_TYPED_TEST_SUITE_P(Moving, BlockLogContract, backend_of<moving_log>);

}  // namespace cairn::persistence
