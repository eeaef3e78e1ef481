#include "commands/command_trial.hpp"

#include "commands/driver.hpp"
#include "commands/journal_check.hpp"
#include "commands/open_driver.hpp"
#include "commands/watched_models.hpp"
#include "support/scratch_store.hpp"

#include "cairn/cairn.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace bench {
namespace {

using namespace std::chrono_literals;

cairn::result<cairn::runtime> start(const cairn::config& settings, const watched_models* models) {
  cairn::builder parts{settings};
  parts.add<tally>().log(cairn::stderr_log(cairn::log_level::warning));
  if (models != nullptr) models->add_to(parts);
  return parts.start();
}

std::unique_ptr<load> make_load(cairn::runtime& app,
                                const options& chosen,
                                const trial_plan& plan) {
  const aggregate_choice choice{plan.aggregates, plan.zipf};
  if (!plan.open) return std::make_unique<driver>(app, chosen, plan.clients, choice);
  return std::make_unique<open_driver>(app, chosen, *plan.open, choice);
}

std::string wake_all(cairn::runtime& app, std::uint32_t aggregates) {
  constexpr std::uint32_t piece = 50'000;
  for (std::uint32_t begin = 0; begin < aggregates; begin += piece) {
    std::vector<cairn::addressed<tally>> looks;
    for (std::uint32_t i = begin; i < std::min(begin + piece, aggregates); ++i)
      looks.push_back({.id = tally_id(i), .wish = look{}});
    for (const auto& answer : app.ask_many<tally>(std::move(looks))) {
      if (answer.accepted() == nullptr) return "an aggregate did not wake";
    }
  }
  return {};
}

void judge(measured& out, const std::string& trouble) {
  if (out.trouble.empty()) out.trouble = trouble;
}

/// Fills `out` with what the clients see; the read models must keep up, so their rest counts too.
void measure(cairn::runtime& app,
             load& clients,
             const options& chosen,
             const watched_models* models,
             measured& out) {
  const auto duration = std::chrono::duration_cast<std::chrono::nanoseconds>(chosen.duration);
  clients.run(std::min<std::chrono::nanoseconds>(duration / 5, 500ms));
  clients.forget();
  const cairn::runtime_status before = app.status();
  const load::timed timed = clients.run(duration);
  const cairn::runtime_status after = app.status();
  watched_models::picture seen;
  if (models != nullptr) seen = models->finish(app, clients.accounts().sum);
  out.commands = timed.commands;
  out.rate_per_s = static_cast<double>(timed.commands) / seconds_of(timed.took + seen.catch_up);
  out.groups_per_s = static_cast<double>(after.groups - before.groups) / seconds_of(timed.took);
  clients.tell(out);
  out.lag_events = static_cast<double>(seen.behind);
  out.catch_up_ms = seconds_of(seen.catch_up) * 1e3;
  judge(out, clients.trouble());
  judge(out, seen.trouble);
}

}  // namespace

measured measure_commands(const options& chosen, const trial_plan& plan, std::string& durability) {
  const scratch_store scratch{chosen};
  const cairn::config& settings = scratch.settings();
  const auto models = watch_models(plan.read_model, plan.read_models);
  measured out;
  std::unique_ptr<load> clients;  // Outlives the runtime.
  {
    auto app = start(settings, models.get());
    if (!app) {
      out.trouble = describe(app.error());
      return out;
    }
    durability = app->status().durability;
    judge(out, wake_all(*app, plan.aggregates));
    clients = make_load(*app, chosen, plan);
    measure(*app, *clients, chosen, models.get(), out);
    const auto verified = app->verify();
    if (!verified) judge(out, describe(verified.error()));
    if (const auto stopped = app->stop(); !stopped) judge(out, describe(stopped.error()));
  }
  if (!settings.in_memory) judge(out, check_journal(settings, clients->accounts()));
  return out;
}

}  // namespace bench
