// SPDX-License-Identifier: BSD-3-Clause
//
// Whatever a pass in another process does is an answer, and the next program is asked all the same.
#include "harness/passes/open_external_pass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "src/base/error.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"

namespace foldproof::passes {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr char kHello[] = "echo '{\"foldproof_worker\": 1}'\n";
// Sets i, f and o to the three parts of a request, by the shell alone.
constexpr char kRead[] =
    "read -r line || exit 0\n"
    "i=${line#*\\\"id\\\":}; i=${i%%,*}; f=${line#*\\\"in\\\":\\\"}; f=${f%%\\\"*}\n"
    "o=${line#*\\\"out\\\":\\\"}; o=${o%%\\\"*}\n";

std::string Say(const std::string& rest) { return "echo \"{\\\"id\\\": $i, " + rest + "}\"\n"; }
std::string Result(const std::string& result) {
  return Say("\\\"result\\\": \\\"" + result + "\\\", \\\"reason\\\": \\\"the reason\\\"");
}
std::string Worker(const std::string& body) {
  return std::string(kHello) + "while :; do\n" + kRead + body + "done\n";
}

class ExternalPassTest : public testing::Test {
 protected:
  ExternalPassTest() {
    std::string name = testing::TempDir() + "/foldproof_passes_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    before_ = pt2::ReadProgram(Golden("default_conv1d_bias.before.pt2"));
  }
  ~ExternalPassTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  static std::string Golden(const std::string& name) {
    return std::string(tests::kSourceFolder) + "/golden/pt2/" + name;
  }
  std::unique_ptr<ExternalPass> Open(const std::string& command, double timeout = 30,
                                     double start = 30) {
    using Clock = std::chrono::steady_clock;
    ExternalOptions options;
    options.command = command;
    options.timeout_seconds = timeout;
    options.start_seconds = start;
    options.folder = folder_;
    options.is_over = is_over_;
    options.hurries = hurries_;
    options.now = [start = Clock::now()] {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    return OpenExternalPass(options, 0);
  }
  // A shell's `test -e FLAG || { touch FLAG; body }`: what only the first worker does.
  std::string Once(const std::string& body) const {
    const std::string flag = (folder_ / "flag").string();
    return "if ! test -e " + flag + "; then touch " + flag + "\n" + body + "fi\n";
  }
  // The first program makes the finding `rule`, the second is folded.
  void ExpectOnce(const std::string& body, const std::string& rule, const std::string& detail,
                  double timeout = 30) {
    const std::string after = Golden("default_conv1d_bias.after.pt2");
    const auto pass =
        Open(Worker(Once(body) + "cp " + after + " $o\n" + Result("folded")), timeout);
    const PassAnswer first = pass->Run(before_);
    EXPECT_EQ(first.kind, PassAnswer::Kind::kRaised);
    EXPECT_EQ(first.rule, rule) << first.raised;
    EXPECT_THAT(first.raised, HasSubstr(detail));
    EXPECT_THAT(first.raised, Not(HasSubstr(folder_.string())));
    const PassAnswer second = pass->Run(before_);
    EXPECT_EQ(second.kind, PassAnswer::Kind::kFolded) << second.raised;
  }

  fs::path folder_;
  ir::Program before_;
  IsOver is_over_, hurries_;
};

TEST_F(ExternalPassTest, WorkerAnswersEachResult) {
  const auto refused = Open(Worker(Result("refused")))->Run(before_);
  EXPECT_EQ(refused.kind, PassAnswer::Kind::kUnchanged);
  ASSERT_EQ(refused.missed.size(), 1u);
  EXPECT_EQ(refused.missed[0].detail, "the reason");
  EXPECT_EQ(Open(Worker(Result("unchanged")))->Run(before_).kind, PassAnswer::Kind::kUnchanged);
  const auto raised = Open(Worker(Result("raised")))->Run(before_);
  EXPECT_EQ(raised.rule, "pass-raises");
  EXPECT_EQ(raised.raised, "the reason");
}

TEST_F(ExternalPassTest, AFileThatIsTheSameProgramIsUnchanged) {
  const auto answer = Open(Worker("cp $f $o\n" + Result("folded")))->Run(before_);
  EXPECT_EQ(answer.kind, PassAnswer::Kind::kUnchanged) << answer.raised;
}

TEST_F(ExternalPassTest, OneWorkerAnswersManyPrograms) {
  // Refuses with the number of programs that this very process has seen.
  const auto pass =
      Open(std::string(kHello) + "n=0; while :; do\n" + kRead + "n=$((n + 1))\n" +
           Say("\\\"result\\\": \\\"refused\\\", \\\"reason\\\": \\\"$n\\\"") + "done\n");
  for (const char* count : {"1", "2", "3"}) {
    EXPECT_EQ(pass->Run(before_).missed.at(0).detail, count);
  }
}

TEST_F(ExternalPassTest, PrintsBeforeTheHandshakeAreNoAnswer) {
  const auto answer =
      Open("echo loading; echo '{\"x\": 1}'\n" + Worker(Result("unchanged")))->Run(before_);
  EXPECT_EQ(answer.kind, PassAnswer::Kind::kUnchanged) << answer.raised;
}

TEST_F(ExternalPassTest, KilledWorkerIsAFinding) {
  ExpectOnce("kill -9 $$\n", "pass-dies", "signal 9 (Killed)");
}

TEST_F(ExternalPassTest, DyingWorkersLastWordsAreTold) {
  ExpectOnce("echo first >&2; echo last words >&2; exit 7\n", "pass-dies",
             "exit code 7 without an answer: last words");
}

TEST_F(ExternalPassTest, HangingWorkerIsAFinding) {
  ExpectOnce("sleep 1000\n", "pass-hangs", "no answer after 0.5 seconds", 0.5);
}

// What it imports may take longer than any program.
TEST_F(ExternalPassTest, TheStartHasPatienceOfItsOwn) {
  const auto pass = Open("sleep 1.2\n" + Worker(Result("unchanged")), 0.5);
  EXPECT_EQ(pass->Run(before_).kind, PassAnswer::Kind::kUnchanged);
}

TEST_F(ExternalPassTest, OneThatDoesNotComeUpAgainDiesAndDoesNotHang) {
  const std::string flag = (folder_ / "flag").string();
  const auto pass =
      Open("if test -e " + flag + "; then echo busy >&2; exec sleep 1000; fi\ntouch " + flag +
               "\n" + Worker("kill -9 $$\n"),
           30, 0.7);
  EXPECT_EQ(pass->Run(before_).raised, "signal 9 (Killed) without an answer");
  const PassAnswer again = pass->Run(before_);
  EXPECT_EQ(again.rule, "pass-dies");
  EXPECT_EQ(again.raised,
            "it was started again, and gave no handshake after 0.7 seconds: busy; "
            "--pass-start-timeout gives it more");
}

// Whoever waits for the first line, for an answer or for an end is let go.
TEST_F(ExternalPassTest, IsCutShortWhereNobodyWaitsAnyMore) {
  for (const std::string& command : {std::string("exec sleep 1000"), Worker("sleep 1000\n"),
                                     std::string("exec sleep 1000 # {in} {out}")}) {
    int asked = 0;
    is_over_ = [&] { return ++asked > 3; };
    EXPECT_THROW(Open(command, 1000)->Run(before_), CutShort) << command;
  }
}

// A worker that was cut amid an answer gives the next program none.
TEST_F(ExternalPassTest, IsCutAfterAMomentWhereAPersonWantsToStop) {
  const std::string flag = (folder_ / "cut").string();
  hurries_ = [] { return true; };
  const auto pass = Open(Worker("if test ! -e " + flag + "; then touch " + flag +
                                "; sleep 1000; fi\n" + Result("unchanged")));
  EXPECT_THROW(pass->Run(before_), CutShort);
  EXPECT_EQ(pass->Run(before_).kind, PassAnswer::Kind::kUnchanged);
}

TEST_F(ExternalPassTest, RubbishIsAFinding) {
  ExpectOnce("echo hello\n", "pass-prints-rubbish", "'hello', which is no JSON object");
}

TEST_F(ExternalPassTest, AnswersToOtherRequestsAreRubbish) {
  ExpectOnce("echo '{\"id\": 99, \"result\": \"folded\"}'\n", "pass-prints-rubbish",
             "as the answer to request 1");
}

TEST_F(ExternalPassTest, UnknownResultsAreRubbish) {
  ExpectOnce(Result("perhaps"), "pass-prints-rubbish", "'perhaps' is none of");
}

TEST_F(ExternalPassTest, EndlessOutputIsRubbish) {
  ExpectOnce("tr '\\0' x </dev/zero\n", "pass-prints-rubbish", "a line above 1 MiB");
}

TEST_F(ExternalPassTest, NestedAnswersAreRubbish) {
  ExpectOnce("printf '[%.0s' $(seq 100000); echo\n", "pass-prints-rubbish", "nests more than 16");
}

TEST_F(ExternalPassTest, HalfAFileIsAFinding) {
  ExpectOnce("head -c 1000 $f >$o\n" + Result("folded") + "continue\n", "program-unusable", "");
}

TEST_F(ExternalPassTest, NoFileIsAFinding) {
  ExpectOnce(Result("folded") + "continue\n", "program-unusable", "wrote no file");
}

TEST_F(ExternalPassTest, AnotherSignatureIsAFinding) {
  ExpectOnce("cp " + Golden("default_conv2d_bias_relu.after.pt2") + " $o\n" + Result("folded") +
                 "continue\n",
             "signature-changed", " became ");
}

TEST_F(ExternalPassTest, AWorkerMayEndAfterAnAnswer) {
  const auto pass = Open(std::string(kHello) + kRead + Result("unchanged"));
  for (int i = 0; i < 3; ++i) {
    const PassAnswer answer = pass->Run(before_);
    EXPECT_EQ(answer.kind, PassAnswer::Kind::kUnchanged) << answer.raised;
  }
}

// It says nothing of the program, so it is no finding.
TEST_F(ExternalPassTest, WhatNeverStartsIsAnErrorInItsOwnWords) {
  const auto error_of = [&](const std::string& command) -> std::string {
    try {
      Open(command)->Run(before_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Error::Code::kUsage);
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(error_of("echo no such thing >&2; exit 1"),
              HasSubstr("--pass: cannot be started: exit code 1 before its handshake: no such"));
  EXPECT_THAT(error_of("foldproof_no_such_command {in} {out}"),
              HasSubstr("foldproof_no_such_command: not found"));
  EXPECT_THAT(error_of("/etc/passwd {in} {out}"), HasSubstr("cannot be started"));
  // Whatever comes instead of the first handshake.
  EXPECT_THAT(error_of("echo '{\"foldproof_worker\": 2}'; cat"),
              HasSubstr("version 2 of the protocol, we speak version 1"));
  EXPECT_THAT(error_of("yes loading"),
              HasSubstr("100 lines and no handshake; the first is 'loading'"));
  EXPECT_THAT(error_of("tr '\\0' x </dev/zero"), HasSubstr("a line above 1 MiB before its"));
}

TEST_F(ExternalPassTest, OneThatNeverSaysThatItIsThereIsAnErrorToo) {
  try {
    Open("echo importing torch >&2; exec sleep 1000", 30, 0.7)->Run(before_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kUsage);
    EXPECT_STREQ(error.what(),
                 "--pass: cannot be started: no handshake after 0.7 seconds: importing torch; "
                 "--pass-start-timeout gives it more");
  }
}

// What has run once is there: later it is a finding.
TEST_F(ExternalPassTest, WhatStartedOnceDies) {
  const std::string mark = (folder_ / "started").string();
  const auto pass = Open("test -e " + mark + " && exit 127; touch " + mark + "; : {in} {out}");
  EXPECT_EQ(pass->Run(before_).kind, PassAnswer::Kind::kUnchanged);
  EXPECT_EQ(pass->Run(before_).rule, "pass-raises");
}

TEST_F(ExternalPassTest, NothingOfAHungWorkerGoesOn) {
  const std::string mark = (folder_ / "mark").string();
  const auto pass = Open(Worker("(sleep 1; touch " + mark + ") & sleep 1000\n"), 0.2);
  EXPECT_EQ(pass->Run(before_).rule, "pass-hangs");
  ::usleep(1'500'000);
  EXPECT_FALSE(fs::exists(mark)) << "the group was not killed";
}

TEST_F(ExternalPassTest, OneShotFoldsOrLeaves) {
  const std::string after = Golden("default_conv1d_bias.after.pt2");
  EXPECT_EQ(Open("test -s {in} && cp " + after + " {out}")->Run(before_).kind,
            PassAnswer::Kind::kFolded);
  EXPECT_EQ(Open("test -s {in} # {out}")->Run(before_).kind, PassAnswer::Kind::kUnchanged);
}

TEST_F(ExternalPassTest, OneShotFailuresAreFindings) {
  const auto raised =
      Open("echo why >&2; echo ValueError: no >&2; exit 3 # {in} {out}")->Run(before_);
  EXPECT_EQ(raised.rule, "pass-raises");
  EXPECT_EQ(raised.raised, "exit code 3: ValueError: no");
  EXPECT_EQ(Open("kill -11 $$ # {in} {out}")->Run(before_).rule, "pass-dies");
  EXPECT_EQ(Open("sleep 1000 # {in} {out}", 0.2)->Run(before_).rule, "pass-hangs");
  EXPECT_EQ(Open("head -c 99 {in} >{out}")->Run(before_).rule, "program-unusable");
}

TEST_F(ExternalPassTest, OneShotQuotesItsFiles) {
  folder_ /= "a 'b' {out} $c";
  fs::create_directories(folder_);
  EXPECT_EQ(Open("cp {in} {out}")->Run(before_).kind, PassAnswer::Kind::kUnchanged);
  folder_ = folder_.parent_path();
}

TEST(CheckCommand, RefusesHalfAOneShotAndNothing) {
  EXPECT_THROW(CheckCommand("cp {in} x"), Error);
  EXPECT_THROW(CheckCommand("  "), Error);
  EXPECT_NO_THROW(CheckCommand("cp {in} {out}"));
}

}  // namespace
}  // namespace foldproof::passes
