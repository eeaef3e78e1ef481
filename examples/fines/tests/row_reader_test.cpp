#include "fines/log/row_reader.hpp"

#include "days.hpp"
#include "support/importer.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace fines;
using fines::testing::at;
using fines::testing::day;

const std::string header =
    "row,case_id,seq,activity,date,amount,expense,payment_amount,total_payment_amount,points,"
    "article,vehicle_class,dismissal,resource,notification_type,last_sent,matricola\n";

/// All that a file holds: the facts, and complaints without the file's name.
std::pair<std::vector<case_event>, std::vector<std::string>> read_all(const std::string& contents) {
  const support::testing::temporary_file file{contents};
  row_reader rows{file.path()};
  std::vector<case_event> facts;
  std::vector<std::string> complaints;
  for (;;) {
    const auto found = rows.next();
    if (found == row_reader::outcome::end) return {facts, complaints};
    if (found == row_reader::outcome::row) {
      facts.push_back(rows.row().fact);
      continue;
    }
    complaints.push_back(rows.complaint().substr(file.path().string().size()));
    if (found == row_reader::outcome::unreadable) return {facts, complaints};
  }
}

using facts = std::vector<case_event>;
using complaints = std::vector<std::string>;

TEST(FinesRowReader, MakesAFactOfEachActivityWithAllItsFields) {
  const auto [found, refused] =
      read_all(header +
               "1,A1,1,Create Fine,2001-01-10,31.30,,,0.5,2,157,A,NIL,538,,,\n"
               "2,A1,2,Send Fine,2001-01-10,,11,,,,,,,,,,\n"
               "3,A1,3,Insert Fine Notification,2001-01-10,,,,,,,,,,P,N,\n"
               "4,A1,4,Add penalty,2001-01-10,62.59,,,,,,,,,,,\n"
               "5,A1,5,Payment,2001-01-10,,,1.00,2.00,,,,,,,,\n"
               "6,A1,6,Insert Date Appeal to Prefecture,2001-01-10,,,,,,,,,,,,\n"
               "7,A1,7,Send Appeal to Prefecture,2001-01-10,,,,,,,,#,,,,\n"
               "8,A1,8,Receive Result Appeal from Prefecture,2001-01-10,,,,,,,,,,,,\n"
               "9,A1,9,Notify Result Appeal to Offender,2001-01-10,,,,,,,,,,,,\n"
               "10,A1,10,Appeal to Judge,2001-01-10,,,,,,,,NIL,7,,,9\n"
               "11,A1,11,Send for Credit Collection,2001-01-10,,,,,,,,,,,,\n");
  EXPECT_EQ(refused, complaints{});
  const auto* const date = "2001-01-10";
  EXPECT_EQ(found,
            (facts{fine_created{at(1, date), 3'130, "157", "A", 2, "NIL", "538", 50},
                   fine_sent{at(2, date), 1'100},
                   notification_inserted{at(3, date), "P", "N"},
                   penalty_added{at(4, date), 6'259},
                   payment_received{at(5, date), 100, 200},
                   appeal_dated{at(6, date)},
                   appeal_sent{at(7, date), "#"},
                   appeal_result_received{at(8, date)},
                   appeal_result_notified{at(9, date)},
                   judge_appealed_to{at(10, date), "NIL", "7", "9"},
                   sent_to_collection{at(11, date)}}));
}

TEST(FinesRowReader, KeepsEmptyFieldsEmpty) {
  const auto [found, refused] = read_all(header +
                                         "1,A1,1,Create Fine,2001-01-10,,,,,,,,,,,,\n"
                                         "2,A1,2,Payment,2001-01-10,,,,,,,,,,,,\n");
  EXPECT_EQ(refused, complaints{});
  fine_created bare;
  bare.at = at(1, "2001-01-10");
  EXPECT_EQ(found, (facts{bare, payment_received{at(2, "2001-01-10"), {}, {}}}));
}

TEST(FinesRowReader, FindsTheCaseAndTheColumnsByName) {
  const support::testing::temporary_file file{
      "matricola,last_sent,notification_type,resource,dismissal,vehicle_class,article,points,x,"
      "total_payment_amount,payment_amount,expense,amount,date,activity,seq,case_id,row\n"
      ",,,,,,,,zzz,,,7.01,,2001-01-10,Send Fine,2,007,3\n"};
  row_reader rows{file.path()};
  ASSERT_EQ(rows.next(), row_reader::outcome::row) << rows.complaint();
  EXPECT_EQ(rows.row().id, "007");
  EXPECT_EQ(rows.row_number(), 3U);
  EXPECT_EQ(rows.row().fact, case_event{(fine_sent{{day("2001-01-10"), 3, 2}, 701})});
}

TEST(FinesRowReader, RefusesAFileWithoutItsColumns) {
  EXPECT_EQ(read_all("row,case_id\n1,2\n").second,
            (complaints{": the header needs the column seq exactly once: expected are row, "
                        "case_id, seq, activity, date, amount, expense, payment_amount, "
                        "total_payment_amount, points, article, vehicle_class, dismissal, "
                        "resource, notification_type, last_sent, matricola; found are row, "
                        "case_id"}));
}

TEST(FinesRowReader, TakesNoTroubleWithReadingForTheEndOfTheFile) {
  // The system reads no bytes from a folder.
  row_reader rows{::testing::TempDir()};
  EXPECT_EQ(rows.next(), row_reader::outcome::unreadable);
  EXPECT_NE(rows.complaint().find("cannot be read"), std::string::npos) << rows.complaint();
}

TEST(FinesImport, HasFailedWhenTheFileBreaksOffBehindSkippedRows) {
  const auto ends = [](const std::string& why) {
    const support::batch_end last{.is_last = true, .stopped_because = why};
    return support::conclude_import("fines", last, {"a.csv, line 7: it is odd"}, 0, {}, "", {});
  };
  EXPECT_EQ(ends("a.csv: cannot be read"), support::exit_code::failed);
  EXPECT_EQ(ends("a.csv, line 7: it is odd"), support::exit_code::malformed);
  EXPECT_EQ(ends({}), support::exit_code::malformed);
}

TEST(FinesRowReader, SaysWhatToDoAboutAnActivityThatItDoesNotKnow) {
  const auto [found, refused] = read_all(header +
                                         "17,A1,1,Create fine,2001-01-10,,,,,,,,,,,,\n"
                                         "18,A1,1,Add penalty,2001-01-10,1,,,,,,,,,,,\n");
  EXPECT_EQ(refused,
            (complaints{", line 2: row 17: the activity \"Create fine\" is none that this program "
                        "knows: correct it, or leave such rows out with --skip-malformed"}));
  EXPECT_EQ(found, (facts{penalty_added{{day("2001-01-10"), 18, 1}, 100}}));
}

TEST(FinesRowReader, RefusesAFieldThatWouldBeLost) {
  EXPECT_EQ(read_all(header + "1,A1,1,Payment,2001-01-10,,5.00,,,,,,,,,,\n").second,
            (complaints{", line 2: row 1: the expense \"5.00\" is no field of the activity "
                        "Payment"}));
}

TEST(FinesRowReader, NamesTheLineOfAMalformedRow) {
  EXPECT_EQ(read_all(header + "0,A1,1,Payment,2001-01-10,,,,,,,,,,,,\n"
                              "1,A1,x,Payment,2001-01-10,,,,,,,,,,,,\n"
                              "1,,1,Payment,2001-01-10,,,,,,,,,,,,\n"
                              "1,A1,1,Payment,2001-02-29,,,,,,,,,,,,\n"
                              "1,A1,1,Payment,2001-01-10,,,1.005,,,,,,,,,\n"
                              "1,A1,1,Payment,2001-01-10,,,100000000000.01,,,,,,,,,\n"
                              "1,A1,1,Create Fine,2001-01-10,,,,,two,,,,,,,\n"
                              "1,A1,1,Payment\n")
                .second,
            (complaints{", line 2: the row \"0\" is no positive whole number",
                        ", line 3: the seq \"x\" is no whole number",
                        ", line 4: the case_id is empty",
                        ", line 5: the date \"2001-02-29\" is not of the form YYYY-MM-DD",
                        ", line 6: the payment_amount \"1.005\" is no number with at most two "
                        "decimals",
                        ", line 7: the payment_amount \"100000000000.01\" is too large",
                        ", line 8: the points \"two\" is no whole number",
                        ", line 9: 4 fields instead of 17"}));
}

TEST(FinesRowReader, LeavesOutARowThatItHasReadAndRefusesOneThatSaysSomethingElse) {
  const std::string row = "1,A1,1,Payment,2001-01-10,,,1.00,,,,,,,,,\n";
  const auto [found, refused] =
      read_all(header + row + row + "1,A1,1,Payment,2001-01-10,,,2.00,,,,,,,,,\n");
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(refused, (complaints{", line 4: row 1 of case A1 says something else than on line 2"}));
}

}  // namespace
