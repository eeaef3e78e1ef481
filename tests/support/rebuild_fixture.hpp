#pragma once

#include "support/read_model_fixture.hpp"
#include "support/watched_models.hpp"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cairn::tests {

/// A gate in the views of copies: commits to it can be held, refused, and seen.
class copy_gate {
 public:
  using place = persistence::view_place;

  /// Commits to this view wait from now on.
  void hold(place which) {
    const std::lock_guard lock{mutex_};
    held_ = which;
  }
  void release() {
    const std::lock_guard lock{mutex_};
    held_ = {};
    changed_.notify_all();
  }
  /// So many commits to this view fail from now on.
  void refuse(place which, int times) {
    const std::lock_guard lock{mutex_};
    refused_ = which;
    times_ = times;
  }
  /// After so many more commits, to whatever view, the disk is dead: nothing is stored any more.
  void die_after(int commits) {
    const std::lock_guard lock{mutex_};
    left_ = commits;
  }
  void revive() {
    const std::lock_guard lock{mutex_};
    left_.reset();
  }
  [[nodiscard]] bool dead() {
    const std::lock_guard lock{mutex_};
    return left_ == 0;
  }
  result<void> pass(place which) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return held_ != which; });
    if (left_ == 0) return error{error::code::storage_failed, "the disk is dead"};
    if (left_) --*left_;
    if (refused_ != which || times_ == 0) return {};
    --times_;
    return error{error::code::store_full, "the gate is shut"};
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<place> held_;
  std::optional<place> refused_;
  int times_ = 0;
  std::optional<int> left_;
};

/// Views in folders, whose commits pass a gate.
class gated_shelf final : public persistence::view_shelf {
 public:
  gated_shelf(std::filesystem::path root, persistence::view::options made_for, copy_gate& gate)
      : root_(std::move(root)), made_for_(std::move(made_for)), gate_(gate) {}

  result<std::unique_ptr<persistence::view>> open(persistence::view_place place,
                                                  std::vector<std::string> table_names) override {
    auto options = made_for_;
    options.version = place.version;
    options.copy = place.copy;
    options.tables = std::move(table_names);
    auto opened = persistence::lmdb::open_view(root_, options, std::uint64_t{16} << 20U);
    if (!opened) return opened;
    return std::unique_ptr<persistence::view>{
        std::make_unique<gated_view>(*std::move(opened), place, gate_)};
  }
  result<std::vector<persistence::view_place>> stored() const override {
    return persistence::lmdb::stored_views(root_, made_for_.name);
  }
  result<void> remove(persistence::view_place place) override {
    return persistence::lmdb::remove_view(root_, made_for_.name, place);
  }

 private:
  class gated_batch final : public persistence::view_batch {
   public:
    gated_batch(std::unique_ptr<persistence::view_batch> real,
                persistence::view_place place,
                copy_gate& gate)
        : real_(std::move(real)), place_(place), gate_(gate) {}
    detail::table_store& tables() override { return real_->tables(); }
    result<void> commit(const persistence::checkpoint_list& reached) override {
      if (auto passed = gate_.pass(place_); !passed) return passed;
      return real_->commit(reached);
    }

   private:
    std::unique_ptr<persistence::view_batch> real_;
    persistence::view_place place_;
    copy_gate& gate_;
  };

  class gated_view final : public persistence::view {
   public:
    gated_view(std::unique_ptr<persistence::view> real,
               persistence::view_place place,
               copy_gate& gate)
        : real_(std::move(real)), place_(place), gate_(gate) {}
    result<persistence::checkpoint_list> checkpoints() const override {
      return real_->checkpoints();
    }
    result<std::unique_ptr<persistence::view_batch>> begin() override {
      auto made = real_->begin();
      if (!made) return made;
      return std::unique_ptr<persistence::view_batch>{
          std::make_unique<gated_batch>(*std::move(made), place_, gate_)};
    }
    result<std::unique_ptr<persistence::view_reader>> read() const override {
      return real_->read();
    }
    result<void> save_state(byte_view state,
                            std::uint32_t schema_version,
                            const persistence::checkpoint_list& reached) override {
      return real_->save_state(state, schema_version, reached);
    }
    result<std::optional<persistence::saved_state>> load_state() const override {
      return real_->load_state();
    }
    result<void> clear() override { return real_->clear(); }
    result<void> remove_older_versions() override { return real_->remove_older_versions(); }

   private:
    std::unique_ptr<persistence::view> real_;
    persistence::view_place place_;
    copy_gate& gate_;
  };

  const std::filesystem::path root_;
  const persistence::view::options made_for_;
  copy_gate& gate_;
};

/// Read models that can be rebuilt beside themselves, on journals that are written by hand.
class rebuild_fixture : public read_model_fixture {
 protected:
  rebuild_fixture() {
    refusal_plan::refuse(0, 0);
    effects_seen::clear();
  }

  template <class M>
  std::unique_ptr<running<M>> run_copies(actors::read_model_runner::options options = quick()) {
    auto made = std::make_unique<running<M>>();
    std::vector<persistence::journal*> journals;
    for (const auto& one : journals_)
      journals.push_back(one.get());
    options.log = log_.sink();
    auto opened = actors::make_rebuildable_read_model(made->type,
                                                      std::move(journals),
                                                      make_shelf(std::string{M::stable_name}),
                                                      clock_,
                                                      std::move(options));
    EXPECT_TRUE(opened) << describe(opened.error());
    made->runner = *std::move(opened);
    EXPECT_TRUE(made->runner->start(*executor_));
    made->heard = listen(*made->runner);
    return made;
  }

  std::unique_ptr<persistence::view_shelf> make_shelf(std::string name) {
    return std::make_unique<gated_shelf>(directory_.path() / "views",
                                         persistence::view::options{.name = std::move(name),
                                                                    .partitions = journals_.size(),
                                                                    .journal_id = "the journal",
                                                                    .log = log_.sink()},
                                         gate_);
  }

  /// Waits until it holds.
  static void await(const std::function<bool()>& holds, const char* what) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "waited in vain: " << what;
      std::this_thread::yield();
    }
  }
  template <class M> static void await_switch(const running<M>& model) {
    await([&] { return !model.runner->status().rebuild; }, "the switch");
  }
  template <class M> static void rebuild(const running<M>& model) {
    const auto answer = model.runner->rebuild();
    ASSERT_TRUE(answer) << describe(answer.error());
    ASSERT_EQ(*answer, rebuild_answer::begun);
  }

  [[nodiscard]] std::vector<std::string> folders_of(std::string_view model) const {
    std::vector<std::string> found;
    for (const auto& one : std::filesystem::directory_iterator{directory_.path() / "views" / model})
      found.push_back(one.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
  }
  void await_folders(std::string_view model, const std::vector<std::string>& these) const {
    await([&] { return folders_of(model) == these; }, "the old copy's end");
  }

  copy_gate gate_;
};

}  // namespace cairn::tests
