#include "cairn/testing/read_model_kit.hpp"

#include "failing_view.hpp"

#include "cairn/actors/executor.hpp"
#include "cairn/actors/read_model_runner.hpp"
#include "cairn/persistence/journal.hpp"

#include <string>
#include <utility>

namespace cairn::testing::detail {

class read_model_bench::body {
 public:
  body(const cairn::detail::read_model_type& type, journal_probe& journal)
      : type_(type),
        probe_(journal),
        view_(std::make_shared<failing_view>(
            persistence::make_memory_view({.name = std::string{type.name()},
                                           .version = type.version(),
                                           .tables = type.table_names()}))) {}

  void stop(bool crash) {
    if (runner_ && !crash) runner_->stop();
    runner_.reset();
    journal_.reset();
  }

  result<void> start() {
    auto log = probe_.source()({0});
    if (!log) return log.error();
    auto opened = persistence::journal::open(*std::move(log), nullptr, no_names_, {});
    if (!opened) return opened.error();
    journal_ = *std::move(opened);
    if (auto started = journal_->start(); !started) return started;
    actors::read_model_runner::options settings;
    settings.linger = {};
    settings.retry_delay = std::chrono::milliseconds{1};
    runner_ =
        actors::make_read_model_runner(type_, {journal_.get()}, view_, time_, std::move(settings));
    if (auto started = runner_->start(*executor_); !started) return started;
    return runner_->wait_for({.caught_up = true, .timeout = journal_probe::patience});
  }

  void fail_next_store(error why) { view_->fail_next(std::move(why)); }
  [[nodiscard]] actors::read_model_runner* runner() const noexcept { return runner_.get(); }

 private:
  const cairn::detail::read_model_type& type_;
  journal_probe& probe_;
  std::shared_ptr<failing_view> view_;
  // Not one that is moved by hand: a model that tries again waits for a millisecond.
  system_clock time_;
  /// Nothing is written through this journal.
  persistence::name_list no_names_;
  std::unique_ptr<actors::executor> executor_ = actors::make_thread_executor(1);
  std::unique_ptr<persistence::journal> journal_;
  std::unique_ptr<actors::read_model_runner> runner_;
};

read_model_bench::read_model_bench(const cairn::detail::read_model_type& type,
                                   journal_probe& journal)
    : body_(std::make_unique<body>(type, journal)) {}

read_model_bench::~read_model_bench() {
  stop();
}

void read_model_bench::stop(bool crash) {
  body_->stop(crash);
}

result<void> read_model_bench::start() {
  return body_->start();
}

void read_model_bench::fail_next_store(error why) {
  body_->fail_next_store(std::move(why));
}

cairn::detail::read_model_access* read_model_bench::access() const noexcept {
  return body_->runner();
}

}  // namespace cairn::testing::detail
