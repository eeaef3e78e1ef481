#include <cairn/cairn.hpp>
#include <iostream>

// Two versions of a program on one store: what the first has written, the second reads.

using cairn::field, cairn::fields;

namespace first_year {

struct opened {
  static constexpr std::string_view stable_name = "opened";
  std::string owner;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("owner", owner)); }
  bool operator==(const opened&) const = default;
};
struct paid_in {
  static constexpr std::string_view stable_name = "paid_in";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const paid_in&) const = default;
};
struct exchanged {
  static constexpr std::string_view stable_name = "exchanged";
  std::int64_t got = 0;
  std::int64_t gave = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("got", got), field("gave", gave));
  }
  bool operator==(const exchanged&) const = default;
};
struct account {
  static constexpr std::string_view stable_name = "bank.account";
  struct state {};
  enum class rejection { none };
  using event = std::variant<opened, paid_in, exchanged>;
  using command = event;  // this program is told what has happened elsewhere
  using decision = cairn::decision<event, rejection>;
  template <class Fact> static decision decide(const state&, const Fact& fact) { return fact; }
  template <class Fact> static void evolve(state&, const Fact&) {}
};

}  // namespace first_year

namespace today {

struct opened {  // has one field more
  static constexpr std::string_view stable_name = "opened";
  std::string owner;
  std::string currency = "EUR";  // what it was before anybody could choose
  template <class Ar> void serialize(Ar& ar, unsigned version) {
    fields(ar, field("owner", owner));
    if (version >= 1) fields(ar, field("currency", currency));
  }
  bool operator==(const opened&) const = default;
};
struct credited {  // has another name
  static constexpr std::string_view stable_name = "credited";
  static constexpr std::array<std::string_view, 1> former_names{"paid_in"};
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const credited&) const = default;
};
struct debited {
  static constexpr std::string_view stable_name = "debited";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const debited&) const = default;
};

struct withdrawn {  // what the program works with; how it is stored, it does not say
  static constexpr std::string_view stable_name = "withdrawn";
  std::int64_t cents = 0;
  bool operator==(const withdrawn&) const = default;
};
struct withdrawn_row {  // what stands in the log
  static constexpr std::string_view stable_name = "withdrawn_row";
  std::string amount;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("amount", amount)); }
  bool operator==(const withdrawn_row&) const = default;
};
struct looked_at {  // nobody needs it again
  static constexpr std::string_view stable_name = "looked_at";
  bool operator==(const looked_at&) const = default;
};
struct withdraw {
  static constexpr std::string_view stable_name = "withdraw";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const withdraw&) const = default;
};

using first_year::exchanged;  // nobody writes it any more, and its struct is kept for reading

struct account {
  static constexpr std::string_view stable_name = "bank.account";
  struct state {
    std::string currency;
    std::int64_t cents = 0;
  };
  enum class rejection { none };
  using event = std::variant<opened, credited, debited, withdrawn, looked_at>;
  using retired = std::tuple<exchanged>;
  static std::vector<event> upcast(const exchanged& old) {
    return {credited{old.got}, debited{old.gave}};
  }
  using stored = std::tuple<withdrawn_row>;
  static withdrawn_row to_stored(const withdrawn& fact) { return {std::to_string(fact.cents)}; }
  static withdrawn from_stored(const withdrawn_row& row) { return {std::stoll(row.amount)}; }
  static cairn::dropped to_stored(const looked_at&) { return {}; }
  using command = std::variant<withdraw>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state&, const withdraw& wish) {
    return {looked_at{}, withdrawn{wish.cents}};
  }
  static void evolve(state& now, const opened& fact) { now.currency = fact.currency; }
  static void evolve(state& now, const credited& fact) { now.cents += fact.cents; }
  static void evolve(state& now, const debited& fact) { now.cents -= fact.cents; }
  static void evolve(state& now, const withdrawn& fact) { now.cents -= fact.cents; }
  static void evolve(state&, const looked_at&) {}
};

}  // namespace today

BOOST_CLASS_VERSION(today::opened, 1)

/// Runs a version of the program; false when something goes wrong.
template <class Account, class Work> bool run(const Work& work) {
  auto app = cairn::builder{{.store = "data/evolution"}}.add<Account>().start();
  if (!app) return std::cerr << describe(app.error()) << '\n', false;
  return work(app->template aggregate<Account>("ann"));
}

int main() {
  const bool written = run<first_year::account>([](const auto& ann) {
    return ann.ask(first_year::opened{"ann"}).accepted() != nullptr &&
           ann.ask(first_year::paid_in{500}).accepted() != nullptr &&
           ann.ask(first_year::exchanged{100, 20}).accepted() != nullptr;
  });
  const bool read = written && run<today::account>([](const auto& ann) {
                      if (!ann.ask(today::withdraw{50}).accepted()) return false;
                      const auto now = ann.state();
                      if (!now) return std::cerr << describe(now.error()) << '\n', false;
                      std::cout << "ann has " << now->state.cents << " cents, in "
                                << now->state.currency << '\n';
                      const auto history = ann.history();
                      if (!history) return std::cerr << describe(history.error()) << '\n', false;
                      for (const auto& one : *history)
                        std::cout << "  " << one.event_type << ' ' << one.json << '\n';
                      return true;
                    });
  return read ? 0 : 1;
}
