#include "scale/contents.hpp"
#include "scale/ended_process.hpp"
#include "scale/versions.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace {

using bench::contents;
using bench::leaps;
using bench::told;
using bench::versions;

TEST(Leaps, VisitEachNumberOnce) {
  for (const std::uint32_t count : {1U, 2U, 6U, 1000U, 10'007U}) {
    for (const std::uint32_t seed : {0U, 1U, 7U}) {
      const leaps order{count, seed};
      std::vector<int> visits(count, 0);
      for (std::uint32_t place = 0; place < count; ++place)
        ++visits[order.at(place)];
      EXPECT_EQ(visits, std::vector<int>(count, 1)) << count << " from seed " << seed;
    }
  }
}

TEST(Contents, AreTheSameWhenTheyAreReadAgain) {
  const contents made{.known = 3'000,
                      .events_each = 12,
                      .events_per_command = 5,
                      .payload_bytes = 100,
                      .partitions = 2};
  EXPECT_EQ(bench::from_text(to_text(made)), made);
  EXPECT_EQ(made.events(), 36'000U);
  EXPECT_EQ(made.rounds(), 3U);
}

TEST(Contents, AreNotReadFromATextThatIsCutShort) {
  const std::string text = bench::to_text({.known = 3'000, .events_each = 12});
  EXPECT_EQ(bench::from_text(text.substr(0, text.size() / 2)), std::nullopt);
  EXPECT_EQ(bench::from_text(""), std::nullopt);
  EXPECT_EQ(bench::from_text("something else\n" + text), std::nullopt);
}

TEST(Contents, KnowTheStateThatCommandsWithSeveralEventsLeadTo) {
  const contents what{.known = 10, .events_each = 12, .events_per_command = 5};
  bench::tally::state now;
  for (const std::uint32_t times : {5U, 5U, 2U}) {
    const auto made = bench::tally::decide(now, bench::add_several{7, times, "note"});
    for (const auto& fact : made.events())
      bench::tally::evolve(now, std::get<bench::added>(fact));
  }
  EXPECT_EQ(now, what.state_of(7));
}

TEST(Versions, SayWhetherAnswersWentOnOneByOne) {
  versions seen{3};
  seen.set(1, 4);
  const auto before = seen.copy();
  seen.advance(1);
  seen.advance(1);
  seen.advance(2);
  using bench::version_print;
  const std::uint64_t right = version_print(1, 6) + version_print(2, 1) + version_print(1, 5);
  const std::uint64_t twice = version_print(1, 5) + version_print(2, 1) + version_print(1, 5);
  EXPECT_EQ(seen.prints_since(before), right);
  EXPECT_NE(seen.prints_since(before), twice);
  EXPECT_EQ(seen.sum(), 7U);
}

TEST(EndedProcess, TellsAndIsCutOffBeforeItsObjectsEnd) {
  versions seen{1};
  struct destroyed {
    versions& seen;
    ~destroyed() { seen.advance(0); }
  };
  const told found =
      bench::in_ended_process(nullptr, [&seen](told& out, const std::function<void()>& end) {
        const destroyed at_the_end{seen};
        out.done = 42;
        end();
      });
  EXPECT_EQ(found.wrong(), "");
  EXPECT_EQ(found.done, 42U);
  EXPECT_EQ(seen.of(0), 0U);
}

TEST(EndedProcess, SaysWhatWentWrong) {
  const told threw =
      bench::in_ended_process(nullptr, [](told& /*out*/, const std::function<void()>& /*end*/) {
        throw std::runtime_error{"the disk is away"};
      });
  EXPECT_EQ(threw.wrong(), "the disk is away");
  const told endless =
      bench::in_ended_process(nullptr, [](told& /*out*/, const std::function<void()>& /*end*/) {});
  EXPECT_EQ(endless.wrong(), "it has come to no end");
  const told gone = bench::in_ended_process(
      nullptr, [](told& /*out*/, const std::function<void()>& /*end*/) { std::abort(); });
  EXPECT_EQ(gone.wrong(), "its process ended by signal 6");
}

}  // namespace
