#include <cairn/cairn.hpp>
#include <iostream>

using cairn::field, cairn::fields;

struct moved {  // an event: a fact, stored for ever
  static constexpr std::string_view stable_name = "moved";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const moved&) const = default;
};
struct deposit {  // a command: a wish, which may be rejected
  static constexpr std::string_view stable_name = "deposit";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const deposit&) const = default;
};
struct withdraw {
  static constexpr std::string_view stable_name = "withdraw";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const withdraw&) const = default;
};
struct account {  // an aggregate: decides commands, evolves by events
  static constexpr std::string_view stable_name = "bank.account";
  struct state {
    std::int64_t cents = 0;
  };
  enum class rejection { insufficient_funds };
  using command = std::variant<deposit, withdraw>;
  using event = std::variant<moved>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state&, const deposit& wish) { return moved{wish.cents}; }
  static decision decide(const state& now, const withdraw& wish) {
    if (wish.cents > now.cents) return rejection::insufficient_funds;
    return moved{-wish.cents};
  }
  static void evolve(state& now, const moved& fact) { now.cents += fact.cents; }
};
struct total {  // a read model: what all accounts hold together
  static constexpr std::string_view stable_name = "bank.total";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<account>>;
  struct state {
    std::int64_t cents = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  };
  struct question {
    using answer = std::int64_t;
  };
  static void apply(state& now, const cairn::recorded<moved>& fact) { now.cents += fact->cents; }
  static std::int64_t query(const state& now, const question&) { return now.cents; }
};
int main() {
  auto app =
      cairn::builder{{.store = "data/account"}}.add<account>().add_read_model<total>().start();
  if (!app) return std::cerr << describe(app.error()) << '\n', 1;
  auto ann = app->aggregate<account>("ann");
  const auto out = ann.ask(deposit{500});  // durable once it is answered
  if (!out.accepted()) return std::cerr << describe(*out.failed()) << '\n', 1;
  const auto all = app->read<total>({.at_least = out.accepted()->position}).ask(total::question{});
  std::cout << "ann has " << ann.state()->state.cents << " cents, all together " << *all << '\n';
}
