#include "cairn/event_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cairn {
namespace {

outgoing_event sample() {
  outgoing_event made;
  made.id = "store.3.7";
  recorded_event& event = made.event;
  event.position = {{3}, 7};
  event.version = {2};
  event.time = timestamp{std::chrono::nanoseconds{1'700'000'000'000'000'042}};
  event.aggregate_type = "bank.account";
  event.aggregate_id = "ann b\n\xC3\xA9";
  event.event_type = "opened";
  event.schema_version = 4;
  event.json = R"({"owner":"Ann"})";
  event.payload = {std::byte{1}, std::byte{2}};
  return made;
}

std::string joined(const message_headers& all) {
  std::string text;
  for (const auto& [name, value] : all)
    text.append(name).append(": ").append(value).append("\n");
  return text;
}

/// Receivers rely on every letter of it.
TEST(EventMessage, HasHeadersForAllThatIsStored) {
  outgoing_event what = sample();
  what.event.command_id = "c-1";
  what.event.correlation_id = "r 1";
  what.event.causation_id = "bank.transfer/7@3";
  what.event.principal = "teller";
  what.event.tags = {"urgent", "50%"};
  what.event.metadata = {{"a=b", "c=d"}, {"from", ""}};
  EXPECT_EQ(joined(headers_of(what, message_body::json)),
            "Content-Type: application/json\n"
            "Cairn-Event-Id: store.3.7\n"
            "Cairn-Event-Type: opened\n"
            "Cairn-Schema-Version: 4\n"
            "Cairn-Aggregate-Type: bank.account\n"
            "Cairn-Aggregate-Id: ann%20b%0A%C3%A9\n"
            "Cairn-Version: 2\n"
            "Cairn-Position: 3.7\n"
            "Cairn-Time: 2023-11-14T22:13:20.000000042Z\n"
            "Cairn-Command-Id: c-1\n"
            "Cairn-Correlation-Id: r%201\n"
            "Cairn-Causation-Id: bank.transfer/7@3\n"
            "Cairn-Principal: teller\n"
            "Cairn-Tag: urgent\n"
            "Cairn-Tag: 50%25\n"
            "Cairn-Metadata: a%3Db=c=d\n"
            "Cairn-Metadata: from=\n");
}

TEST(EventMessage, LeavesOutWhatThereIsNot) {
  const std::string all = joined(headers_of(sample(), message_body::json));
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 9);
  EXPECT_EQ(all.find("Command"), std::string::npos);
}

TEST(EventMessage, HasTheJsonOrTheBytesAsItsBody) {
  outgoing_event what = sample();
  EXPECT_EQ(body_of(what, message_body::json), R"({"owner":"Ann"})");
  EXPECT_EQ(body_of(what, message_body::as_stored), "\x01\x02");
  EXPECT_EQ(headers_of(what, message_body::as_stored)[0].second, "application/vnd.cairn.event");
  what.event.codec = event_codec::json;
  EXPECT_EQ(headers_of(what, message_body::as_stored)[0].second, "application/json");
}

TEST(EventMessage, EncodesWhateverHeadersAndSubjectsCannotHold) {
  EXPECT_EQ(percent_encoded("a-Z_0.9~!"), "a-Z_0.9~!");
  EXPECT_EQ(percent_encoded(std::string_view{"\0 %\x7F\xFF", 5}), "%00%20%25%7F%FF");
  EXPECT_EQ(percent_encoded("a.b*c", ".*"), "a%2Eb%2Ac");
}

TEST(EventMessage, WritesTimesOfBothSidesOf1970) {
  EXPECT_EQ(text_of(timestamp{}), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(text_of(timestamp{std::chrono::nanoseconds{-1}}), "1969-12-31T23:59:59.999999999Z");
}

}  // namespace
}  // namespace cairn
