#include "replay/filled_store.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace bench {

filled_store::filled_store(const options& chosen, std::uint32_t streams, std::uint64_t events_each)
    : store_(chosen), streams_(streams), events_each_(events_each) {
  auto app = cairn::builder{store_.settings()}.add<tally>().start();
  if (!app) throw std::runtime_error{describe(app.error())};
  const std::size_t note_bytes = note_bytes_for(chosen.payload_bytes);
  constexpr std::uint64_t piece = 100'000;
  for (std::uint64_t made = 0; made < events();) {
    std::vector<cairn::addressed<tally>> wishes;
    for (const std::uint64_t end = std::min(made + piece, events()); made < end; ++made) {
      const ticket mine{static_cast<std::uint32_t>(made % streams), made / streams};
      add wish{amount_of(mine), std::string(note_bytes, '.')};
      mine.write(wish.note.data());
      wishes.push_back({.id = tally_id(mine.client), .wish = std::move(wish)});
    }
    for (const auto& answer : app->ask_many<tally>(std::move(wishes))) {
      if (answer.accepted() == nullptr) throw std::runtime_error{"filling the store failed"};
    }
  }
  if (const auto stopped = app->stop(); !stopped)
    throw std::runtime_error{describe(stopped.error())};
}

tally::state filled_store::state_of(std::uint32_t number) const noexcept {
  tally::state now;
  for (std::uint64_t i = 0; i < events_each_; ++i) {
    ++now.count;
    now.sum += amount_of({number, i});
  }
  return now;
}

tally::state filled_store::sum() const noexcept {
  tally::state all;
  for (std::uint32_t i = 0; i < streams_; ++i) {
    const tally::state one = state_of(i);
    all.count += one.count;
    all.sum += one.sum;
  }
  return all;
}

}  // namespace bench
