// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "harness/verify/sha256.h"
#include "harness/verify/side_by_side.h"
#include "tests/paths.h"

namespace foldproof::verify {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kPair = std::string(tests::kSourceFolder) + "/golden/pt2/default_conv2d_nobias";

double Never() { return 0; }

std::string BytesOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// FIPS 180-2, appendix B.1.
TEST(Sha256, OfTheStandardsExample) {
  EXPECT_EQ(Sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Verify, ReadsProvesAndSaysWhatItRead) {
  const Verified verified =
      Verify(kPair + ".before.pt2", AfterFile{kPair + ".after.pt2"}, {}, Never);
  EXPECT_EQ(verified.verification.verdict, prove::Verdict::kDiffers);
  EXPECT_EQ(verified.exit, ExitCode::kDiffers);
  EXPECT_EQ(verified.before.sha256, Sha256(BytesOf(kPair + ".before.pt2")));
  ASSERT_TRUE(verified.after);
  EXPECT_EQ(verified.after->file, kPair + ".after.pt2");
  EXPECT_EQ(verified.after->sha256, Sha256(BytesOf(kPair + ".after.pt2")));
  EXPECT_FALSE(verified.crashes);
}

// The clock is asked before and after the programs are read; then the file becomes another one.
TEST(Verify, TheHashIsOfTheBytesThatWereJudged) {
  const fs::path copy = fs::path(testing::TempDir()) / "judged.pt2";
  fs::copy_file(kPair + ".before.pt2", copy, fs::copy_options::overwrite_existing);
  const std::string judged = Sha256(BytesOf(copy));
  int asked = 0;
  const auto now = [&] {
    if (++asked == 2) std::ofstream(copy, std::ios::binary) << "another file";
    return 0.0;
  };
  const Verified verified =
      Verify(copy.string(), AfterFile{kPair + ".after.pt2"}, VerifyOptions{}, now);
  EXPECT_EQ(BytesOf(copy), "another file");
  EXPECT_EQ(verified.verification.verdict, prove::Verdict::kDiffers);
  EXPECT_EQ(verified.before.sha256, judged);
}

TEST(Verify, JudgesAFoldOfItsOwn) {
  const Verified verified = Verify(kPair + ".before.pt2", AfterFold{}, {}, Never);
  EXPECT_NE(verified.verification.verdict, prove::Verdict::kDiffers);
  EXPECT_FALSE(verified.after);
  EXPECT_TRUE(verified.fold);
}

TEST(Verify, PredictsCrashesWhereItIsAsked) {
  const std::string stem = std::string(tests::kSourceFolder) + "/golden/pt2/default_conv1d_bias";
  VerifyOptions options;
  options.crashes = fold::PatternSet::kFusedConvRelu;
  const Verified verified =
      Verify(stem + ".before.pt2", AfterFile{stem + ".after.pt2"}, options, Never);
  ASSERT_TRUE(verified.crashes);
  EXPECT_THAT(verified.crashes->before, SizeIs(1));  // the add of a float bias
  EXPECT_THAT(verified.crashes->after, IsEmpty());
}

std::string WhyNot(const std::string& before, const VerifyOptions& options) {
  try {
    Verify(before, AfterFile{kPair + ".after.pt2"}, options, Never);
  } catch (const Error& error) {
    return error.what();
  }
  return "it verified";
}

TEST(Verify, RefusesWhatIsNoFileAndOptionsThatContradict) {
  EXPECT_THAT(WhyNot("gone.pt2", {}), HasSubstr("gone.pt2: there is no such file"));
  EXPECT_THAT(WhyNot("/", {}), HasSubstr("not a regular file"));
  VerifyOptions observed;
  observed.proof.judge.domain = prove::Domain::kObserved;
  EXPECT_THAT(WhyNot(kPair + ".before.pt2", observed), HasSubstr("needs --inputs"));
}

// Whatever is compared with NaN is not over it, so each pair would be within it.
TEST(Verify, RefusesTolerancesThatNothingIsOver) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double lsb : {std::nan(""), infinity, -1.0}) {
    VerifyOptions options;
    options.tolerance = LsbTolerance{lsb};
    EXPECT_THAT(WhyNot(kPair + ".before.pt2", options), HasSubstr("--tolerance"));
    options.tolerance = DerivedTolerance{};
    options.proof.judge.ideal_gap_lsb = lsb;
    EXPECT_THAT(WhyNot(kPair + ".before.pt2", options), HasSubstr("--ideal-gap"));
  }
  VerifyOptions options;
  options.proof.threads = 0;
  EXPECT_THAT(WhyNot(kPair + ".before.pt2", options), HasSubstr("--threads"));
}

TEST(Verify, ProgramsThatWereReadAreJudgedAsTheirFilesAre) {
  const SourceProgram before = ReadProgram(kPair + ".before.pt2");
  const SourceProgram after = ReadProgram(kPair + ".after.pt2");
  const Verified verified = Verify(before, after, {}, Never);
  EXPECT_EQ(verified.verification.verdict, prove::Verdict::kDiffers);
  EXPECT_EQ(verified.before.sha256, before.identity->sha256);
}

TEST(Compare, RefusesThreeExecutors) {
  CompareOptions options;
  options.executors = {"integer", "eigen", "torch"};
  EXPECT_THROW(Compare(kPair + ".before.pt2", kPair + ".after.pt2", options, Never), Error);
}

}  // namespace
}  // namespace foldproof::verify
