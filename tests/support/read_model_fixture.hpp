#pragma once

#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_view.hpp"
#include "support/read_models.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/actors/read_model_runner.hpp"
#include "cairn/detail/typed_read_model.hpp"
#include "cairn/persistence/journal.hpp"
#include "cairn/reader.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cairn::tests {

/// Answers a commit into a future.
class awaited_reply final : public persistence::commit_reply {
 public:
  void durable(position newest) noexcept override { promise_.set_value(newest); }
  void failed(const error& /*why*/) noexcept override { promise_.set_value({}); }
  position wait() { return promise_.get_future().get(); }

 private:
  std::promise<position> promise_;
};

/// A clock that is moved by hand. Any thread.
class manual_clock final : public clock {
 public:
  timestamp now() const noexcept override { return timestamp{std::chrono::nanoseconds{now_}}; }
  void set(std::chrono::nanoseconds since_epoch) { now_ = since_epoch.count(); }

 private:
  std::atomic<std::int64_t> now_{0};
};

/// Lines of the log, for questions. Any thread.
class log_lines {
 public:
  [[nodiscard]] log_sink sink() {
    return [this](log_level level, std::string_view line) {
      const std::lock_guard lock{mutex_};
      lines_.push_back(std::string{to_string(level)} + ": " + std::string{line});
    };
  }
  [[nodiscard]] int count(std::string_view part) const {
    const std::lock_guard lock{mutex_};
    int found = 0;
    for (const std::string& line : lines_) {
      found += line.find(part) != std::string::npos ? 1 : 0;
    }
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Where the logs of a test are kept. Views are always on disk.
enum class log_kind { memory, lmdb };

/// Journals that are written by hand, and the running read model `M` that follows them.
class read_model_fixture : public ::testing::Test {
 protected:
  static constexpr std::uint64_t map_bytes = std::uint64_t{16} << 20U;

  ~read_model_fixture() override { close_journals(); }

  void open_journals(std::size_t partitions, log_kind kind = log_kind::memory) {
    for (std::size_t i = 0; i < partitions; ++i) {
      std::unique_ptr<persistence::block_log> log;
      if (kind == log_kind::memory) {
        log = persistence::make_memory_log();
      } else {
        const auto folder = directory_.path() / ("log" + std::to_string(i));
        std::filesystem::create_directories(folder);
        log = *persistence::lmdb::open_block_log(folder, {map_bytes, 0});
      }
      persistence::journal::options options;
      options.partition = {static_cast<std::uint16_t>(i)};
      journals_.push_back(
          *persistence::journal::open(std::move(log), nullptr, names_, std::move(options)));
      journals_.back()->on_group([this] { hint_all(); });
      ASSERT_TRUE(journals_.back()->start().has_value());
    }
  }

  void close_journals() {
    for (const auto& one : journals_) {
      one->stop();
    }
    journals_.clear();
  }

  /// Everything that a model needs to run, which restarts keep or not.
  template <class M> struct running {
    detail::typed_read_model<M> type;
    std::unique_ptr<actors::read_model_runner> runner;
    /// Ends before it: no hint may come later.
    std::shared_ptr<void> heard;

    [[nodiscard]] reader<M> read(read_options options = {}) const {
      return reader<M>{runner.get(), std::move(options)};
    }
  };

  /// `M` on a view of its own.
  template <class M>
  std::unique_ptr<running<M>> run(actors::read_model_runner::options options = {}) {
    auto made = prepare<M>(std::move(options), open_view<M>());
    EXPECT_TRUE(made->runner->start(*executor_).has_value());
    made->heard = listen(*made->runner);
    return made;
  }

  template <class M>
  std::unique_ptr<running<M>> run_on(std::shared_ptr<persistence::view> view,
                                     actors::read_model_runner::options options = {}) {
    auto made = prepare<M>(std::move(options), std::move(view));
    EXPECT_TRUE(made->runner->start(*executor_).has_value());
    made->heard = listen(*made->runner);
    return made;
  }

  template <class M> void stop(std::unique_ptr<running<M>>& model) {
    model->heard.reset();
    model->runner->stop();
    model.reset();
  }

  /// As a crash would.
  template <class M> void drop(std::unique_ptr<running<M>>& model) { model.reset(); }

  template <class M> std::shared_ptr<persistence::view> open_view() {
    const detail::typed_read_model<M> type;
    auto opened = persistence::lmdb::open_view(directory_.path() / "views",
                                               {.name = std::string{type.name()},
                                                .version = type.version(),
                                                .tables = type.table_names(),
                                                .partitions = journals_.size(),
                                                .journal_id = "the journal",
                                                .log = log_.sink()},
                                               map_bytes);
    EXPECT_TRUE(opened.has_value()) << describe(opened.error());
    return *std::move(opened);
  }

  /// Short delays, and hints that can be lost.
  [[nodiscard]] static actors::read_model_runner::options quick() {
    actors::read_model_runner::options options;
    options.linger = std::chrono::nanoseconds::zero();
    options.retry_delay = std::chrono::microseconds{100};
    return options;
  }

  // -- the journal --

  /// One commit of these events. Returns the last one's position once it is durable.
  position write(const std::string& id,
                 const std::vector<shop_event>& events,
                 std::size_t partition = 0) {
    persistence::burst::origin origin;
    awaited_reply reply;
    submit(origin, reply, id, events, partition);
    return reply.wait();
  }

  /// The hints of the journals reach it while the result lives.
  std::shared_ptr<void> listen(actors::read_model_runner& one) {
    const std::lock_guard lock{listeners_mutex_};
    listeners_.push_back(&one);
    return {&one, [this](actors::read_model_runner* gone) {
              const std::lock_guard forgetting{listeners_mutex_};
              std::erase(listeners_, gone);
            }};
  }

  std::filesystem::path version_folder(std::string_view model, unsigned version) {
    return directory_.path() / "views" / model / ("v" + std::to_string(version));
  }

  temporary_directory directory_;
  log_lines log_;
  manual_clock clock_;
  std::unique_ptr<actors::executor> executor_ = actors::make_thread_executor(1);
  std::vector<std::unique_ptr<persistence::journal>> journals_;

 private:
  template <class M>
  std::unique_ptr<running<M>> prepare(actors::read_model_runner::options options,
                                      std::shared_ptr<persistence::view> view) {
    auto made = std::make_unique<running<M>>();
    std::vector<persistence::journal*> journals;
    for (const auto& one : journals_) {
      journals.push_back(one.get());
    }
    options.log = log_.sink();
    made->runner = actors::make_read_model_runner(
        made->type, std::move(journals), std::move(view), clock_, std::move(options));
    return made;
  }

  void hint_all() {
    const std::lock_guard lock{listeners_mutex_};
    for (auto* one : listeners_) {
      one->hint();
    }
  }

  void submit(persistence::burst::origin& origin,
              awaited_reply& reply,
              const std::string& id,
              const std::vector<shop_event>& events,
              std::size_t partition) {
    const std::string key = std::to_string(partition) + id;
    std::uint64_t& version = version_of(key);
    auto burst =
        std::make_unique<persistence::burst>(origin, 1, journals_[partition]->writer().era());
    persistence::commit_head head;
    const bool is_note = std::holds_alternative<noted>(events.front());
    head.aggregate_type = is_note ? 3 : 0;
    head.aggregate_id = id;
    head.base = {version};
    head.time = clock_.now();
    head.correlation_id = "request-7";
    burst->begin_commit(head, is_note ? 4 : 1);
    for (const shop_event& event : events) {
      std::visit(
          [&](const auto& fact) {
            encode(fact, burst->begin_event(is_note ? 0 : event.index(), 0, event_codec::binary));
          },
          event);
      burst->end_event();
    }
    version += events.size();
    burst->finish_commit(&reply);
    journals_[partition]->writer().submit(std::move(burst));
  }

  /// Each stream has one thread that writes, and the map has several.
  std::uint64_t& version_of(const std::string& key) {
    const std::lock_guard lock{versions_mutex_};
    return versions_[key];
  }

  persistence::name_list names_{
      "test.account", "test.opened", "test.deposited", "test.notes", "test.noted"};
  std::mutex versions_mutex_;
  std::map<std::string, std::uint64_t> versions_;
  std::mutex listeners_mutex_;
  std::vector<actors::read_model_runner*> listeners_;
};

}  // namespace cairn::tests
