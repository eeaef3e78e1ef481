#include <cairn/cairn.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <variant>

namespace {

struct raise {
  static constexpr std::string_view stable_name = "raise";
  std::int64_t by = 0;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) { cairn::fields(ar, by); }
  bool operator==(const raise&) const = default;
};

struct raised {
  static constexpr std::string_view stable_name = "raised";
  std::int64_t by = 0;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) { cairn::fields(ar, by); }
  bool operator==(const raised&) const = default;
};

struct counter {
  static constexpr std::string_view stable_name = "consumer.counter";
  struct state {
    std::int64_t total = 0;
  };
  enum class rejection : std::uint8_t { not_positive };
  using command = std::variant<raise>;
  using event = std::variant<raised>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const raise& wish) {
    if (wish.by <= 0) return rejection::not_positive;
    return raised{wish.by};
  }
  static void evolve(state& now, const raised& fact) { now.total += fact.by; }
};

static_assert(cairn::check_aggregate<counter>());

}  // namespace

int main() {
  const auto settings = cairn::config::parse("store.in_memory = true", "consumer.toml");
  if (!settings) {
    std::puts(cairn::describe(settings.error()).c_str());
    return EXIT_FAILURE;
  }

  auto app = cairn::builder{*settings}.add<counter>().start();
  if (!app) {
    std::puts(cairn::describe(app.error()).c_str());
    return EXIT_FAILURE;
  }
  auto one = app->aggregate<counter>("one");
  if (!one.ask(raise{3}).accepted() || !one.ask(raise{0}).rejected()) return EXIT_FAILURE;
  if (one.state()->state.total != 3) return EXIT_FAILURE;

  std::puts("the package works");
  return EXIT_SUCCESS;
}
