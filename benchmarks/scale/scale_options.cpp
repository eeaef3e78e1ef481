#include "scale/scale_options.hpp"

#include <CLI/CLI.hpp>

namespace bench {

void add_scale_options(CLI::App& app, scale_options& into) {
  app.add_option("--memory-limit",
                 into.memory_limit_bytes,
                 "For scale: memory of what is measured with its page cache, such as 512MiB")
      ->transform(CLI::AsSizeValue(false));
  app.add_option(
         "--events-per-command", into.events_per_command, "For scale: when the store is prepared")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option_function<double>(
         "--feed",
         [&into](double seconds) { into.feed = std::chrono::duration<double>{seconds}; },
         "For scale: seconds that its read model may take to catch up")
      ->check(CLI::Range(0.0, 86'400.0));
}

}  // namespace bench
