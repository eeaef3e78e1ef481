#pragma once

#include "process_managers/manager_rows.hpp"

#include "cairn/detail/erased_process_manager.hpp"
#include "cairn/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::actors {

/// Why a step happens, as far as it is written into what the step leads to.
struct step_cause {
  /// The commands' and timers' ids are made from it: the same each time that the step is done.
  std::string id;
  std::string correlation_id;
  std::string causation_id;
};

/// The steps of a process manager within one transaction: what events, timers and answers change
/// in the tables. Logic only. One thread.
///
/// A step whose user code fails leaves no trace, so that the others of its transaction can be
/// stored. What is wrong with the tables themselves shows in their store alone.
class manager_steps {
 public:
  /// @pre `type` outlives it
  explicit manager_steps(const detail::process_manager_type& type);

  /// Ties the steps to a transaction. @pre `store` outlives the end()
  void begin(detail::table_store& store);
  void end();

  [[nodiscard]] manager_tables& tables() noexcept { return tables_; }

  /// Hands an event to the instances that it is for. One that has commands without an answer gets
  /// it once it has none: so its history depends on events and answers alone, not on what came
  /// first, and is the same when it is folded anew.
  /// @param failed is asked what to do when one of them fails: what it returns ends the handling,
  /// if it is an error
  [[nodiscard]] result<void> event(
      std::size_t wanted,
      event_metadata& meta,
      const raw_event& event,
      const std::function<result<void>(std::string_view instance, error why)>& failed);

  /// Fires a timer that is in the tables, with the same rule.
  /// @param now the next firing of a periodic one is after it
  [[nodiscard]] result<void> fire(const timer_key& key, const timer_row& row, timestamp now);

  /// Hands an instance what has waited for it, until something leads to commands again. An error is
  /// that of the first one that fails, which goes on waiting.
  [[nodiscard]] result<void> catch_up(const std::string& instance);
  /// Leaves out what is first among that.
  void leave_out_first(const std::string& instance, const error& why);
  /// Instances for which something waits. Walks all of it.
  [[nodiscard]] std::vector<std::string> waited_for() const;

  /// Takes a timer that has been due out of the tables; a periodic one to its next time after now.
  void pass_over(const timer_key& key, const timer_row& row, timestamp now);

  /// Tells the instance of a command that was refused, when the manager wants to hear of it.
  struct told {
    bool heard = false;
    /// It is to be sent once more.
    bool again = false;
  };
  [[nodiscard]] result<told> tell(const command_key& key,
                                  const command_row& row,
                                  const detail::erased_outcome& outcome,
                                  timestamp now);

  /// Takes a command out: it has been answered.
  void remove(const command_key& key);
  void remove(const timer_key& key);
  /// Lists something that is left out.
  void leave_out(std::string instance, std::string what, std::string why);

  [[nodiscard]] std::optional<std::size_t> target_named(std::string_view name) const;

 private:
  /// conflict, not_found: a strict route is not met.
  [[nodiscard]] result<void> take(std::string_view instance,
                                  detail::route_kind how,
                                  const detail::instance_call& call,
                                  const step_cause& why);
  /// @param now null: it is in the tables no more
  [[nodiscard]] result<void> run_timer(const std::string& instance,
                                       const std::string& name,
                                       timestamp due,
                                       const timer_row& row,
                                       const timestamp* now = nullptr);
  [[nodiscard]] result<void> run_waiting(const std::string& instance, const waiting_row& row);
  void wait(const std::string& instance, const waiting_row& what);
  void count(const std::string& instance, int commands, int waiting);
  void forget_waiting_timers(const std::string& instance, const std::string* name);
  [[nodiscard]] result<void> carry_out(std::string_view instance,
                                       byte_view after,
                                       const detail::reaction_list& then,
                                       const step_cause& why);
  void send(std::string_view instance,
            const detail::reaction_list::command& what,
            std::size_t place,
            const step_cause& why);
  void set(std::string_view instance,
           const detail::reaction_list::timer& what,
           std::size_t place,
           const step_cause& why);
  void end_timers(const std::string& instance);
  void drop_commands(const std::string& instance);
  [[nodiscard]] std::uint64_t next_number(const std::string& of);

  const detail::process_manager_type& type_;
  manager_tables tables_;
  /// The command that is being answered: not among those that drop_pending takes back.
  std::optional<std::uint64_t> answered_;
};

/// "shop.order/7@3", at most 128 bytes: what the commands that an event leads to name as their
/// cause.
[[nodiscard]] std::string event_id(const event_metadata& meta);

}  // namespace cairn::actors
