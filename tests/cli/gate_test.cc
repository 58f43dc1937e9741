// SPDX-License-Identifier: BSD-3-Clause
//
// `foldproof gate`: what a configuration may say, and what the answer is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/gate_run.h"
#include "tests/paths.h"

namespace foldproof::cli {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Gate, HoldsWhereEveryPairDoes) {
  const Ran ran = Gate(kRight);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "HOLDS     right  within, 1 site; at most 1 LSB, 1 LSB allowed\n"
            "HOLDS: of 1 pair 1 holds\n");
}

TEST(Gate, TheWorstPairIsItsAnswer) {
  EXPECT_EQ(Gate(kRight + kUnproved).code, 2);
  EXPECT_EQ(Gate(kUnproved + kSaturated).code, 1);
  const Ran ran = Gate(kSaturated + Pair("gone", "no_such.") + kRight);
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("DIFFERS   saturated  saturation at quantize_per_tensor_1"),
                             HasSubstr("UNUSABLE  gone "), HasSubstr("HOLDS     right "),
                             HasSubstr("UNUSABLE: of 3 pairs 1 holds, 1 differs, 1 unusable\n")));
}

TEST(Gate, AllowUnprovedIsOfItsPairAlone) {
  EXPECT_EQ(Gate(Pair("undecided", "hand_13_gamma0.", "allow_unproved = true\n")).code, 0);
  EXPECT_EQ(Gate(Pair("a", "hand_13_gamma0.", "allow_unproved = true\n") + kUnproved).code, 2);
  EXPECT_EQ(Gate("[defaults]\nallow_unproved = true\n" + kUnproved).code, 0);
}

TEST(Gate, PairsAreJudgedAsTheConfigurationSays) {
  // 1 LSB on the calibrated domain, 11 over all inputs (golden/README.md).
  EXPECT_EQ(Gate(Pair("a", "hand_00_base.")).code, 0);
  EXPECT_EQ(Gate(Pair("a", "hand_00_base.", "domain = \"reachable\"\n")).code, 1);
  EXPECT_EQ(Gate(Pair("a", "hand_00_base.", "domain = \"reachable\"\ntolerance = 11\n")).code, 0);
  EXPECT_EQ(Gate("[defaults]\ntolerance = 0\n" + Pair("a", "hand_00_base.")).code, 1);
  EXPECT_EQ(
      Gate("[defaults]\ntolerance = 0\n" + Pair("a", "hand_00_base.", "tolerance = 1.0\n")).code,
      0);
  // An ideal gap under one LSB.
  EXPECT_EQ(Gate(Pair("a", "hand_01_eps_mismatch_1e3.")).code, 1);
  EXPECT_EQ(Gate(Pair("a", "hand_01_eps_mismatch_1e3.", "ideal_gap = \"off\"\n")).code, 0);
}

TEST(Gate, AProgramAfterMayBeMadeByAFoldOrAPass) {
  const std::string before =
      "[[pair]]\nname = \"a\"\nbefore = \"" + Pt2("default_conv2d_nobias.before.pt2") + "\"\n";
  EXPECT_EQ(Gate(before + "fold = \"repair\"\n").code, 0);
  EXPECT_EQ(Gate(before + "fold = \"upstream\"\n").code, 1);
  // A pass that changed nothing says nothing, unless that is what was asked for.
  EXPECT_EQ(Gate(before + "pass = \"cp {in} {out}\"\n").code, 2);
  EXPECT_EQ(Gate(before + "pass = \"cp {in} {out}\"\nunchanged = \"allowed\"\n").code, 0);
}

TEST(Gate, JsonSaysTheSameAsToml) {
  const Json configuration{{"pair",
                            {{{"name", "right"},
                              {"before", Pt2("hand_00_base.before.pt2")},
                              {"after", Pt2("hand_00_base.after.pt2")},
                              {"tolerance", 0}}}},
                           {"waiver",
                            {{{"pair", "right"},
                              {"rule", "rounding"},
                              {"reason", "known"},
                              {"expires", "2027-01-31"}}}}};
  EXPECT_EQ(Gate(configuration.dump(), {}, "foldproof.json").code, 0);
  EXPECT_EQ(Gate(configuration.dump(), {}, "foldproof.json", "2027-02-01").code, 1);
}

TEST(Gate, PathsAreFromTheConfigurationsFolder) {
  const Ran ran = RunFoldproof({"gate", "--config", "golden/foldproof.toml"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("HOLDS: of 5 pairs 4 hold, 1 waived\n"));
}

TEST(Gate, AShardWithoutAPairSaysSo) {
  const Scratch scratch;
  const Ran ran = Gate(kRight, {"--shard", "1/2", "--json", scratch / "gate.json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "EMPTY: shard 1/2 has none of the 1 pair, so nothing is judged here\n");
  for (const char* format : {"markdown", "junit"}) {
    EXPECT_THAT(RunFoldproof({"report", scratch / "gate.json", "--to", format}).out,
                HasSubstr("has none of the 1 pair, so nothing is judged here"));
  }
  EXPECT_THAT(Gate(kRight, {"--shard", "2/2"}).out, StartsWith("HOLDS     right "));
}

TEST(GateConfiguration, FaultsAreOneLineWithTheKeyAndItsLine) {
  const std::string waiver = "[[waiver]]\npair = \"right\"\nrule = \"saturation\"\n";
  const std::vector<std::pair<std::string, std::string>> faults = {
      {kRight + "tolerence = 1\n",
       "line 5: pair[0].tolerence: is no key; did you mean 'tolerance'?; there are name, before"},
      {kRight + "domain = \"reachabel\"\n", "did you mean 'reachable'?"},
      {"[default]\n" + kRight, "default: is no key; did you mean 'defaults'?"},
      {kRight + waiver + "expires = 2027-01-31\n", "line 5: waiver[0]: has no 'reason'"},
      {kRight + waiver + "expires = 2027-01-31\nreason = \" \"\n",
       "line 9: waiver[0].reason: must not be empty"},
      {kRight + waiver + "reason = \"x\"\n", "line 5: waiver[0]: has no 'expires'"},
      {kRight + "[[waiver]]\npair = \"rihgt\"\nrule = \"saturation\"\n",
       "line 6: waiver[0].pair: names no pair of this file; did you mean 'right'?"},
      {kRight + "[[waiver]]\npair = \"*\"\nrule = \"saturatoin\"\n",
       "line 7: waiver[0].rule: is no rule; did you mean 'saturation'?"},
      {kRight + waiver + "reason = \"x\"\nexpires = \"soon\"\n",
       "line 9: waiver[0].expires: must be a date"},
      {kRight + waiver + "reason = \"x\"\nexpires = \"2027-02-29\"\n",
       "line 9: waiver[0].expires: must be a date"},
      {kRight + "domain = \"all\"\n",
       "line 5: pair[0].domain: is 'all', must be one of calibrated"},
      {kRight + "tolerance = -1\n", "line 5: pair[0].tolerance: must be a finite number"},
      {kRight + "tolerance = nan\n", "line 5: pair[0].tolerance: must be a finite number"},
      {kRight + "tolerance = \"1\"\n", "line 5: pair[0].tolerance: must be \"derived\""},
      {kRight + "fold = \"repair\"\n", "line 1: pair[0]: needs one of after, fold and pass"},
      {kRight + "domain = \"observed\"\n", "needs inputs"},
      {kRight + kRight, "line 6: pair[1].name: is the name of two pairs"},
      {"[[pair]]\nname = \"../x\"\n", "line 2: pair[0].name: must be at most 100 letters"},
      {"[[pair]]\nname = \"a\"\n", "pair[0]: has no 'before'"},
      {"pair = 3\n", "line 1: pair: must be a list"},
      {"pair = [3]\n", "pair[0]: must be an object"},
      {"x = 1\n", "x: is no key; there are defaults, pair, waiver"},
      {"[defaults]\nname = \"a\"\n", "defaults.name: is no key"},
      {"", "has no pair"},
      {"[[pair]\n", "line 1: is not TOML"}};
  for (const auto& [configuration, said] : faults) {
    const Ran ran = Gate(configuration);
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("foldproof.toml: "), HasSubstr(said)));
  }
  const Ran json = Gate(R"({"pair": [{"name": "a", "befor": "x"}]})", {}, "foldproof.json");
  ExpectOneLineError(json, 3);
  EXPECT_THAT(json.err, HasSubstr("foldproof.json: pair[0].befor: is no key"));
  const Ran twice = Gate(R"({"pair": [{"name": "a", "before": "x", "before": "y", "after": "z"}]})",
                         {}, "foldproof.json");
  ExpectOneLineError(twice, 3);
  EXPECT_THAT(twice.err, HasSubstr("before: is there twice"));
}

TEST(GateConfiguration, IsWantedAndTheDayIsADay) {
  const Ran none = RunFoldproof({"gate"});  // the root has none
  ExpectOneLineError(none, 3);
  EXPECT_THAT(none.err, HasSubstr("--config"));
  ExpectOneLineError(
      RunFoldproof({"gate", "--config", "golden/foldproof.toml", "--today", "31.1."}), 3);
  ExpectOneLineError(RunFoldproof({"gate", "--config", "no/such.toml"}), 3);
}

std::string WithoutRun(const std::string& report) {
  return report.substr(0, report.find("\n \"run\": {"));
}

TEST(GateReport, IsTheSameOnAnyNumberOfThreads) {
  const Scratch scratch;
  for (const char* threads : {"1", "2", "5"})
    RunFoldproof({"gate", "--config", "golden/foldproof.toml", "--quiet", "--threads", threads,
                  "--json", scratch / threads});
  EXPECT_FALSE(ReadText(scratch / "1").empty());
  EXPECT_EQ(WithoutRun(ReadText(scratch / "1")), WithoutRun(ReadText(scratch / "2")));
  EXPECT_EQ(WithoutRun(ReadText(scratch / "1")), WithoutRun(ReadText(scratch / "5")));
}

// What the gate lets pass fails in no format, and what it does not, fails in each.
TEST(GateReport, IsToldInEveryFormat) {
  const Scratch scratch;
  const std::string configuration = kRight + kSaturated +
                                    Waiver("saturated", "saturation", "2027-01-31") +
                                    Waiver("right", "bias-wrap", "2027-12-31");
  const auto told = [&](const std::string& format, const std::string& today) {
    Gate(configuration, {"--json", scratch / "gate.json"}, "foldproof.toml", today);
    return RunFoldproof({"report", scratch / "gate.json", "--to", format}).out;
  };
  const std::string before = "2027-01-31", behind = "2027-02-01";
  EXPECT_THAT(told("junit", before),
              AllOf(HasSubstr("<testsuite name=\"foldproof gate saturated\""),
                    HasSubstr("<skipped type=\"saturation\""),
                    HasSubstr("waived until 2027-01-31: known, #12"),
                    HasSubstr("<skipped type=\"waiver-unused\""), Not(HasSubstr("<failure"))));
  EXPECT_THAT(told("junit", behind), AllOf(HasSubstr("<failure type=\"saturation\""),
                                           HasSubstr("<failure type=\"waiver-expired\"")));
  EXPECT_THAT(told("github", before), AllOf(Not(HasSubstr("::error")),
                                            HasSubstr("foldproof.toml,line=14,title=foldproof%3A "
                                                      "waiver-unused::")));
  EXPECT_THAT(told("github", behind), AllOf(HasSubstr("title=foldproof%3A saturation"),
                                            HasSubstr("line=9,title=foldproof%3A waiver-expired")));
  EXPECT_THAT(told("markdown", before), AllOf(HasSubstr("| saturated | WAIVED | differs | 1 |"),
                                              HasSubstr("| right | HOLDS | within | 1 |"),
                                              HasSubstr("waived until 2027-01-31: known")));
  const Json sarif = Json::parse(told("sarif", before))["runs"][0]["results"];
  EXPECT_EQ(sarif.at(0).at("suppressions").at(0).at("kind"), "external");
  EXPECT_FALSE(
      Json::parse(told("sarif", behind))["runs"][0]["results"][0].contains("suppressions"));
}

// It may come from anywhere, too.
TEST(GateReport, ThatIsNoneIsRefusedInOneLine) {
  const Scratch scratch;
  Gate(kSaturated + Waiver("saturated", "saturation", "2027-12-31"),
       {"--json", scratch / "g.json"});
  const Json good = Json::parse(ReadText(scratch / "g.json"));
  const std::vector<std::pair<std::string, Json>> changes = {
      {"/pairs/0/findings/0/waiver", 1},
      {"/pairs/0/exit_code", 3},
      {"/pairs/0/report/sites/0/channels", 0},
      {"/waivers/0/status", "fine"},
      {"/waivers/0/reason", 7},
      {"/pairs", 7},
      {"/configuration", nullptr},
      {"/schema_version", 2}};
  for (const auto& [way, value] : changes) {
    Json report = good;
    report.at(Json::json_pointer(way)) = value;
    std::ofstream(scratch / "bad.json") << report.dump();
    const Ran ran =
        RunFoldproof({"report", scratch / "bad.json", "--to", "junit", "-o", scratch / "o"});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr("bad.json: ")) << way;
  }
  // A finding that a report only says is waived, with the fingerprint of another one, still fails.
  Json forged = good;
  forged["pairs"][0]["findings"][0]["fingerprint"] = std::string(32, '0');
  std::ofstream(scratch / "forged.json") << forged.dump();
  EXPECT_THAT(RunFoldproof({"report", scratch / "forged.json", "--to", "junit"}).out,
              HasSubstr("<failure type=\"saturation\""));
}

}  // namespace
}  // namespace foldproof::cli
