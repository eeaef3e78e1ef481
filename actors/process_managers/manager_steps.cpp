#include "process_managers/manager_steps.hpp"

#include "cairn/detail/derived_id.hpp"
#include "cairn/process_manager.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace cairn::actors {
namespace {

/// Causes grow by what they lead to, and are cut by a hash.
constexpr std::size_t cause_max_bytes = 80;

std::string longer(const std::string& cause, std::string_view by) {
  return detail::derived_id("h", cause + std::string{by}, cause_max_bytes);
}

}  // namespace

std::string event_id(const event_metadata& meta) {
  std::string text{meta.aggregate_type};
  text.append("/").append(meta.aggregate_id).append("@");
  return detail::derived_id(
      "event:", text + std::to_string(meta.version.value), message_id_max_bytes);
}

manager_steps::manager_steps(const detail::process_manager_type& type) : type_(type) {}

void manager_steps::begin(detail::table_store& store) {
  detail::bind_tables(tables_, store);
}

void manager_steps::end() {
  detail::table_binder nothing{nullptr};
  tables_.serialize(nothing, 0U);
}

result<void> manager_steps::take(std::string_view instance,
                                 detail::route_kind how,
                                 const detail::instance_call& call,
                                 const step_cause& why) {
  using kind = detail::route_kind;
  if (auto good = check_aggregate_id(instance); !good) {
    return error{error::code::bad_input, "id of an instance: " + good.error().detail};
  }
  const auto stored = tables_.instances.get(std::string{instance});
  switch (how) {
    case kind::starts: break;
    case kind::starts_new:
      if (!stored) break;
      return error{error::code::conflict,
                   "the instance " + std::string{instance} + " is there already"};
    case kind::continues_known:
      if (stored) break;
      return error{error::code::not_found, "there is no instance " + std::string{instance}};
    case kind::continues:
    case kind::ends:
      if (!stored) return {};
  }
  byte_buffer after;
  detail::reaction_list then;
  std::optional<byte_view> state;
  if (stored) state = as_bytes(*stored);
  if (auto done = call(state, after, then); !done) return done;
  if (how == kind::ends) then.ended = true;
  return carry_out(instance, after.view(), then, why);
}

result<void> manager_steps::fire(const timer_key& key, const timer_row& row, timestamp now) {
  const auto& [due, instance, name] = key;
  if (!tables_.busy.contains(instance)) return run_timer(instance, name, due, row, &now);
  waiting_row what;
  what.timer = name;
  what.timer_set = row;
  what.time = due;
  pass_over(key, row, now);
  wait(instance, what);
  return {};
}

result<void> manager_steps::run_timer(const std::string& instance,
                                      const std::string& name,
                                      timestamp due,
                                      const timer_row& row,
                                      const timestamp* now) {
  const auto stored = tables_.instances.get(instance);
  byte_buffer after;
  detail::reaction_list then;
  // The timers of an instance go with it.
  if (stored) {
    auto done = type_.on_timer(instance, name, due, as_bytes(*stored), after, then);
    if (!done) return done;
  }
  // Before what it leads to, which may set it anew.
  if (now != nullptr) pass_over({due, instance, name}, row, *now);
  if (!stored) return {};
  const std::string firing = "." + std::to_string(row.fired);
  return carry_out(instance,
                   after.view(),
                   then,
                   {longer(row.cause, firing), row.correlation_id, row.causation_id});
}

void manager_steps::pass_over(const timer_key& key, const timer_row& row, timestamp now) {
  const auto& [due, instance, name] = key;
  remove(key);
  if (row.period.count() == 0) return;
  // Those that were missed while nobody looked fire together; the phase stays.
  const auto periods = std::max<std::int64_t>((now - due) / row.period, 0) + 1;
  timer_row next = row;
  ++next.fired;
  const timestamp next_due = due + periods * row.period;
  tables_.timers.put({next_due, instance, name}, next);
  tables_.timer_times.put({instance, name}, next_due);
}

result<manager_steps::told> manager_steps::tell(const command_key& key,
                                                const command_row& row,
                                                const detail::erased_outcome& outcome,
                                                timestamp now) {
  const auto target = target_named(row.target);
  if (!target || !type_.hears(*target, outcome.what)) return told{};
  const auto stored = tables_.instances.get(key.first);
  // Whoever asked is over.
  if (!stored) return told{.heard = true};
  byte_buffer after;
  detail::reaction_list then;
  const detail::refused_command what{.target = *target,
                                     .aggregate_id = row.aggregate_id,
                                     .bytes = as_bytes(row.bytes),
                                     .outcome = outcome,
                                     .attempts = row.attempts};
  auto done = type_.on_refused(key.first, what, now, as_bytes(*stored), after, then);
  if (!done) return done.error();
  answered_ = key.second;
  const std::string answer = "a" + std::to_string(row.attempts);
  done = carry_out(key.first,
                   after.view(),
                   then,
                   {longer(row.cause, answer), row.correlation_id, row.causation_id});
  answered_.reset();
  if (!done) return done.error();
  if (!then.retry_after) return told{.heard = true};
  command_row again = row;
  ++again.attempts;
  again.not_before = now + *then.retry_after;
  if (outcome.what == detail::erased_outcome::kind::rejected) {
    const std::string base = row.command_id.substr(0, row.command_id.rfind('~'));
    again.command_id = detail::derived_id(
        "pm:", base + "~" + std::to_string(again.attempts), message_id_max_bytes);
  }
  tables_.commands.put(key, again);
  return told{.heard = true, .again = true};
}

void manager_steps::remove(const command_key& key) {
  tables_.commands.erase(key);
  tables_.queue.erase(key.second);
  count(key.first, -1, 0);
}

void manager_steps::remove(const timer_key& key) {
  tables_.timers.erase(key);
  tables_.timer_times.erase({std::get<1>(key), std::get<2>(key)});
}

void manager_steps::leave_out(std::string instance, std::string what, std::string why) {
  tables_.failed.put(next_number("failed"), {std::move(instance), std::move(what), std::move(why)});
}

std::optional<std::size_t> manager_steps::target_named(std::string_view name) const {
  const auto all = type_.targets();
  const auto found = std::find(all.begin(), all.end(), name);
  if (found == all.end()) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

result<void> manager_steps::carry_out(std::string_view instance,
                                      byte_view after,
                                      const detail::reaction_list& then,
                                      const step_cause& why) {
  if (then.commands.size() + then.timers.size() > reactions_max) {
    return error{error::code::too_large,
                 "a step has more than " + std::to_string(reactions_max) + " reactions"};
  }
  const std::string id{instance};
  if (then.drops_pending) drop_commands(id);
  for (std::size_t i = 0; i < then.commands.size(); ++i)
    send(instance, then.commands[i], i, why);
  if (then.ended) {
    tables_.instances.erase(id);
    end_timers(id);
    return {};
  }
  for (std::size_t i = 0; i < then.timers.size(); ++i)
    set(instance, then.timers[i], i, why);
  tables_.instances.put(id, std::string{as_text(after)});
  return {};
}

void manager_steps::send(std::string_view instance,
                         const detail::reaction_list::command& what,
                         std::size_t place,
                         const step_cause& why) {
  const std::string cause = longer(why.id, ":" + std::to_string(place));
  const std::string name{type_.name()};
  std::string principal = what.principal.empty() ? name : what.principal;
  const std::uint64_t number = next_number("queue");
  std::string command_id = "pm:";
  command_id.append(name).append(":").append(cause);
  tables_.commands.put(
      {std::string{instance}, number},
      {.target = std::string{type_.targets()[what.target]},
       .aggregate_id = what.aggregate_id,
       .bytes = what.bytes,
       .command_id = detail::derived_id("pm:", std::move(command_id), message_id_max_bytes),
       .correlation_id = why.correlation_id,
       .causation_id = why.causation_id,
       .principal = std::move(principal),
       .cause = cause,
       .attempts = 1,
       .not_before = {}});
  tables_.queue.put(number, std::string{instance});
  count(std::string{instance}, 1, 0);
}

void manager_steps::set(std::string_view instance,
                        const detail::reaction_list::timer& what,
                        std::size_t place,
                        const step_cause& why) {
  const std::pair<std::string, std::string> name{std::string{instance}, what.name};
  if (const auto known = tables_.timer_times.get(name)) {
    remove(timer_key{*known, name.first, name.second});
  }
  forget_waiting_timers(name.first, &what.name);
  if (!what.due) return;
  tables_.timer_times.put(name, *what.due);
  tables_.timers.put({*what.due, name.first, name.second},
                     {.period = what.period,
                      .fired = 0,
                      .cause = longer(why.id, "t" + std::to_string(place)),
                      .correlation_id = why.correlation_id,
                      .causation_id = why.causation_id});
}

void manager_steps::end_timers(const std::string& instance) {
  std::vector<timer_key> all;
  tables_.timer_times.each_from({instance, {}}, [&](const auto& name, timestamp due) {
    if (name.first != instance) return false;
    all.emplace_back(due, name.first, name.second);
    return true;
  });
  for (const timer_key& one : all)
    remove(one);
  forget_waiting_timers(instance, nullptr);
}

void manager_steps::drop_commands(const std::string& instance) {
  std::vector<command_key> all;
  tables_.commands.each_from({instance, 0}, [&](const command_key& key, const command_row&) {
    if (key.first != instance) return false;
    if (answered_ != key.second) all.push_back(key);
    return true;
  });
  for (const command_key& one : all)
    remove(one);
}

std::uint64_t manager_steps::next_number(const std::string& of) {
  const std::uint64_t number = tables_.numbers.get(of).value_or(0) + 1;
  tables_.numbers.put(of, number);
  return number;
}

}  // namespace cairn::actors
