#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/applying.hpp"
#include "cairn/fields.hpp"
#include "cairn/recorded.hpp"
#include "cairn/schema_evolution.hpp"
#include "cairn/sql.hpp"

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// What a type needs in order to be a read model, and one sentence per missing piece.
//
//   struct balances {
//     static constexpr std::string_view stable_name = "bank.balances";
//     static constexpr std::uint32_t version = 1;             // another one: rebuilt from the
//     journal using sources = cairn::sources<cairn::all_of<account>>; // or some_of<account,
//     deposited> struct state { ... serialize ... };                     // kept in memory, with
//     snapshots; or struct tables { cairn::table<K, V> x; ... serialize ... };   // kept on disk
//     static void apply(state&, const cairn::recorded<deposited>&);      // one per event; may
//     take a const cairn::applying& as a third argument
//     static Q::answer query(const state&, const Q&);                    // one per question
//     static bool wants(const cairn::event_metadata&);                   // optional: see filters
//     static void create(cairn::sql&);                                   // optional: see sql.hpp
//     static Q::answer merge(const Q&, std::vector<Q::answer>);          // optional: see slices
//     using former = balances_v1;                                        // optional: see
//     names_former
//   };
//
// A model of all events, whatever their types are:
//
//   using sources = cairn::sources<cairn::every_event>;
//   static void apply(state&, const cairn::recorded_event&);             // or tables&, and
//   applying

namespace cairn {

/// Every event of the aggregate type `A`.
template <class A> struct all_of {};
/// These events of the aggregate type `A`, and no others.
template <class A, class... Events> struct some_of {};
/// Every recorded event of every aggregate type, also those of types and names that the program
/// does not have. Alone among the sources, of read models only; `apply` takes a recorded_event.
struct every_event {};
/// Where a read model's events come from.
template <class... Sources> struct sources {};

/// Keeps its state in memory.
template <class M>
concept memory_model = requires {
  typename M::state;
};

/// Keeps its state in tables on disk.
template <class M>
concept table_model = requires {
  typename M::tables;
};

namespace detail {

template <class M> struct picture_of_model {};
template <memory_model M> struct picture_of_model<M> { using type = typename M::state; };
template <table_model M>
requires(!memory_model<M>) struct picture_of_model<M> {
  using type = typename M::tables;
};

}  // namespace detail

/// What `apply` changes and `query` reads: the model's `state` or its `tables`.
template <class M> using picture_of = typename detail::picture_of_model<M>::type;

/// `apply` takes a third argument: see cairn/applying.hpp.
template <class M, class Event>
concept applies_with_effects = requires(picture_of<M>& now,
                                        const recorded<Event>& fact,
                                        const applying& around) {
  M::apply(now, fact, around);
};

template <class M, class Event>
concept applies = applies_with_effects<M, Event> ||
    requires(picture_of<M>& now, const recorded<Event>& fact) {
  M::apply(now, fact);
};

/// The same two for a model of every_event.
template <class M>
concept applies_every_event_with_effects = requires(picture_of<M>& now,
                                                    const recorded_event& fact,
                                                    const applying& around) {
  M::apply(now, fact, around);
};
template <class M>
concept applies_every_event = applies_every_event_with_effects<M> ||
    requires(picture_of<M>& now, const recorded_event& fact) {
  M::apply(now, fact);
};

/// Says what its `apply` emits: `using updates = std::variant<...>`.
template <class M>
concept emits_updates = requires {
  typename M::updates;
};

/// A question that `M` answers: `struct Q { using answer = ...; };`
template <class M, class Query>
concept answers = requires(const picture_of<M>& now, const Query& question) {
  { M::query(now, question) } -> std::convertible_to<typename Query::answer>;
};

/// Names the version before it: `using former = balances_v1;`, a complete read model of the same
/// stable_name and a lower version. Until this one has caught up for the first time, the former one
/// goes on being fed and answers the questions that it knows.
template <class M>
concept names_former = requires {
  typename M::former;
};

namespace detail {

template <class M, class Query> consteval bool is_answered_by_former() {
  if constexpr (names_former<M>) return answers<typename M::former, Query>;
  return false;
}

}  // namespace detail

/// The former version of `M` knows this question, too.
template <class M, class Query>
concept former_answers = detail::is_answered_by_former<M, Query>();

/// Where a read model is kept in parts (read_model_options::slices), a question is put to each of
/// them, and the answers are put together by `static QUERY::answer merge(const QUERY&,
/// std::vector<QUERY::answer>)`, in the order of the parts.
template <class M, class Query>
concept merges_answers = requires(const Query& question,
                                  std::vector<typename Query::answer> answers) {
  { M::merge(question, std::move(answers)) } -> std::convertible_to<typename Query::answer>;
};

/// Or it is put only to the part that has the answer, by `static std::uint16_t route(const
/// QUERY&)`: the slice of the aggregate that it is about, as slice_of() gives it.
template <class M, class Query>
concept routes_question = requires(const Query& question) {
  { M::route(question) } -> std::same_as<std::uint16_t>;
};

namespace detail {

/// Found by name, whatever their parameters: a name that two bases have is ambiguous.
struct other_merge {
  void merge();
};
struct other_route {
  void route();
};
template <class M> struct merge_twice : M, other_merge {};
template <class M> struct route_twice : M, other_route {};

template <class M>
concept can_be_split = !requires {
  &merge_twice<M>::merge;
}
|| !requires {
  &route_twice<M>::route;
};

template <class M>
concept names_wants = requires {
  &M::wants;
};

template <class M>
concept names_create = requires {
  &M::create;
};

}  // namespace detail

/// `static bool wants(const event_metadata&)`: of the events of its sources, `M` gets only those
/// for which it returns true. By tag, for instance: `return meta.has_tag("urgent");`
///
/// Asked before the payload is decoded: `event_type` is the name that the event is stored under. It
/// must depend on nothing but what it is given: another answer is another `version` of the model.
template <class M>
concept filters_events = requires(const event_metadata& meta) {
  { M::wants(meta) } -> std::same_as<bool>;
};

/// `static void create(sql&)`: makes what the SQL of `M` relies on (tables, indexes, views) where
/// nothing is stored yet: before its first event, and again whenever it begins anew.
template <class M>
concept creates_schema = requires(sql& database) {
  M::create(database);
};

namespace detail {

template <class M, class Event> consteval bool check_applies() {
  static_assert(applies<M, Event>,
                "cairn: this read model needs `static void apply(state& or tables&, const "
                "cairn::recorded<EVENT>&)` for this EVENT of its sources");
  return true;
}

/// Calls `visit.operator()<A, Event>()` for each event of a source.
template <class Source> struct source_events;

template <class A, class... Events> struct source_events<some_of<A, Events...>> {
  template <class Visit> static constexpr void each(Visit visit) {
    (visit.template operator()<A, Events>(), ...);
  }
};

template <class A, class Variant> struct all_events_of;
template <class A, class... Events>
struct all_events_of<A, std::variant<Events...>> : source_events<some_of<A, Events...>> {};
template <class A> struct source_events<all_of<A>> : all_events_of<A, typename A::event> {};

template <> struct source_events<every_event> {
  /// They have no types that are known here.
  template <class Visit> static constexpr void each(Visit /*visit*/) {}
};

template <class List> struct each_source;
template <class... Sources> struct each_source<sources<Sources...>> {
  /// Calls `visit.operator()<A, Event>()` for each event of each source, in the order written.
  template <class Visit> static constexpr void event(Visit visit) {
    (source_events<Sources>::each(visit), ...);
  }
};

template <class M>
concept has_sources = requires {
  typename M::sources;
};

template <class List> struct every_event_among;
template <class... Sources> struct every_event_among<sources<Sources...>> {
  static constexpr bool found = (std::is_same_v<Sources, every_event> || ...);
  static constexpr bool alone = found && sizeof...(Sources) == 1;
};

/// Whether its sources are every_event.
template <class M>
concept takes_every_event = has_sources<M> && every_event_among<typename M::sources>::found;

template <class M>
concept has_version = requires {
  { M::version } -> std::convertible_to<std::uint32_t>;
};

}  // namespace detail

/// True when `M` is a complete read model; otherwise the build stops with one sentence per missing
/// piece.
template <class M> consteval bool check_read_model() {
  static_assert(
      has_stable_name<M>,
      "cairn: this read model needs `static constexpr std::string_view stable_name = \"...\";`");
  static_assert(detail::has_version<M>,
                "cairn: this read model needs `static constexpr std::uint32_t version = 1;`");
  static_assert(detail::has_sources<M>,
                "cairn: this read model needs `using sources = cairn::sources<...>;`");
  static_assert(!detail::names_wants<M> || filters_events<M>,
                "cairn: `wants` of this read model must be `static bool wants(const "
                "cairn::event_metadata&)`");
  static_assert(!detail::names_create<M> || (creates_schema<M> && table_model<M>),
                "cairn: `create` of this read model must be `static void create(cairn::sql&)`, and "
                "belongs to a read model with a `struct tables`");
  static_assert(memory_model<M> != table_model<M>,
                "cairn: this read model needs either a `struct state` (in memory) or a `struct "
                "tables` (on disk)");
  if constexpr (detail::has_sources<M> && (memory_model<M> != table_model<M>)) {
    static_assert(has_serialize<picture_of<M>>,
                  "cairn: the state or tables of this read model need `template <class Ar> void "
                  "serialize(Ar&, unsigned)`");
    static_assert(std::default_initializable<picture_of<M>>,
                  "cairn: the state or tables of this read model need a default constructor");
    detail::each_source<typename M::sources>::event([]<class A, class Event>() {
      static_assert(detail::is_current<A, Event>,
                    "cairn: a source of this read model names an EVENT that its aggregate does "
                    "not have");
      static_assert(detail::check_applies<M, Event>());
    });
    if constexpr (detail::takes_every_event<M>) {
      static_assert(detail::every_event_among<typename M::sources>::alone,
                    "cairn: `every_event` stands alone among the sources of this read model");
      static_assert(applies_every_event<M>,
                    "cairn: this read model of `every_event` needs `static void apply(state& or "
                    "tables&, const cairn::recorded_event&)`");
    }
    if constexpr (names_former<M>) {
      static_assert(M::former::stable_name == M::stable_name,
                    "cairn: the `former` version of this read model needs its stable_name");
      static_assert(M::former::version < M::version,
                    "cairn: the `former` version of this read model needs a lower `version`");
      return check_read_model<typename M::former>();
    }
    return true;
  }
  return false;
}

}  // namespace cairn
