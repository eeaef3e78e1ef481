#include "cairn/actors/outbox.hpp"

#include "support/post_box.hpp"
#include "support/read_model_fixture.hpp"

#include "cairn/detail/event_reader.hpp"

#include <atomic>
#include <map>
#include <thread>

// Outboxes on plain threads, where the thread sanitizer sees all of them.

namespace cairn::tests {
namespace {

class OutboxRunner : public read_model_fixture {
 protected:
  void SetUp() override { open_journals(1); }
  void TearDown() override { runner_.reset(); }

  void run(actors::read_model_runner::options settings = quick()) {
    runner_.reset();
    type_ = actors::make_outbox("test.outbox", "store", std::make_unique<postman>(box_), {});
    type_->read_by(reader_);
    if (view_ == nullptr) {
      view_ =
          persistence::make_memory_view({.name = "test.outbox", .tables = type_->table_names()});
    }
    settings.log = log_.sink();
    runner_ = actors::make_read_model_runner(
        *type_, {journals_[0].get()}, view_, clock_, std::move(settings));
    ASSERT_TRUE(runner_->start(*executor_));
  }
  void wait_until_sent() {
    const auto waited = runner_->wait_for({.caught_up = true, .timeout = std::chrono::seconds{60}});
    ASSERT_TRUE(waited) << describe(waited.error());
  }

  std::shared_ptr<post_box> box_ = std::make_shared<post_box>();
  detail::event_reader reader_;
  std::shared_ptr<persistence::view> view_;
  std::unique_ptr<detail::read_model_type> type_;
  std::unique_ptr<actors::read_model_runner> runner_;
};

TEST_F(OutboxRunner, SendsEachEventOnceWhileItsReceiverComesAndGoes) {
  auto settings = quick();
  settings.applied_max = 5;
  run(settings);
  std::atomic<bool> over{false};
  std::thread moody{[&] {
    for (bool away = true; !over; away = !away) {
      box_->set_away(away);
      std::this_thread::yield();
    }
    box_->set_away(false);
  }};
  for (int i = 0; i < 300; ++i) {
    write("c" + std::to_string(i % 7), {deposited{1}, deposited{2}, deposited{3}});
    runner_->hint();
    (void)runner_->status();
  }
  over = true;
  moody.join();
  wait_until_sent();
  std::map<std::string, std::uint64_t> versions;
  for (const outgoing_event& one : box_->letters())
    EXPECT_EQ(one.event.version.value, ++versions[one.event.aggregate_id]);
  EXPECT_EQ(box_->letters().size(), 900U);
  for (const std::size_t size : box_->batches())
    EXPECT_LE(size, 5U);
}

TEST_F(OutboxRunner, StopsWhileItsReceiverKeepsItWaiting) {
  box_->keep_waiting();
  run();
  write("ann", {deposited{1}});
  runner_->hint();
  box_->wait_until_somebody_waits();
  runner_->stop();
  EXPECT_TRUE(box_->letters().empty());
}

TEST_F(OutboxRunner, SendsAgainWhatWasConfirmedAndNotStoredBeforeItDied) {
  run();
  write("ann", {deposited{1}});
  wait_until_sent();
  write("ann", {deposited{2}, deposited{3}});
  box_->break_off_after(1);
  auto patient = quick();
  patient.retry_delay = std::chrono::hours{1};
  run(patient);
  box_->wait_for(2);
  // Dropped, as by a crash, before the rest is tried.
  run();
  wait_until_sent();
  EXPECT_EQ(box_->ids(),
            (std::vector<std::string>{"store.0.1", "store.0.2", "store.0.2", "store.0.3"}));
}

}  // namespace
}  // namespace cairn::tests
