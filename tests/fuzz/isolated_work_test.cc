// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/isolated_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "fuzz/campaign.h"
#include "fuzz/campaign_report.h"
#include "fuzz/case_files.h"
#include "fuzz/case_keeper.h"
#include "fuzz/program_of_draw.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/passes/built_in_pass.h"

namespace foldproof::fuzz::isolated_work_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A sanitizer that catches the signal would end the process with an exit code of its own.
void Crash() {
  ::signal(SIGSEGV, SIG_DFL);
  ::raise(SIGSEGV);
}

// Answers with how many requests this process has seen; does what the request says besides.
std::string Obey(std::string_view request, int& seen) {
  ++seen;
  if (request == "crash") Crash();
  if (request == "throw") throw std::runtime_error("in the other process");
  if (request == "leave") ::_exit(7);
  if (request == "hang") ::pause();
  return std::to_string(seen);
}

IsolatedWork::Work MakeObedient() {
  return
      [seen = std::make_shared<int>(0)](std::string_view request) { return Obey(request, *seen); };
}

TEST(IsolatedWork, TellsHowItEndedAndIsReplaced) {
  IsolatedWork process(MakeObedient, 30);
  EXPECT_EQ(process.Ask("").text, "1");
  EXPECT_EQ(process.Ask("").text, "2");
  for (const auto& [request, ending] : {std::pair{"crash", "signal 11 (Segmentation fault)"},
                                        {"throw", "signal 6 (Aborted)"},
                                        {"leave", "exit code 7"}}) {
    const IsolatedWork::Answer answer = process.Ask(request);
    EXPECT_FALSE(answer.whole) << request;
    EXPECT_EQ(answer.text, ending);
    const IsolatedWork::Answer next = process.Ask("");
    EXPECT_TRUE(next.whole);
    EXPECT_EQ(next.text, "1");  // a new process
  }
}

// What was posted behind the request that ends the process is answered by the next one.
TEST(IsolatedWork, AnswersInOrderWhatWasPostedAhead) {
  IsolatedWork process(MakeObedient, 30);
  for (const char* request : {"", "", "crash", "", "leave", "throw", ""}) process.Post(request);
  std::vector<std::string> told;
  for (int i = 0; i < 7; ++i) {
    const IsolatedWork::Answer answer = process.Next();
    told.push_back((answer.whole ? "" : "ended: ") + answer.text);
  }
  EXPECT_THAT(told, testing::ElementsAre("1", "2", "ended: signal 11 (Segmentation fault)", "1",
                                         "ended: exit code 7", "ended: signal 6 (Aborted)", "1"));
}

// The socket holds them: neither side waits for room while the other one does.
TEST(IsolatedWork, TakesNoMoreAheadThanTheSocketHolds) {
  IsolatedWork process(MakeObedient, 30);
  const std::string large(90 << 10, ' ');
  EXPECT_TRUE(process.MayPost(large.size()));  // one always
  process.Post(large);
  EXPECT_FALSE(process.MayPost(1));
  EXPECT_EQ(process.Next().text, "1");
  std::size_t ahead = 0;
  for (; process.MayPost(300); ++ahead) process.Post(std::string(300, ' '));
  EXPECT_GE(ahead, 8u);
  EXPECT_LE(ahead, 64u);
  for (std::size_t i = 0; i < ahead; ++i) EXPECT_TRUE(process.Next().whole);
}

TEST(IsolatedWork, EndsWithWhatWasPostedAhead) {
  auto process = std::make_unique<IsolatedWork>(MakeObedient, 30);
  for (const char* request : {"", "crash", "", ""}) process->Post(request);
  EXPECT_EQ(process->Next().text, "1");
  process.reset();
}

TEST(IsolatedWork, EndsWhatTakesTooLong) {
  IsolatedWork process(MakeObedient, 1);
  const IsolatedWork::Answer answer = process.Ask("hang");
  EXPECT_FALSE(answer.whole);
  EXPECT_EQ(answer.text, "no answer after 1 seconds");
}

TEST(IsolatedWork, SeveralEndWhateverTheirOrder) {
  auto first = std::make_unique<IsolatedWork>(MakeObedient, 30);
  IsolatedWork second(MakeObedient, 30);
  EXPECT_EQ(first->Ask("").text, "1");
  first.reset();  // the second one has a copy of its socket
  EXPECT_EQ(second.Ask("").text, "1");
}

// Our own engine, which does a misdeed on every program whose input is 7 wide: one in fourteen.
class Faulty : public passes::PassUnderTest {
 public:
  explicit Faulty(void (*misdeed)()) : misdeed_(misdeed) {}

  std::string name() const override { return "guarded"; }
  passes::PassAnswer Run(const ir::Program& program) override {
    const auto sizes = program.graph.value(program.UserInputs().at(0)).type->sizes();
    if (sizes.back() == 7) misdeed_();
    fold::FoldOptions options;
    options.policy = fold::Policy::kGuarded;
    return passes::BuiltInPass(options).Run(program);
  }

 private:
  void (*misdeed_)();
};

CampaignResult FuzzWith(void (*misdeed)(), int threads, unsigned seconds = 60) {
  CampaignOptions options;
  options.cases = 200;
  options.seed = 1;
  options.threads = threads;
  options.properties.saturation_is_known = true;
  options.apart_seconds = seconds;
  return RunCampaign([misdeed] { return std::make_unique<Faulty>(misdeed); }, options);
}

std::string Told(const CampaignResult& result) {
  auto report = CampaignReport(result, {{}, {"guarded"}, "", 1, "", "", 0});
  report.erase("run");
  return report.dump();
}

TEST(CampaignApart, ACrashIsAFindingAndTheReportIsWhole) {
  const CampaignResult result = FuzzWith(Crash, 2);
  EXPECT_EQ(result.cases, 200u);
  EXPECT_EQ(result.refused + result.proved + result.unproved + result.failed, 200u);
  EXPECT_GT(result.internal_errors, 5u);
  EXPECT_EQ(result.internal_errors, result.failed);
  ASSERT_EQ(result.failures.size(), 1u);
  const Failure& failure = result.failures.front();
  EXPECT_EQ(failure.finding.rule, "internal-error");
  EXPECT_EQ(failure.finding.detail, "signal 11 (Segmentation fault)");
  EXPECT_EQ(failure.needs, (std::vector<NamedChoice>{{"size", "7"}}));  // shrunk to its cause
  EXPECT_EQ(ExitCodeOf(result), ExitCode::kInternal);
  const auto report = nlohmann::json::parse(Told(result));
  EXPECT_EQ(report["exit_code"], 4);
  EXPECT_EQ(report["internal_errors"], result.internal_errors);
  EXPECT_THAT(CampaignSummary(result, {{}, {"guarded"}, "", 1, "", "", 0}),
              HasSubstr("foldproof itself failed"));
  EXPECT_EQ(Told(FuzzWith(Crash, 1)), Told(result));
}

TEST(CampaignApart, WhatThrowsIsAFindingToo) {
  const CampaignResult result = FuzzWith([] { throw std::runtime_error("a check of ours"); }, 1);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures.front().finding.detail, "a check of ours");
  EXPECT_EQ(ExitCodeOf(result), ExitCode::kInternal);
}

TEST(CampaignApart, SameAsInOneProcess) {
  const auto fuzz = [](std::optional<unsigned> apart) {
    CampaignOptions options;
    options.cases = 128;
    options.seed = 3;
    options.apart_seconds = apart;
    fold::FoldOptions fold;
    fold.policy = fold::Policy::kUpstream;
    return Told(RunCampaign([&] { return std::make_unique<passes::BuiltInPass>(fold); }, options));
  };
  EXPECT_EQ(fuzz(std::nullopt), fuzz(60));
}

TEST(CaseKeeper, KeepsTheProgramThatItCrashesOn) {
  const CampaignResult result = FuzzWith(Crash, 1);
  const std::filesystem::path folder = testing::TempDir() + "/foldproof_case_keeper";
  std::filesystem::remove_all(folder);
  const passes::MakePass make = [] { return std::make_unique<Faulty>(Crash); };
  CaseKeeper keeper(make, 1, "guarded", 60);
  Failure failure = result.failures.at(0);
  EXPECT_FALSE(keeper.Keep(failure, folder));  // the crash is what the case is about
  EXPECT_TRUE(std::filesystem::exists(folder / "before.pt2"));
  EXPECT_EQ(ReadCase(folder).finding.rule, "internal-error");
  failure.finding.rule = "saturation";
  const auto fault = keeper.Keep(failure, folder);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->rule, "internal-error");
  EXPECT_THAT(fault->detail, StartsWith("while the case was kept: signal 11"));
  EXPECT_EQ(ReadCase(folder).finding.rule, "saturation");
  std::filesystem::remove_all(folder);
}

// An empty batch has no window into which a witness could be laid.
TEST(WriteOutcome, OfAnEmptyBatchHasNoWitness) {
  const std::filesystem::path folder = testing::TempDir() + "/foldproof_empty_batch";
  std::filesystem::remove_all(folder);
  Failure failure{{"saturation", "", ""}, {}, {}, 1, 0, 0, 0};
  failure.draw.batch = static_cast<std::uint8_t>(Batch::kNone);
  failure.draw.blocks[0].mean = static_cast<std::uint8_t>(Mean::kLarge);
  fold::FoldOptions options;
  options.policy = fold::Policy::kUpstream;
  passes::BuiltInPass pass(options);
  exec::IntegerExecutor executor;
  WriteCase(failure, 1, pass.name(), folder);
  WriteOutcome(failure.draw, pass, executor, folder);
  EXPECT_TRUE(std::filesystem::exists(folder / "after.pt2"));
  EXPECT_FALSE(std::filesystem::exists(folder / "site0_tail0.npz"));
  // Nothing is proved of it either.
  const CaseOutcome outcome = Examiner(pass, {}, executor).Examine(ProgramOf(failure.draw), 1);
  EXPECT_EQ(outcome.kind, CaseOutcome::Kind::kUnproved);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace foldproof::fuzz::isolated_work_test
