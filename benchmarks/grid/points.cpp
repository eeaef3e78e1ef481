#include "grid/points.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <sstream>
#include <utility>

namespace bench {
namespace {

using families = std::vector<grid_family>;
using durability_mode = cairn::config::durability_mode;
using namespace std::chrono_literals;

constexpr double skewed = 0.99;

grid_point around(const std::string& axis, const options& base, std::uint32_t clients) {
  grid_point made{axis, base, {}, 0};
  made.plan.clients = clients;
  made.plan.aggregates = base.aggregates;
  return made;
}

std::vector<std::uint32_t> clients_of(const options& base, std::vector<std::uint32_t> usual) {
  return base.in_flight.empty() ? std::move(usual) : base.in_flight;
}

families in_flight(const std::string& axis, const options& base) {
  families all;
  for (const auto clients : clients_of(base, {1, 4, 16, 64, 256, 1024, 4096, 16'384}))
    all.push_back({around(axis, base, clients)});
  return all;
}

/// What `make` makes of the base point, for each usual number of clients.
template <class Make> families for_both(const std::string& axis, const options& base, Make make) {
  families all;
  for (const auto clients : clients_of(base, {64, 4096}))
    make(all, around(axis, base, clients));
  return all;
}

families payload(const std::string& axis, const options& base) {
  return for_both(axis, base, [](families& all, const grid_point& origin) {
    for (const std::uint32_t bytes : {32, 100, 256, 1024, 4096, 16'384, 65'536}) {
      grid_point made = origin;
      made.chosen.payload_bytes = bytes;
      all.push_back({made});
    }
  });
}

families aggregates(const std::string& axis, const options& base) {
  return for_both(axis, base, [](families& all, const grid_point& origin) {
    const auto of = [&origin](std::uint32_t count, double zipf, bool all_awake) {
      grid_point made = origin;
      made.plan.aggregates = count;
      made.plan.zipf = zipf;
      auto& awake_max = made.chosen.settings.awake_aggregates_max;
      if (all_awake) awake_max = std::max(awake_max, count);
      return made;
    };
    grid_family together;
    for (const std::uint32_t count : {1, 100, 10'000, 1'000'000})
      together.push_back(of(count, 0, true));
    for (const std::uint32_t count : {100, 10'000, 1'000'000})
      together.push_back(of(count, skewed, true));
    // The same with most of them asleep.
    for (const double zipf : {0.0, skewed})
      together.push_back(of(1'000'000, zipf, false));
    all.push_back(together);
  });
}

families durability(const std::string& axis, const options& base) {
  return for_both(axis, base, [](families& all, const grid_point& origin) {
    grid_point made = origin;
    made.chosen.settings.durability = durability_mode::sync;
    all.push_back({made});
    made.chosen.settings.durability = durability_mode::relaxed;
    for (const auto window : {10ms, 100ms, 1000ms}) {
      made.chosen.settings.relaxed_window = window;
      all.push_back({made});
    }
  });
}

families read_models(const std::string& axis, const options& base) {
  return for_both(axis, base, [](families& all, const grid_point& origin) {
    grid_family together{origin};
    for (const char* kind : {"memory", "tables"}) {
      for (const std::uint32_t count : {1, 2, 4, 8}) {
        together.push_back(origin);
        together.back().plan.read_model = kind;
        together.back().plan.read_models = count;
      }
    }
    all.push_back(together);
  });
}

families partitions(const std::string& axis, const options& base) {
  return for_both(axis, base, [](families& all, const grid_point& origin) {
    grid_family together;
    for (const std::uint16_t count : std::initializer_list<std::uint16_t>{1, 2, 4, 8}) {
      together.push_back(origin);
      together.back().chosen.settings.partitions = count;
    }
    all.push_back(together);
  });
}

families open_loops(const std::string& axis, const options& base) {
  families all;
  for (const auto clients : clients_of(base, {4096})) {
    const grid_point origin = around(axis, base, clients);
    grid_family together{origin};
    for (const arrivals kind : {arrivals::constant, arrivals::poisson}) {
      for (const double share : {0.1, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0}) {
        together.push_back(origin);
        together.back().share = share;
        together.back().plan.open = open_loop{1, kind};
      }
    }
    all.push_back(together);
  }
  return all;
}

using maker = families (*)(const std::string&, const options&);

const std::vector<std::pair<std::string, maker>> makers{
    {"in_flight", in_flight},
    {"payload", payload},
    {"aggregates", aggregates},
    {"durability", durability},
    {"read_models", read_models},
    {"partitions", partitions},
    {"open_loop", open_loops},
};

}  // namespace

const std::vector<std::string>& grid_axes() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, make] : makers)
      all.push_back(name);
    return all;
  }();
  return names;
}

std::vector<grid_family> families_of(const std::string& axis, const options& base) {
  for (const auto& [name, make] : makers) {
    if (name == axis) return make(axis, base);
  }
  CAIRN_UNREACHABLE();
}

std::string grid_point::key() const {
  const cairn::config& settings = chosen.settings;
  std::ostringstream text;
  text << axis << ": " << plan.clients << " in flight, " << chosen.payload_bytes << " B, "
       << plan.aggregates << " aggregates, zipf " << plan.zipf << ", "
       << settings.awake_aggregates_max << " awake, ";
  if (settings.durability == durability_mode::sync) {
    text << "sync";
  } else {
    text << "relaxed " << settings.relaxed_window.count() << " ms";
  }
  text << ", " << (plan.read_model == "none" ? 0 : plan.read_models) << " read models ("
       << plan.read_model << "), " << settings.partitions << " partitions";
  if (plan.open)
    text << ", open " << share << (plan.open->kind == arrivals::poisson ? " poisson" : " constant");
  return text.str();
}

}  // namespace bench
