// SPDX-License-Identifier: BSD-3-Clause
//
// Waivers of `foldproof gate`: what they let pass, and what is said of those that are not used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/gate_run.h"

namespace foldproof::cli::waiver_test {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Waiver, LetsItsRulePassUntilItsLastDay) {
  const std::string configuration = kSaturated + Waiver("saturated", "saturation", "2027-01-31");
  const Ran held = Gate(configuration);
  EXPECT_EQ(held.code, 0) << held.out;
  EXPECT_THAT(held.out,
              AllOf(StartsWith("WAIVED    saturated  saturation at quantize_per_tensor_1"),
                    HasSubstr("waived until 2027-01-31: known, #12")));
  const Ran expired = Gate(configuration, {}, "foldproof.toml", "2027-02-01");
  EXPECT_EQ(expired.code, 1);
  EXPECT_THAT(expired.out,
              AllOf(StartsWith("DIFFERS   saturated"), HasSubstr("EXPIRED   waiver at "),
                    HasSubstr("foldproof.toml:5 (saturated: saturation)"),
                    HasSubstr("saturated still needs it")));
}

TEST(Waiver, FailsWhereItHasExpiredThoughNothingNeedsIt) {
  const Ran ran = Gate(kRight + Waiver("right", "saturation", "2026-12-31"));
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("nothing needs it any more"));
}

TEST(Waiver, IsSaidWhereNothingNeedsIt) {
  const Ran ran = Gate(kRight + Waiver("right", "saturation", "2027-12-31"));
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("UNUSED    waiver at "));
}

// What is wrong with a waiver that is not used, in words that are true of it alone.
std::string ToldOfWaiver(const std::string& configuration,
                         const std::vector<std::string>& more = {},
                         const std::string& today = "2027-01-31") {
  const std::string out = Gate(configuration, more, "foldproof.toml", today).out;
  const std::size_t at = out.find(" waiver at ");
  if (at == std::string::npos) return "";
  const std::size_t start = out.rfind('\n', at) + 1;
  return out.substr(start, out.find('\n', at) - start);
}

TEST(Waiver, ThatIsExceededIsNotOneThatNothingNeeds) {
  const auto told = [](const std::string& expires) {
    return ToldOfWaiver(kSaturated +
                        Waiver("saturated", "saturation", expires, "up_to_lsb = 51.4\n"));
  };
  const std::string words =
      "saturated is up to 51.45 LSB apart there, more than its up_to_lsb = 51.4; mend that, or "
      "raise it and say why";
  EXPECT_THAT(told("2027-12-31"), AllOf(StartsWith("EXCEEDED  waiver at "), HasSubstr(words)));
  EXPECT_THAT(told("2026-12-31"),
              AllOf(StartsWith("EXPIRED "), HasSubstr("counted until 2026-12-31, and " + words)));
  // A fault of structure has no figure.
  const std::string fault =
      ToldOfWaiver("[[pair]]\nname = \"p\"\nbefore = \"" + Pt2("hand_00_base.before.pt2") +
                   "\"\npass = \"exit 3 # {in} {out}\"\n" +
                   Waiver("p", "pass-raises", "2027-12-31", "up_to_lsb = 5\n"));
  EXPECT_THAT(fault, HasSubstr("p has it without a figure that up_to_lsb = 5 could be held to"));
}

TEST(Waiver, OfAPairThatWasNotJudgedWaits) {
  const std::string gone = Pair("gone", "no_such.");
  for (const std::string pair : {"gone", "g*"}) {
    EXPECT_THAT(ToldOfWaiver(kRight + gone + Waiver(pair, "saturation", "2027-12-31")),
                AllOf(StartsWith("UNJUDGED  waiver at "),
                      HasSubstr("gone cannot be used, so nothing says whether this is needed")));
  }
  const std::string pairs = kRight + kSaturated + Waiver("saturated", "saturation", "2027-12-31");
  EXPECT_THAT(ToldOfWaiver(pairs, {"--shard", "1/2"}),
              AllOf(StartsWith("UNJUDGED "),
                    HasSubstr("saturated is not judged here; `gate merge` of all shards says")));
  EXPECT_EQ(ToldOfWaiver(pairs, {"--shard", "2/2"}), "");
  EXPECT_THAT(ToldOfWaiver(kRight + Waiver("wrong*", "saturation", "2027-12-31")),
              AllOf(StartsWith("UNUSED "), HasSubstr("no pair has such a name; remove it")));
}

TEST(Waiver, ReachesNoFurtherThanItSays) {
  const auto code = [](const std::string& pair, const std::string& rule, const std::string& more) {
    return Gate(kSaturated + Waiver(pair, rule, "2027-12-31", more)).code;
  };
  EXPECT_EQ(code("sat*", "saturation", "site = \"conv2d\"\n"), 0);
  EXPECT_EQ(code("saturated", "bias-wrap", ""), 1);
  EXPECT_EQ(code("right", "saturation", ""), 3);  // there is no such pair
  EXPECT_EQ(code("saturated", "saturation", "site = \"conv2d_1\"\n"), 1);
  // The worst is 51.45 LSB (golden/reports/default_conv2d_nobias.json).
  EXPECT_EQ(code("saturated", "saturation", "up_to_lsb = 51.5\n"), 0);
  EXPECT_EQ(code("saturated", "saturation", "up_to_lsb = 51.4\n"), 1);
}

TEST(Waiver, OfUnprovedPartsIsOneToo) {
  EXPECT_EQ(Gate(kUnproved + Waiver("undecided", "unproved", "2027-12-31")).code, 0);
}

// A pair with two faults needs both waived.
TEST(Waiver, LeavesOtherFindingsOfThePair) {
  const std::string pair = Pair("shared", "hand_06_overflow_pos.");
  const Ran bare = Gate(pair);
  ASSERT_EQ(bare.code, 1);
  const Scratch scratch;
  Gate(pair, {"--json", scratch / "gate.json"});
  std::set<std::string> rules;
  const Json report = Json::parse(ReadText(scratch / "gate.json"));
  for (const Json& finding : report["pairs"][0]["findings"])
    rules.insert(finding["rule"].get<std::string>());
  ASSERT_GE(rules.size(), 2u) << bare.out;
  std::string waivers;
  for (const std::string& rule : rules) {
    EXPECT_EQ(Gate(pair + Waiver("shared", rule, "2027-12-31")).code, 1) << rule;
    waivers += Waiver("shared", rule, "2027-12-31");
  }
  EXPECT_EQ(Gate(pair + waivers).code, 0);
}

// What is written is refused for want of a reason, and lets the pair pass once it has one.
TEST(Waiver, IsWrittenForWhatFails) {
  const Scratch scratch;
  const std::string file = scratch / "waivers.toml";
  const Ran ran = Gate(kSaturated + kRight + kUnproved, {"--write-waivers", file});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("waivers for what fails are in "));
  std::string written = ReadText(file);
  EXPECT_THAT(written, HasSubstr("pair = \"saturated\"\nrule = \"saturation\"\n"
                                 "site = \"quantize_per_tensor_1\"\nup_to_lsb = 51.45\n"
                                 "reason = \"\"\nexpires = 2027-05-01\n"));
  EXPECT_THAT(written, Not(HasSubstr("\"right\"")));
  const std::string pairs = kSaturated + kRight + kUnproved;
  EXPECT_EQ(Gate(pairs + written).code, 3);
  for (std::size_t at = 0; (at = written.find("reason = \"\"", at)) != std::string::npos;)
    written.replace(at, 11, "reason = \"known\"");
  EXPECT_EQ(Gate(pairs + written).code, 0);
  const Ran json =
      Gate(R"({"pair": [{"name": "p", "before": ")" + Pt2("default_conv2d_nobias.before.pt2") +
               R"(", "after": ")" + Pt2("default_conv2d_nobias.after.pt2") + R"("}]})",
           {"--write-waivers", file}, "foldproof.json");
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(Json::parse(ReadText(file))["waiver"][0]["rule"], "saturation");
}

TEST(Waiver, NoneIsWrittenWhereNothingFails) {
  const Scratch scratch;
  const Ran ran = Gate(kRight, {"--write-waivers", scratch / "waivers.toml"});
  EXPECT_THAT(ran.out, HasSubstr("no finding needs a waiver"));
  EXPECT_EQ(ReadText(scratch / "waivers.toml"), "");
}

}  // namespace
}  // namespace foldproof::cli::waiver_test
