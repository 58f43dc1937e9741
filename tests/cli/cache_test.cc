// SPDX-License-Identifier: BSD-3-Clause
//
// --cache: the same reports, each site proved once, and nothing that lies in the folder can make a
// verdict that the prover has not given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness/prove/question/pair_bytes.h"
#include "harness/verify/cache/entry.h"
#include "src/pt2/archive.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"
#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli::cache_test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kResidual = "golden/pt2/fused_residual.";  // two sites, and it differs

struct Told {
  std::string kept;  // the report without its block "run"
  Json run;
  std::string err;
};

Told Report(std::vector<std::string> arguments) {
  const Scratch scratch;
  arguments.insert(arguments.end(), {"--quiet", "--json", scratch / "r.json"});
  const Ran ran = RunFoldproof(arguments);
  EXPECT_GE(ran.code, 0) << ran.err;
  EXPECT_LE(ran.code, 2) << ran.err;
  Json report = Json::parse(ReadText(scratch / "r.json"));
  const Json run = report.at("run");
  report.erase("run");
  return {report.dump(), run, ran.err};
}

std::vector<std::string> Verify(const std::string& stem) {
  return {"verify", stem + "before.pt2", stem + "after.pt2"};
}

std::vector<std::string> With(std::vector<std::string> arguments, const std::string& cache) {
  arguments.insert(arguments.end(), {"--cache", cache});
  return arguments;
}

std::vector<fs::path> EntriesOf(const std::string& cache) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(cache)) {
    if (entry.is_regular_file()) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

// A second run knows every site, and both say what one without a cache says.
void ExpectTheSame(const std::vector<std::string>& arguments) {
  const Scratch scratch;
  const Told without = Report(arguments);
  EXPECT_FALSE(without.run.contains("cached_sites"));
  const Told first = Report(With(arguments, scratch / "cache"));
  const std::size_t entries = EntriesOf(scratch / "cache").size();
  const Told second = Report(With(arguments, scratch / "cache"));
  EXPECT_EQ(first.kept, without.kept) << testing::PrintToString(arguments);
  EXPECT_EQ(second.kept, without.kept) << testing::PrintToString(arguments);
  EXPECT_THAT(first.err + second.err, IsEmpty());
  EXPECT_GE(second.run.at("cached_sites").get<std::size_t>() + 1, entries);  // one is the pair's
  EXPECT_EQ(EntriesOf(scratch / "cache").size(), entries) << "something was proved again";
}

TEST(Cache, ReportsAreTheSameWithAndWithout) {
  for (const auto& entry : fs::directory_iterator(fs::path(tests::kSourceFolder) / "golden/pt2")) {
    const std::string before = entry.path().string();
    const std::size_t stem = before.size() - std::string("before.pt2").size();
    if (before.ends_with("before.pt2")) ExpectTheSame(Verify(before.substr(0, stem)));
  }
}

TEST(Cache, ReportsAreTheSameWhateverIsAsked) {
  std::vector<std::string> all = Verify("golden/pt2/hand_00_base.");
  all.insert(all.end(), {"--ideal-distance", "--domain", "observed", "--inputs",
                         "golden/trace/hand_00_base.io.npz", "--curves", "2"});
  ExpectTheSame(all);
  for (const std::string semantics : {"kernel:q31", "kernel:tosa"}) {
    std::vector<std::string> kernel = Verify("golden/pt2/fused_conv2d_bias_relu.torchao_");
    kernel.insert(kernel.end(), {"--semantics", semantics});
    ExpectTheSame(kernel);
  }
  ExpectTheSame({"verify", kResidual + "before.pt2", "--fold", "repair", "--threads", "2"});
  ExpectTheSame({"compare", kResidual + "before.pt2", kResidual + "after.pt2", "--random", "3"});
}

TEST(Cache, AnotherOptionIsAnotherQuestion) {
  const Scratch scratch;
  const auto known = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = With(Verify(kResidual), scratch / "cache");
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Report(arguments).run.at("cached_sites").get<int>();
  };
  const int none = known({});
  const int all = known({});
  EXPECT_EQ(none, 0);
  EXPECT_GT(all, 1);
  EXPECT_EQ(known({"--tolerance", "3"}), 0);
  EXPECT_EQ(known({"--domain", "reachable"}), 0);
  EXPECT_EQ(known({"--reach", "interval"}), 0);
  EXPECT_EQ(known({"--ideal-gap", "off"}), 0);
  EXPECT_EQ(known({"--ideal-distance"}), 0);
  EXPECT_EQ(known({"--batch-norm", "no-fma"}), 0);
  EXPECT_EQ(known({"--semantics", "kernel:q31"}), 0);
  EXPECT_EQ(known({"--threads", "2"}), all);
}

// A copy of the program in which one bit of code `at` of a stored weight is another.
std::string WithOtherWeight(const std::string& from, const std::string& weight,
                            const std::string& to, std::size_t at = 0) {
  pt2::Archive archive = pt2::ReadArchive(fs::path(tests::kSourceFolder) / from);
  const ir::Constant& constant = archive.program.constants.at(weight);
  archive.program.storages.Change(constant.storage).at(at) ^= std::byte{1};
  pt2::WriteProgram(archive.program, archive.remainder, to);
  return to;
}

TEST(Cache, OneChangedWeightMakesItsSiteAloneBeProvedAgain) {
  const Scratch scratch;
  Report(With(Verify(kResidual), scratch / "cache"));
  const int all = Report(With(Verify(kResidual), scratch / "cache")).run.at("cached_sites");
  for (const std::string weight : {"_frozen_param0", "_frozen_param2"}) {
    const std::vector<std::string> changed{
        "verify", WithOtherWeight(kResidual + "before.pt2", weight, scratch / "before.pt2"),
        WithOtherWeight(kResidual + "after.pt2", weight, scratch / "after.pt2")};
    const Told without = Report(changed);
    const Told first = Report(With(changed, scratch / "cache"));
    EXPECT_EQ(first.run.at("cached_sites"), all - 1) << weight;
    EXPECT_EQ(first.kept, without.kept);
    const Told second = Report(With(changed, scratch / "cache"));
    EXPECT_EQ(second.run.at("cached_sites"), all) << weight;
    EXPECT_EQ(second.kept, without.kept);
  }
}

void WriteBytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string Resealed(const verify::Entry& entry, const std::string& answer) {
  return verify::EntryBytes({entry.prover, entry.key, answer});
}

// What may lie in the place of an entry: the last ones have the right checksum, and cannot be an
// answer to the question.
std::vector<std::string> ForgeriesOf(const std::string& bytes, const std::string& other) {
  const verify::EntryOrFault read = verify::ParseEntry(bytes);
  EXPECT_EQ(read.fault, "");
  const std::string& answer = read.entry.answer;
  std::string turned = bytes;
  turned[turned.size() / 2] = static_cast<char>(turned[turned.size() / 2] ^ 16);
  return {"",
          bytes.substr(0, 40),
          bytes.substr(0, bytes.size() - 1),
          turned,
          other,
          verify::EntryBytes({std::string(64, '0'), read.entry.key, answer}),
          Resealed(read.entry, ""),
          Resealed(read.entry, "\xff" + answer.substr(1)),
          Resealed(read.entry, answer + std::string(1, '\0'))};
}

// What lies in an entry's place and is not this question's makes no verdict: it is dropped aloud.
TEST(Cache, WhatIsForgedOrDamagedIsProvedAgainAloud) {
  const Scratch scratch;
  const std::string cache = scratch / "cache";
  std::vector<std::string> drawn = Verify(kResidual);  // which needs the proof of every site
  drawn.insert(drawn.end(), {"--curves", "1"});
  const Told right = Report(With(Verify(kResidual), cache));
  const Told right_drawn = Report(With(drawn, cache));
  const std::vector<fs::path> entries = EntriesOf(cache);
  ASSERT_EQ(entries.size(), 3u);  // two sites and the pair
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string bytes = ReadText(entries[i].string());
    const bool is_pair =
        prove::ReadVerification(verify::ParseEntry(bytes).entry.answer).has_value();
    const auto& arguments = is_pair ? Verify(kResidual) : drawn;
    for (const std::string& forged :
         ForgeriesOf(bytes, ReadText(entries[(i + 1) % entries.size()].string()))) {
      WriteBytes(entries[i], forged);
      const Told again = Report(With(arguments, cache));
      EXPECT_EQ(again.kept, is_pair ? right.kept : right_drawn.kept);
      EXPECT_EQ(again.run.at("cached_sites"), is_pair ? 2 : 1);
      EXPECT_THAT(again.err, HasSubstr("foldproof: warning: the kept proof "));
      EXPECT_EQ(std::count(again.err.begin(), again.err.end(), '\n'), 1) << again.err;
      EXPECT_EQ(ReadText(entries[i].string()), bytes) << "it was not written anew";
    }
  }
}

// An answer that could well be one, under the right checksum: who has not the key cannot seal it.
TEST(Cache, WhatIsForgedWithoutTheKeyMakesNoVerdict) {
  const Scratch scratch;
  const std::string cache = scratch / "cache";
  WriteBytes(scratch / "key", "a secret of 32 bytes, as it says\n");
  std::vector<std::string> sealed = With(Verify(kResidual), cache);
  sealed.insert(sealed.end(), {"--cache-key", scratch / "key"});
  const Told right = Report(sealed);
  EXPECT_THAT(right.kept, HasSubstr("\"verdict\":\"differs\""));
  EXPECT_EQ(Report(sealed).run.at("cached_sites"), 2);
  int pairs = 0;
  for (const fs::path& path : EntriesOf(cache)) {
    const std::string bytes = ReadText(path.string());
    const verify::Entry entry = verify::ParseEntry(bytes).entry;
    auto forged = prove::ReadVerification(entry.answer);
    if (!forged) continue;
    ++pairs;
    forged->verdict = prove::Verdict::kEqual;
    forged->sites.clear();
    const std::string answer = prove::VerificationBytes(*forged);
    for (const std::string secret : {"", "another secret of 32 bytes......"}) {
      WriteBytes(path, verify::EntryBytes({entry.prover, entry.key, answer}, secret));
      EXPECT_THAT(RunFoldproof({"cache", "check", cache, "--cache-key", scratch / "key"}).out,
                  HasSubstr("it is not sealed with the cache's key"));
      const Told again = Report(sealed);
      EXPECT_EQ(again.kept, right.kept);
      EXPECT_THAT(again.err, HasSubstr("(it is not sealed with the cache's key)"));
      EXPECT_EQ(ReadText(path.string()), bytes) << "it was not written anew";
    }
  }
  EXPECT_EQ(pairs, 1);
  // Without the key, or with another, they are others' proofs.
  WriteBytes(scratch / "other", "another secret of 32 bytes......");
  std::vector<std::string> other = With(Verify(kResidual), cache);
  EXPECT_EQ(Report(other).run.at("cached_sites"), 0);
  other.insert(other.end(), {"--cache-key", scratch / "other"});
  EXPECT_EQ(Report(other).run.at("cached_sites"), 0);
  EXPECT_THAT(RunFoldproof({"cache", "check", cache}).out,
              HasSubstr("9 proofs, 6 of other provers; 0 damaged"));
}

TEST(Cache, AKeyThatKeepsNoSecretIsRefused) {
  const Scratch scratch;
  WriteBytes(scratch / "key", "too short\n\n\n\n\n\n\n\n\n\n");
  std::vector<std::string> sealed = With(Verify(kResidual), scratch / "cache");
  sealed.insert(sealed.end(), {"--cache-key", scratch / "key"});
  const Ran ran = RunFoldproof(sealed);
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("has less than 16 bytes"));
  std::vector<std::string> nothing = Verify(kResidual);
  nothing.insert(nothing.end(), {"--cache-key", scratch / "key"});
  EXPECT_EQ(RunFoldproof(nothing).code, 3);
}

TEST(Cache, IsCheckedAndPruned) {
  const Scratch scratch;
  const std::string cache = scratch / "cache";
  EXPECT_EQ(RunFoldproof({"cache", "check", cache}).code, 3);
  Report(With(Verify(kResidual), cache));
  const std::size_t count = EntriesOf(cache).size();
  const Ran good = RunFoldproof({"cache", "check", cache});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out,
              HasSubstr(std::to_string(count) + " proofs, 0 of other provers; 0 damaged"));
  WriteBytes(EntriesOf(cache)[0], "half an ent");
  const Ran bad = RunFoldproof({"cache", "check", cache});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.out, HasSubstr("DAMAGED " + EntriesOf(cache)[0].string()));
  EXPECT_EQ(EntriesOf(cache).size(), count);
  EXPECT_THAT(RunFoldproof({"cache", "prune", cache}).out, HasSubstr("removed 1 file;"));
  EXPECT_EQ(EntriesOf(cache).size(), count - 1);
  EXPECT_EQ(RunFoldproof({"cache", "prune", cache, "--cache-size", "0", "--quiet"}).code, 0);
  EXPECT_THAT(EntriesOf(cache), IsEmpty());
}

TEST(Cache, HoldsNoMoreThanItsSize) {
  const Scratch scratch;
  RunFoldproof({"golden", "check", "golden", "--quiet", "--cache", scratch / "cache",
                "--cache-size", "20K"});
  std::uintmax_t bytes = 0;
  for (const fs::path& path : EntriesOf(scratch / "cache")) bytes += fs::file_size(path);
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, 20u * 1024);
}

TEST(Cache, GoldenReportsAreTheSameFromIt) {
  const Scratch scratch;
  for (const bool again : {false, true}) {
    const Ran ran = RunFoldproof({"golden", "check", "golden", "--threads", "2", "--cache",
                                  scratch / "cache", "--json", scratch / "g.json"});
    EXPECT_EQ(ran.code, 0) << ran.out;
    EXPECT_THAT(ran.err, IsEmpty());
    const int known = Json::parse(ReadText(scratch / "g.json")).at("run").at("cached_sites");
    EXPECT_GT(known, again ? 20 : -1);
  }
}

// Two hundred pairs with a site of their own each, and one that they share.
TEST(Cache, AGateOfTwoHundredPairsProvesEachSiteOnce) {
  const Scratch scratch;
  std::ofstream file(scratch / "gate.toml");
  for (int i = 0; i < 200; ++i) {
    file << "[[pair]]\nname = \"p" << i << "\"\n";
    for (const std::string side : {"before", "after"}) {
      const std::string name = scratch / (std::to_string(i) + side + ".pt2");
      file << side << " = \""
           << WithOtherWeight(kResidual + side + ".pt2", "_frozen_param0", name,
                              static_cast<std::size_t>(i))
           << "\"\n";
    }
  }
  file.close();
  for (const std::string threads : {"1", "2", "5"}) {
    const std::string cache = scratch / ("cache" + threads);
    const std::vector<std::string> gate{
        "gate", "--config", scratch / "gate.toml", "--threads", threads, "--cache", cache};
    EXPECT_EQ(Report(gate).run.at("cached_sites"), 199) << threads;
    EXPECT_EQ(EntriesOf(cache).size(), 200u + 1 + 200);  // sites, the shared one, pairs
    EXPECT_EQ(Report(gate).run.at("cached_sites"), 400);
  }
}

// Starts the program, and kills it after a while.
void KillAfter(std::chrono::milliseconds time, const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(tests::kProgram)};
  for (const std::string& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::chdir(tests::kSourceFolder) == 0) ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  std::this_thread::sleep_for(time);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

// Two processes that always find too little room, and one that is killed again and again, write the
// same entries: nobody ever reads half of one. FOLDPROOF_CACHE_SECONDS: for so long.
TEST(Cache, ManyWritersAndOneThatIsKilledLeaveNothingWrong) {
  const Scratch scratch;
  const char* asked = std::getenv("FOLDPROOF_CACHE_SECONDS");
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::seconds(asked != nullptr ? std::atoi(asked) : 2);
  const std::vector<std::string> run{"golden",  "check",           "golden",       "--quiet",
                                     "--cache", scratch / "cache", "--cache-size", "60K"};
  int rounds = 0;
  const auto write = [&] {
    do {
      const Ran ran = RunFoldproof(run);
      EXPECT_EQ(ran.code, 0) << ran.err;
      EXPECT_THAT(ran.err, IsEmpty());
      ++rounds;
    } while (std::chrono::steady_clock::now() < end);
  };
  std::thread other([&] {
    for (int ms = 5; std::chrono::steady_clock::now() < end; ms = ms * 7 % 211)
      KillAfter(std::chrono::milliseconds(ms), run);
  });
  write();
  other.join();
  EXPECT_GT(rounds, 0);
  const Ran check = RunFoldproof({"cache", "check", scratch / "cache"});
  EXPECT_EQ(check.code, 0) << check.out;
  EXPECT_THAT(check.out, HasSubstr("; 0 damaged, "));
  const Ran last = RunFoldproof({"golden", "check", "golden", "--cache", scratch / "cache"});
  EXPECT_EQ(last.code, 0) << last.out;
  EXPECT_THAT(last.err, IsEmpty());
}

}  // namespace
}  // namespace foldproof::cli::cache_test
