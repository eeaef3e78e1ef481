// A server that is meant to be killed: clients deposit as fast as they are answered, while a read
// model is built anew all the time; each accepted deposit is written to stdout before the client
// goes on.
//
//   rebuild_crasher DIRECTORY ROUND MODE PARTITIONS

#include "crash/rebuilt_bank.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace cairn::tests {
namespace {

class client {
 public:
  client(runtime& app, std::uint32_t number) : app_(app), number_(number) {}

  void send() {
    ++count_;
    app_.aggregate<bank::account>(saver_id(number_))
        .ask(bank::deposit{1}, {}, [this](const outcome<bank::account>& out) {
          if (out.accepted() == nullptr) std::_Exit(3);
          report(*out.accepted());
          send();
        });
  }

 private:
  void report(const receipt& done) const {
    char line[100];
    const int size = std::snprintf(line,
                                   sizeof line,
                                   "%u %llu %llu\n",
                                   number_,
                                   static_cast<unsigned long long>(count_),
                                   static_cast<unsigned long long>(done.position.offset));
    if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::_Exit(0);
  }

  runtime& app_;
  std::uint32_t number_;
  std::uint64_t count_ = 0;
};

int run(const char* directory, std::uint32_t round, std::uint16_t partitions) {
  auto app = rebuilt_bank(directory, partitions).log(stderr_log(log_level::error)).start();
  if (!app) {
    std::fprintf(stderr, "%s\n", describe(app.error()).c_str());
    return 2;
  }
  for (std::uint32_t i = 0; round == 0 && i < savers; ++i)
    (void)app->aggregate<bank::account>(saver_id(i)).ask(bank::open{"saver"});
  std::vector<std::unique_ptr<client>> all;
  for (std::uint32_t i = 0; i < savers; ++i)
    all.push_back(std::make_unique<client>(*app, i));
  for (const auto& one : all)
    one->send();
  for (;;) {
    (void)app->read_model<holdings>().rebuild();
    (void)app->read_model<event_count>().rebuild();
    std::this_thread::yield();
  }
}

}  // namespace
}  // namespace cairn::tests

int main(int argc, char** argv) {
  if (argc != 5) return 1;
  return cairn::tests::run(argv[1],
                           static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)),
                           static_cast<std::uint16_t>(std::strtoul(argv[4], nullptr, 10)));
}
