#include "compare/peer_trial.hpp"

#include "compare/closed_loop.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>

namespace bench {
namespace {

using namespace std::chrono_literals;

measured measure(peer& store, const options& chosen, std::uint32_t clients) {
  const auto duration = std::chrono::duration_cast<std::chrono::nanoseconds>(chosen.duration);
  closed_loop loop{store, chosen, clients};
  loop.run(std::min<std::chrono::nanoseconds>(duration / 5, 500ms));
  loop.forget_latencies();
  const closed_loop::timed timed = loop.run(duration);
  measured out;
  out.commands = timed.commands;
  out.rate_per_s = static_cast<double>(timed.commands) / seconds_of(timed.took);
  out.take_latencies(loop.latencies());
  if (loop.was_refused()) {
    out.trouble = "an append was refused that expected the right version";
  } else if (!loop.refuses_what_is_there()) {
    out.trouble = "an append was stored that expected a wrong version";
  }
  store.reopen();
  if (out.trouble.empty()) out.trouble = loop.check();
  return out;
}

}  // namespace

measured measure_peer(const options& chosen,
                      const peer_kind& kind,
                      const places& where,
                      std::uint32_t clients) {
  measured out;
  try {
    const std::unique_ptr<peer> store = kind.make(where, clients);
    out = measure(*store, chosen, clients);
  } catch (const std::exception& thrown) {
    out.trouble = thrown.what();
  }
  if (!out.trouble.empty()) out.trouble = kind.name + ": " + out.trouble;
  return out;
}

}  // namespace bench
