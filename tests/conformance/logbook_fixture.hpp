#pragma once

#include "conformance/logbook.hpp"
#include "support/running.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::tests {

/// Logbooks on a store in a temporary directory. What is told to the log is kept.
class logbooks : public running {
 protected:
  logbooks() {
    with = [this](builder& parts) {
      parts.add<logbook>(options).log(log_.sink());
    };
  }
  ~logbooks() override {
    stop();
    logbook::forget_hooks();
  }

  aggregate_handle<logbook> at(const char* id) { return app->aggregate<logbook>(id); }
  outcome<logbook> ask(const char* id, lines what, ask_options how = {}) {
    return at(id).ask(logbook::write{std::move(what)}, std::move(how));
  }
  /// The lines of the newest durable state.
  lines written(const char* id) {
    const auto found = at(id).state();
    EXPECT_TRUE(found) << describe(found.error());
    return found ? found->state.lines : lines{};
  }
  /// The version in the receipt; 0 when it was not accepted.
  static std::uint64_t version_of(const outcome<logbook>& out) {
    return out.accepted() != nullptr ? out.accepted()->version.value : 0;
  }
  /// What it failed with; no code at all when it did not.
  static error::code failure_of(const outcome<logbook>& out) {
    return out.failed() != nullptr ? out.failed()->what : error::code{};
  }

  /// Keeps lines; they come from any thread.
  class kept_log {
   public:
    log_sink sink() {
      return [this](log_level /*level*/, std::string_view line) {
        const std::lock_guard lock{mutex_};
        lines_.emplace_back(line);
      };
    }
    long count(const std::string& part) {
      const std::lock_guard lock{mutex_};
      return std::count_if(lines_.begin(), lines_.end(), [&part](const std::string& line) {
        return line.find(part) != std::string::npos;
      });
    }

   private:
    std::mutex mutex_;
    lines lines_;
  };

  aggregate_options options;
  kept_log log_;
};

}  // namespace cairn::tests
