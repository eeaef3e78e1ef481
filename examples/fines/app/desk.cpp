#include "fines/app/desk.hpp"

#include "fines/app/books.hpp"
#include "fines/app/show.hpp"

#include <ctime>

namespace fines {

exit_code serve(const cairn::config& settings,
                if_absent then,
                const std::string& id,
                const fine_case::command& wish,
                const std::string& command_id) {
  return with_store(settings, then, [&](cairn::runtime& app, town_clock& /*clock*/) {
    // Apart from the ids of imported rows.
    const std::string once = command_id.empty() ? std::string{} : "desk/" + command_id;
    const auto answer =
        app.aggregate<fine_case>(id).ask(wish, {.command_id = once, .timeout = answer_timeout});
    if (const auto* why = answer.failed()) return report_failure(*why);
    if (const auto* why = answer.rejected()) return report_rejection(id, *why);
    if (const auto settled = settle_deadlines(app); !settled) {
      return report_failure(settled.error());
    }
    return print_case(app, id, {});
  });
}

calendar_day today() {
  const std::time_t now = std::time(nullptr);
  std::tm here{};
  localtime_r(&now, &here);
  return std::chrono::floor<std::chrono::days>(
      std::chrono::local_seconds{std::chrono::seconds{now + here.tm_gmtoff}});
}

}  // namespace fines
