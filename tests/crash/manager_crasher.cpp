// A server that is meant to be killed: clients begin transfers as fast as they are answered, and a
// process manager carries them out; each accepted beginning is written to stdout before the client
// goes on.
//
//   manager_crasher DIRECTORY ROUND MODE PARTITIONS

#include "crash/moved_money.hpp"
#include "support/temporary_store.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace cairn::tests {
namespace {

constexpr std::uint32_t clients = 16;

class client {
 public:
  client(runtime& app, std::uint32_t round, std::uint32_t number)
      : app_(app), round_(round), number_(number) {}

  void send() {
    ++count_;
    const std::string id = transfer_id(round_, number_, count_);
    const std::uint64_t dice = count_ * 7 + number_ * 3 + round_;
    // Some are beyond what the account has, some go nowhere.
    const std::string to = dice % 11 == 0 ? "nobody" : account_id(dice / 2);
    const std::int64_t cents = dice % 13 == 0 ? 1'000'000 : 1;
    app_.aggregate<bank::transfer>(id).ask(bank::start_transfer{account_id(dice), to, cents},
                                           {.command_id = "start" + id},
                                           [this](const outcome<bank::transfer>& out) {
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
  std::uint32_t round_;
  std::uint32_t number_;
  std::uint64_t count_ = 0;
};

int run(const char* directory, std::uint32_t round) {
  auto app = bank_with_transfers(directory).log(stderr_log(log_level::error)).start();
  if (!app) {
    std::fprintf(stderr, "%s\n", describe(app.error()).c_str());
    return 2;
  }
  open_accounts(*app);
  std::vector<std::unique_ptr<client>> all;
  for (std::uint32_t i = 0; i < clients; ++i)
    all.push_back(std::make_unique<client>(*app, round, i));
  for (const auto& one : all)
    one->send();
  for (;;)
    pause();
}

}  // namespace
}  // namespace cairn::tests

int main(int argc, char** argv) {
  if (argc != 5) return 1;
  return cairn::tests::run(argv[1], static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)));
}
