// expect: needs .static REPLY reply.const state& after, const COMMAND&.. for this COMMAND
#include "messages.hpp"

struct answer {
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const answer&) const = default;
};

struct question {
  using reply = answer;
  static constexpr std::string_view stable_name = "question";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const question&) const = default;
};

struct table {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  enum class rejection { none };
  using command = std::variant<question>;
  using event = std::variant<ping>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const question& /*wish*/) { return ping{}; }
  static void evolve(state& /*now*/, const ping& /*fact*/) {}
};

static_assert(cairn::check_aggregate<table>());
