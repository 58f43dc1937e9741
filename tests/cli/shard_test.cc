// SPDX-License-Identifier: BSD-3-Clause
//
// --shard and merge of `fuzz` and `gate`, as a user types them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/program_run.h"

namespace foldproof::cli::shard_test {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// What a report says beside what it cost, in its own order.
std::string Told(const std::string& path) {
  Json report = Json::parse(ReadText(path));
  report.erase("run");
  return report.dump();
}

// Shards of `command` in files of `scratch`, last to first.
Words RunShards(const Scratch& scratch, const Words& command, int shards, const Words& more = {}) {
  Words files;
  for (int i = shards; i >= 1; --i) {
    const std::string shard = std::to_string(i) + "/" + std::to_string(shards);
    files.push_back(scratch / (std::to_string(i) + "of" + std::to_string(shards) + ".json"));
    const Ran ran =
        RunFoldproof(command + more + Words{"--shard", shard, "--quiet", "--json", files.back()});
    EXPECT_LE(ran.code, 1) << ran.err;
    EXPECT_GE(ran.code, 0) << ran.err;
  }
  return files;
}

TEST(FuzzMerge, HasTheBytesOfOneProcessAndItsCases) {
  const Scratch scratch;
  const Words fuzz{"fuzz", "--cases", "90", "--first", "7", "--seed", "3", "--policy", "upstream"};
  const Words kept{"--out", scratch / "cases", "--quiet", "--json"};
  EXPECT_EQ(RunFoldproof(fuzz + kept + Words{scratch / "whole.json"}).code, 1);
  std::filesystem::rename(scratch / "cases", scratch / "cases_of_one");
  const Words shards = RunShards(scratch, fuzz, 3, {"--out", scratch / "cases_of_shards"});
  const Ran merged =
      RunFoldproof(Words{"fuzz", "merge"} + shards + kept + Words{scratch / "merged.json"});
  EXPECT_EQ(merged.code, 1) << merged.err;
  EXPECT_EQ(Told(scratch / "merged.json"), Told(scratch / "whole.json"));
  for (const auto& folder : std::filesystem::directory_iterator(scratch / "cases_of_one")) {
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      const std::string name = folder.path().filename() / file.path().filename();
      EXPECT_EQ(ReadText(scratch / ("cases/" + name)), ReadText(file.path().string())) << name;
    }
  }
}

TEST(FuzzMerge, ShrinksWhatShardsLeftAndNests) {
  const Scratch scratch;
  const Words fuzz{"fuzz", "--cases", "60", "--policy", "upstream"};
  EXPECT_EQ(RunFoldproof(fuzz + Words{"--quiet", "--json", scratch / "whole.json"}).code, 1);
  const Words shards = RunShards(scratch, fuzz, 5, {"--shrink-later"});
  EXPECT_EQ(RunFoldproof({"fuzz", "merge", shards[3], shards[1], "--allow-missing", "--quiet",
                          "--json", scratch / "some.json"})
                .code,
            1);
  const Json some = Json::parse(ReadText(scratch / "some.json"));
  EXPECT_EQ(some["missing"].size(), 3u);
  EXPECT_EQ(some["cases"], 24);
  const Words merge{"fuzz", "merge", scratch / "some.json", scratch / "some.json"};
  EXPECT_EQ(RunFoldproof(merge + shards + Words{"--quiet", "--json", scratch / "merged.json"}).code,
            1);
  EXPECT_EQ(Told(scratch / "merged.json"), Told(scratch / "whole.json"));
}

TEST(FuzzMerge, RefusesByNameWhatIsMissing) {
  const Scratch scratch;
  const Words fuzz{"fuzz", "--cases", "40"};
  Words shards = RunShards(scratch, fuzz, 4);
  const std::string lost = shards[2];  // 2/4
  shards.erase(shards.begin() + 2);
  const Words merge = Words{"fuzz", "merge", "--json", scratch / "merged.json"} + shards;
  Ran ran = RunFoldproof(merge);
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("missing: shard 2/4 (cases 10 to 19)"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "merged.json"));
  std::ofstream(lost) << ReadText(shards[0]).substr(0, 3000);
  ran = RunFoldproof(merge + Words{lost});
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr(lost));
  EXPECT_THAT(ran.err, HasSubstr("is not JSON"));
  EXPECT_THAT(ran.err, HasSubstr("missing: shard 2/4 (cases 10 to 19)"));
  ran = RunFoldproof(merge + Words{lost, "--allow-missing"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("left out: " + lost));
  EXPECT_THAT(ran.out, HasSubstr("missing: shard 2/4"));
  EXPECT_EQ(Json::parse(ReadText(scratch / "merged.json"))["missing"][0]["shard"], "2/4");
}

// Two programs that both call themselves 0.1.0 need not say the same of a case.
TEST(FuzzMerge, RefusesPartsOfAnotherBuild) {
  const Scratch scratch;
  const Words shards = RunShards(scratch, {"fuzz", "--cases", "8"}, 2);
  Json other = Json::parse(ReadText(shards[1]));
  const std::string ours = other["run"]["version"];
  const std::string theirs = ours.substr(0, ours.find('+')) + "+000000000000";
  other["run"]["version"] = theirs;
  std::ofstream(scratch / "other.json") << other;
  ExpectOneLineError(RunFoldproof({"fuzz", "merge", shards[0], scratch / "other.json"}), 3);
  const Ran alone =
      RunFoldproof({"fuzz", "merge", "--allow-missing", "--quiet", scratch / "other.json"});
  ExpectOneLineError(alone, 3);
  EXPECT_THAT(alone.err, HasSubstr("was written by foldproof " + theirs + "; this is " + ours));
}

TEST(FuzzMerge, OfACommandNeedsItWhereSomethingIsToBeShrunk) {
  const Scratch scratch;
  const std::string command = "exit 3 # {in} {out}";
  const Words fuzz{"fuzz", "--cases", "4", "--pass", command};
  EXPECT_EQ(RunFoldproof(fuzz + Words{"--quiet", "--json", scratch / "whole.json"}).code, 1);
  const Words shards = RunShards(scratch, fuzz, 2);
  const Words later = RunShards(scratch, fuzz, 4, {"--shrink-later"});
  const Words merge{"fuzz", "merge", "--quiet", "--json", scratch / "merged.json"};
  EXPECT_EQ(RunFoldproof(merge + shards).code, 1);  // what the shards shrank is enough
  EXPECT_EQ(Told(scratch / "merged.json"), Told(scratch / "whole.json"));
  Ran ran = RunFoldproof(merge + later);
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("needs the pass: give --pass '" + command + "'"));
  ExpectOneLineError(RunFoldproof(merge + later + Words{"--pass", "exit 4"}), 3);
  EXPECT_EQ(RunFoldproof(merge + later + Words{"--pass", command}).code, 1);
  EXPECT_EQ(Told(scratch / "merged.json"), Told(scratch / "whole.json"));
}

TEST(FuzzShard, TakesWhatMakesSense) {
  for (const char* shard : {"0/3", "4/3", "3", "1/", "/3", "1/3x", "-1/3", "1/70000"}) {
    const Ran ran = RunFoldproof({"fuzz", "--cases", "9", "--shard", shard});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr("--shard")) << shard;
  }
  ExpectOneLineError(RunFoldproof({"fuzz", "--seconds", "1", "--shard", "1/2"}), 3);
  ExpectOneLineError(RunFoldproof({"fuzz", "--cases", "1", "--shrink-later"}), 3);
  ExpectOneLineError(RunFoldproof({"fuzz", "--judge", "--cases", "1", "--shard", "1/2"}), 3);
  ExpectOneLineError(RunFoldproof({"fuzz", "merge"}), 3);
  ExpectOneLineError(RunFoldproof({"fuzz", "merge", "golden/fuzz/judge.json"}), 3);
}

const Words kGate{"gate", "--config", "golden/foldproof.toml", "--today", "2026-01-01"};

TEST(GateMerge, HasTheBytesOfOneProcess) {
  for (const int count : {1, 2, 7}) {  // of five pairs
    const Scratch scratch;
    EXPECT_EQ(RunFoldproof(kGate + Words{"--quiet", "--json", scratch / "whole.json"}).code, 0);
    const Words shards = RunShards(scratch, kGate, count);
    const Ran merged = RunFoldproof(Words{"gate", "merge"} + shards + shards +
                                    Words{"--json", scratch / "merged.json"});
    EXPECT_EQ(merged.code, 0) << merged.err;
    EXPECT_THAT(merged.out, HasSubstr("HOLDS: of 5 pairs 4 hold, 1 waived"));
    EXPECT_EQ(Told(scratch / "merged.json"), Told(scratch / "whole.json"));
    // A whole report has all of them.
    const Words both{"gate", "merge", shards[0], scratch / "whole.json", "--quiet", "--json"};
    EXPECT_EQ(RunFoldproof(both + Words{scratch / "both.json"}).code, 0);
    EXPECT_EQ(Told(scratch / "both.json"), Told(scratch / "whole.json"));
  }
}

TEST(GateMerge, RefusesByNameWhatIsMissingOrOfAnotherGate) {
  const Scratch scratch;
  const Words shards = RunShards(scratch, kGate, 5);  // 5/5 first
  const Words merge{"gate", "merge", "--json", scratch / "merged.json"};
  Ran ran = RunFoldproof(merge + Words{shards[0], shards[1], shards[2]});
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("missing pairs: conv2d, conv1d"));
  ran = RunFoldproof(merge + Words{shards[0], shards[1], shards[2], "--allow-missing"});
  EXPECT_EQ(ran.code, 2) << ran.err;  // nobody judged two of them
  EXPECT_THAT(ran.out, HasSubstr("missing pairs: conv2d, conv1d"));
  const Json some = Json::parse(ReadText(scratch / "merged.json"));
  EXPECT_EQ(some["shard"]["missing"], (Json{"conv2d", "conv1d"}));
  EXPECT_EQ(some["exit_code"], 2);
  // Waivers are held to all pairs at once, so some of them can be completed.
  EXPECT_EQ(RunFoldproof({"gate", "merge", scratch / "merged.json", shards[3], shards[4]}).code, 0);

  Json other = Json::parse(ReadText(shards[1]));
  other["run"]["today"] = "2026-01-02";
  std::ofstream(scratch / "other.json") << other;
  ran = RunFoldproof(merge + Words{shards[0], scratch / "other.json"});
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("other.json: is no part of the gate"));
  EXPECT_THAT(ran.err, HasSubstr("another day"));
  other = Json::parse(ReadText(shards[1]));
  other["pairs"][0]["report"]["verdict"] = "equal";
  std::ofstream(scratch / "other.json") << other;
  ran = RunFoldproof(merge + shards + Words{scratch / "other.json"});
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("is better than what the report says"));
  other = Json::parse(ReadText(shards[1]));
  other["pairs"][0]["report"]["before"]["sha256"] = std::string(64, '0');
  std::ofstream(scratch / "other.json") << other;
  ran = RunFoldproof(merge + shards + Words{scratch / "other.json"});
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("says something else of the pair"));
}

// What one part alone says is believed only where it is of one piece.
TEST(GateMerge, RefusesByNameWhatContradictsItself) {
  const Scratch scratch;
  const Words shards = RunShards(scratch, kGate, 5);
  const auto why = [&](auto&& change) {
    Json other = Json::parse(ReadText(shards[1]));  // which differs, and is waived
    change(other);
    std::ofstream(scratch / "other.json") << other;
    const Ran ran = RunFoldproof({"gate", "merge", shards[0], scratch / "other.json", shards[2],
                                  shards[3], shards[4], "--quiet"});
    if (ran.code == 3) {
      ExpectOneLineError(ran, 3);
      EXPECT_THAT(ran.err, HasSubstr("other.json"));
    }
    return std::to_string(ran.code) + ran.err;
  };
  const auto report = [](Json& other) -> Json& { return other["pairs"][0]["report"]; };
  EXPECT_EQ(why([](Json&) {}), "0");
  EXPECT_THAT(why([&](Json& o) { report(o)["exit_code"] = 0; }), HasSubstr("exit_code"));
  EXPECT_THAT(why([&](Json& o) { report(o)["verdict"] = "equal", report(o)["exit_code"] = 0; }),
              HasSubstr("verdict"));
  EXPECT_THAT(why([&](Json& o) {
                report(o)["verdict"] = report(o)["sites"][0]["verdict"] = "within";
                report(o)["exit_code"] = 0;
              }),
              HasSubstr("verdict"));
  EXPECT_THAT(why([](Json& o) { o["run"]["today"] = "tomorrow"; }), HasSubstr("date"));
  EXPECT_THAT(why([](Json& o) { o["waivers"][0]["expires"] = "never"; }), HasSubstr("date"));
  EXPECT_THAT(why([](Json& o) { o["pairs"].push_back(o["pairs"][0]); }), HasSubstr("twice"));
  EXPECT_THAT(why([](Json& o) { o["pairs"][0]["name"] = "none"; }), HasSubstr("none"));
  EXPECT_THAT(why([](Json& o) { o.erase("shard"); }), HasSubstr("list of pairs"));
}

}  // namespace
}  // namespace foldproof::cli::shard_test
