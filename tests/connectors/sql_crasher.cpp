// A server that is meant to be killed: 64 clients write notes as fast as they are answered, each
// accepted one is written to stdout before its client goes on, and a read model with SQL of its own
// follows in a database.
//
//   sql_crasher DIRECTORY ROUND PLACE PARTITIONS

#include "connectors/seen_in_sql.hpp"
#include "connectors/storage_named.hpp"
#include "support/temporary_store.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace cairn::tests {
namespace {

class client {
 public:
  client(runtime& app, std::uint32_t round, std::uint32_t number)
      : book_(app.aggregate<notebook>(notebook_of(number))), next_{round, number, 0} {}

  void send() {
    ++next_.count;
    book_.ask(next_, {}, [this](auto out) {
      if (out.accepted() == nullptr) std::_Exit(3);
      char line[100];
      const int size =
          std::snprintf(line,
                        sizeof line,
                        "%u %llu %llu\n",
                        next_.client,
                        static_cast<unsigned long long>(next_.count),
                        static_cast<unsigned long long>(out.accepted()->position.offset));
      if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::_Exit(0);
      send();
    });
  }

 private:
  aggregate_handle<notebook> book_;
  note next_;
};

int run(const char* directory, std::uint32_t round, const std::string& place) {
  auto settings = small_store(directory);
  settings.read_model_linger = std::chrono::milliseconds{1};
  auto app = builder{settings}
                 .log(stderr_log(log_level::warning))
                 .add<notebook>()
                 .add_read_model<seen_in_sql>({.stored_in = storage_named(place)})
                 .start();
  if (!app) {
    std::fprintf(stderr, "%s\n", describe(app.error()).c_str());
    return 2;
  }
  std::vector<std::unique_ptr<client>> all;
  for (std::uint32_t i = 0; i < 64; ++i)
    all.push_back(std::make_unique<client>(*app, round, i));
  for (const auto& one : all)
    one->send();
  // The next one begins soon after the one before has taken over.
  for (;;) {
    (void)app->read_model<seen_in_sql>().rebuild();
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

}  // namespace
}  // namespace cairn::tests

int main(int argc, char** argv) {
  if (argc != 5) return 1;
  const auto round = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
  return cairn::tests::run(argv[1], round, argv[3]);
}
