#include "shop/app/import.hpp"

#include "shop/app/clerk.hpp"
#include "shop/app/progress.hpp"
#include "shop/app/rejections.hpp"
#include "shop/app/send.hpp"
#include "shop/app/stop_signal.hpp"
#include "shop/app/store.hpp"
#include "shop/domain/account.hpp"
#include "shop/text/values.hpp"

#include <future>
#include <iostream>
#include <system_error>
#include <utility>

namespace shop {

namespace {

struct tally {
  std::uint64_t rows = 0;
  std::uint64_t rows_known_before = 0;
  std::uint64_t accounts = 0;
};

class importer {
 public:
  importer(cairn::runtime& app, const import_options& options)
      : app_(app),
        reader_(options.file, options.batch, options.malformed),
        progress_(size_of(options.file), options.progress_every) {}

  exit_code run() {
    // The next batch is read while the present one is on its way.
    batch now = reader_.next();
    for (;;) {
      std::future<batch> later;
      if (!now.is_last) {
        later = std::async(std::launch::async, [this] { return reader_.next(); });
      }
      const exit_code sent = send(now);
      if (later.valid()) later.wait();
      if (sent != exit_code::done) return sent;
      progress_.show(count_.rows, now.bytes_read);
      if (now.is_last || stop_signal() != 0) break;
      now = later.get();
    }
    progress_.finish(count_.rows, now.bytes_read);
    return conclude(now);
  }

 private:
  static std::uint64_t size_of(const std::filesystem::path& file) {
    std::error_code trouble;
    const auto size = std::filesystem::file_size(file, trouble);
    return trouble ? 0 : size;
  }

  exit_code send(const batch& some) {
    if (const auto opened = open_accounts(some); opened != exit_code::done) return opened;
    const auto outcomes = send_all(app_, some.lines);
    if (!outcomes) return report_failure(outcomes.error());
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
      const cairn::outcome<order>& one = (*outcomes)[i];
      if (const auto* why = one.rejected()) {
        std::cerr << "shop: line " << some.file_lines[i] << ", invoice " << some.lines[i].id.text()
                  << ": " << to_text(*why) << '\n';
        return exit_code::rejected;
      }
      ++count_.rows;
      if (one.accepted()->repeated) ++count_.rows_known_before;
    }
    return exit_code::done;
  }

  exit_code open_accounts(const batch& some) {
    std::vector<cairn::addressed<account>> commands;
    for (const auto& customer : some.new_customers) {
      commands.push_back({.id = customer,
                          .wish = open_account{first_credit_line_mils},
                          .options = {.command_id = open_command_id(customer)}});
    }
    // An account that `shop buy` has opened is as good.
    const auto outcomes = send_all(app_, commands);
    if (!outcomes) return report_failure(outcomes.error());
    count_.accounts += commands.size();
    return exit_code::done;
  }

  exit_code conclude(const batch& last) const {
    const auto count = [](std::uint64_t number) {
      return format_count(static_cast<std::int64_t>(number));
    };
    if (!last.stopped_because.empty() && reader_.complaints().empty()) {
      std::cerr << "shop: " << last.stopped_because << '\n';
      return exit_code::failed;
    }
    for (const auto& complaint : reader_.complaints()) {
      std::cerr << "shop: " << complaint << '\n';
    }
    std::cout << "imported " << count(count_.rows) << " rows ("
              << count(count_.rows - count_.rows_known_before) << " new, "
              << count(count_.rows_known_before) << " known before) of " << count(count_.accounts)
              << " customers in " << format_duration(progress_.elapsed()) << ", "
              << format_rate(count_.rows, progress_.elapsed()) << " rows/s\n";
    if (reader_.repeated() > 0) {
      std::cout << "left out " << count(reader_.repeated()) << " rows that the file has twice\n";
    }
    if (!reader_.complaints().empty() && last.stopped_because.empty()) {
      std::cout << "skipped " << count(reader_.complaints().size()) << " malformed rows\n";
    }
    if (!last.stopped_because.empty() && !reader_.complaints().empty()) {
      std::cout << "stopped there; all rows before it are imported\n";
    }
    if (!last.is_last) {
      std::cerr << "shop: interrupted; run it again to go on\n";
      return static_cast<exit_code>(static_cast<int>(exit_code::interrupted) + stop_signal());
    }
    return reader_.complaints().empty() ? exit_code::done : exit_code::malformed;
  }

  cairn::runtime& app_;
  batch_reader reader_;
  progress progress_;
  tally count_;
};

}  // namespace

exit_code import_file(const cairn::config& settings, const import_options& options) {
  auto app = open_store(settings, if_absent::create);
  if (!app) return report_failure(app.error());
  return close_store(*app, importer{*app, options}.run());
}

}  // namespace shop
