#include "commands/command_trial.hpp"

#include "commands/driver.hpp"
#include "commands/journal_check.hpp"
#include "commands/read_models.hpp"
#include "support/scratch_directory.hpp"

#include "cairn/cairn.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace bench {
namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// What a read model had summed up.
struct picture {
  /// Events that it had yet to see at the last answer.
  std::uint64_t behind = 0;
  tally::state at_end;
  std::chrono::nanoseconds catch_up{};
  std::string trouble;
};

template <class Model> picture look_at(cairn::runtime& app) {
  picture seen;
  const steady::time_point begin = steady::now();
  // Asks for nothing that would make it wait.
  const auto status = app.read<Model>().status();
  const auto sums = app.read<Model>({.caught_up = true, .timeout = 5min}).ask(everything{});
  seen.catch_up = steady::now() - begin;
  if (status) seen.behind = status->events_behind;
  if (sums) seen.at_end = *sums;
  if (!status) seen.trouble = describe(status.error());
  if (!sums) seen.trouble = describe(sums.error());
  return seen;
}

std::optional<picture> look_at(const std::string& read_model, cairn::runtime& app) {
  if (read_model == "memory") return look_at<memory_sums>(app);
  if (read_model == "tables") return look_at<table_sums>(app);
  return std::nullopt;
}

cairn::result<cairn::runtime> start(const cairn::config& settings, const std::string& read_model) {
  cairn::builder parts{settings};
  parts.add<tally>().log(cairn::stderr_log(cairn::log_level::warning));
  if (read_model == "memory") parts.add_read_model<memory_sums>();
  if (read_model == "tables") parts.add_read_model<table_sums>();
  return parts.start();
}

std::string wake_all(cairn::runtime& app, std::uint32_t aggregates) {
  std::vector<cairn::addressed<tally>> looks;
  for (std::uint32_t i = 0; i < aggregates; ++i)
    looks.push_back({.id = tally_id(i), .wish = look{}});
  for (const auto& answer : app.ask_many<tally>(std::move(looks))) {
    if (answer.accepted() == nullptr) return "an aggregate did not wake";
  }
  return {};
}

void judge(measured& out, const std::string& trouble) {
  if (out.trouble.empty()) out.trouble = trouble;
}

/// Fills `out` with what the clients see; the read model must keep up, so its rest counts too.
void measure(cairn::runtime& app,
             driver& clients,
             const options& chosen,
             const trial_plan& plan,
             measured& out) {
  const auto duration = std::chrono::duration_cast<std::chrono::nanoseconds>(chosen.duration);
  clients.run(std::min<std::chrono::nanoseconds>(duration / 5, 500ms));
  clients.forget_latencies();
  const cairn::runtime_status before = app.status();
  const driver::timed timed = clients.run(duration);
  const auto seen = look_at(plan.read_model, app);
  const cairn::runtime_status after = app.status();
  const double seconds = seconds_of(timed.took + (seen ? seen->catch_up : 0ns));
  out.commands = timed.commands;
  out.rate_per_s = static_cast<double>(timed.commands) / seconds;
  out.groups_per_s = static_cast<double>(after.groups - before.groups) / seconds_of(timed.took);
  out.take_latencies(clients.latencies());
  judge(out, clients.trouble());
  if (!seen) return;
  out.lag_events = static_cast<double>(seen->behind);
  out.catch_up_ms = seconds_of(seen->catch_up) * 1e3;
  judge(out, seen->trouble);
  if (seen->at_end != clients.accounts().sum) {
    judge(out, "the read model has not summed up what was accepted");
  }
}

}  // namespace

measured measure_commands(const options& chosen, const trial_plan& plan, std::string& durability) {
  const scratch_directory scratch{chosen.store};
  cairn::config settings = chosen.settings;
  settings.store = scratch.path() / "store";
  measured out;
  std::optional<driver> clients;  // Outlives the runtime.
  {
    auto app = start(settings, plan.read_model);
    if (!app) {
      out.trouble = describe(app.error());
      return out;
    }
    durability = app->status().durability;
    judge(out, wake_all(*app, plan.aggregates));
    clients.emplace(*app, chosen, plan.clients, plan.aggregates);
    measure(*app, *clients, chosen, plan, out);
    const auto verified = app->verify();
    if (!verified) judge(out, describe(verified.error()));
    if (const auto stopped = app->stop(); !stopped) judge(out, describe(stopped.error()));
  }
  if (!settings.in_memory) judge(out, check_journal(settings, clients->accounts()));
  return out;
}

}  // namespace bench
