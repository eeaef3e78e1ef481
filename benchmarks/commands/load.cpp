#include "commands/load.hpp"

namespace bench {
namespace {

// Beyond, to make one each time costs no more than to look for it in memory.
constexpr std::uint32_t handles_max = 100'000;

}  // namespace

load::load(cairn::runtime& app,
           std::size_t payload_bytes,
           std::uint32_t clients,
           const aggregate_choice& choice)
    : app_(app), note_bytes_(note_bytes_for(payload_bytes)), choice_(choice), clients_(clients) {
  if (choice.count() <= handles_max) {
    handles_.reserve(choice.count());
    for (std::uint32_t i = 0; i < choice.count(); ++i)
      handles_.push_back(app.aggregate<tally>(tally_id(i)));
  }
  for (std::uint32_t i = 0; i < clients; ++i) {
    clients_[i].number = i;
    clients_[i].choice = dice{i};
  }
}

void load::note_trouble(const cairn::outcome<tally>& what) {
  const std::lock_guard lock{mutex_};
  if (!trouble_.empty()) return;
  trouble_ = what.failed() != nullptr ? describe(*what.failed()) : "a command was rejected";
}

std::string load::trouble() const {
  const std::lock_guard lock{mutex_};
  return trouble_;
}

ledger load::accounts() const {
  ledger all;
  for (const client& one : clients_)
    all.add_client(one.accepted, one.fingerprints);
  return all;
}

}  // namespace bench
