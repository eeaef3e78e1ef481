// Aggregates that keep one value instead of events; docs/values.md explains.

#include <cairn/cairn.hpp>
#include <iostream>
#include <map>

using cairn::field, cairn::fields;

struct details {  // the value: stored as a whole each time that it changes
  static constexpr std::string_view stable_name = "details";
  std::string name;
  std::int64_t renamed = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("name", name), field("renamed", renamed));
  }
  bool operator==(const details&) const = default;
};
struct set_name {
  static constexpr std::string_view stable_name = "set_name";
  std::string name;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("name", name)); }
  bool operator==(const set_name&) const = default;
};
struct leave {
  static constexpr std::string_view stable_name = "leave";
  template <class Ar> void serialize(Ar&, unsigned) {}
  bool operator==(const leave&) const = default;
};

struct profile : cairn::value_aggregate<details> {
  static constexpr std::string_view stable_name = "crm.profile";
  enum class rejection { nameless };
  using command = std::variant<set_name, leave>;
  using decision = cairn::value_decision<details, rejection>;
  static decision decide(const state& now, const set_name& wish) {  // state: std::optional<details>
    if (wish.name.empty()) return rejection::nameless;
    return details{wish.name, now ? now->renamed + 1 : 0};  // the new value
  }
  static decision decide(const state& now, const leave&) {
    if (!now) return {};            // nothing new
    return cairn::value_cleared{};  // no value any more
  }
};

struct profile_store : cairn::stored_value<details> {
  static constexpr std::string_view stable_name = "crm.profile_store";
};

struct names {  // a read model: who there is
  static constexpr std::string_view stable_name = "crm.names";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<profile>>;
  struct state {
    std::map<std::string, std::string> by_id;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("by_id", by_id)); }
  };
  static void apply(state& now, const cairn::recorded<details>& change) {
    now.by_id[std::string{change.meta.aggregate_id}] = change->name;
  }
  static void apply(state& now, const cairn::recorded<cairn::value_cleared>& change) {
    now.by_id.erase(std::string{change.meta.aggregate_id});
  }
  struct count {
    using answer = std::size_t;
  };
  static std::size_t query(const state& now, const count&) { return now.by_id.size(); }
};

int failed(const cairn::error& why) {
  return std::cerr << describe(why) << '\n', 1;
}

int main() {
  auto app = cairn::builder{{.store = "data/values"}}
                 .add<profile>()
                 .add<profile_store>()
                 .add_read_model<names>()
                 .start();
  if (!app) return failed(app.error());
  const auto out = app->aggregate<profile>("ann").ask(set_name{"Ann"});
  if (!out.accepted()) return failed(*out.failed());
  const auto known = app->read<names>({.at_least = out.accepted()->position}).ask(names::count{});
  if (!known) return failed(known.error());

  auto ann = app->aggregate<profile_store>("ann");
  const auto now = ann.state();  // now->state: the value, or none
  if (!now) return failed(now.error());
  const details changed{"Ann", now->state ? now->state->renamed + 1 : 0};
  const auto put = ann.ask(profile_store::put{changed}, {.expected = now->version});
  if (!put.accepted()) return failed(*put.failed());  // conflict: somebody else was faster
  std::cout << *known << " known; the stored value has version " << put.accepted()->version.value
            << '\n';
}
