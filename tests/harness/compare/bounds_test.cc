// SPDX-License-Identifier: BSD-3-Clause
//
// No run ever shows more than the proof says that any input can: on real folds, with random inputs
// and with those that the proof itself calls worst.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "harness/compare/compare.h"
#include "harness/exec/open/open_executor.h"
#include "tests/harness/compare/program_pairs.h"
#include "tests/paths.h"

namespace foldproof::compare {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = fs::path(tests::kSourceFolder) / "../shared/corpus";

// FOLDPROOF_COMPARE_RUNS, which the slow test sets, else `usual`.
std::size_t Runs(std::size_t usual) {
  const char* asked = std::getenv("FOLDPROOF_COMPARE_RUNS");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : usual;
}

struct Counts {
  int pairs = 0, tails = 0, reached = 0;
  std::int64_t by_rounding = 0;
};

void CheckTail(const prove::TailVerdict& tail, const TailObservation& seen,
               const std::string& where, Counts& counts) {
  if (!seen.why_not.empty()) {
    std::printf("not observed: %s %s: %s\n", where.c_str(), tail.place.c_str(),
                seen.why_not.c_str());
    return;
  }
  ++counts.tails;
  counts.by_rounding += seen.beyond_by_rounding;
  bool reached = false;
  for (std::size_t c = 0; c < tail.channels.size(); ++c) {
    if (!tail.channels[c].unproved.empty()) continue;
    const double bound = tail.channels[c].reachable.lsb;
    reached |= bound > 0 && seen.channels[c].lsb.max() >= bound;
    if (seen.beyond_by_rounding == 0) {
      EXPECT_LE(seen.channels[c].lsb.max(), bound)
          << where << " " << tail.place << " channel " << c;
    }
  }
  counts.reached += reached;
}

struct Named {
  std::string name;
  std::unique_ptr<exec::Executor> executor;
  Arithmetic arithmetic = Arithmetic::kOther;
};

std::vector<Named> Executors() {
  std::vector<Named> out;
  out.push_back({"integer", exec::OpenExecutor("integer"), Arithmetic::kExact});
  out.push_back({"eigen", exec::OpenExecutor("eigen"), Arithmetic::kOther});
  if (auto torch = TorchOrNull())
    out.push_back({"torch", std::move(torch), Arithmetic::kFloat32Sums});
  else
    std::printf("SKIPPED: libtorch, which this build has not\n");
  return out;
}

void CheckPair(const PairOfFiles& files, std::size_t runs, const Named& executor, Counts& counts) {
  const Loaded before(files.before), after(files.after);
  if (before.program.UserInputs().size() != after.program.UserInputs().size()) return;
  CompareOptions options;
  options.random_runs = runs;
  options.probed_channels = 1000;  // all
  const std::string where = files.after.filename().string();
  options.arithmetic = executor.arithmetic;
  const Comparison out = compare::Compare(before.side, after.side, options, *executor.executor);
  ++counts.pairs;
  for (const SampleFinding& finding : out.findings) {
    ADD_FAILURE() << where << " " << finding.place << ": " << finding.rule << ", run "
                  << finding.run << ", channel " << finding.channel << ", accumulator "
                  << finding.accumulator.value_or(0) << ": " << finding.lsb << " over "
                  << finding.proved_lsb;
  }
  for (std::size_t s = 0; s < out.sites.size(); ++s) {
    for (std::size_t t = 0; t < out.sites[s].size(); ++t)
      CheckTail(out.proof.verification.sites[s].tails[t], out.sites[s][t], where, counts);
  }
}

void Print(const Named& executor, const Counts& counts, std::size_t runs) {
  std::printf(
      "%s: %d pairs, %zu random runs each and all worst accumulators: %d tails, %d reached their "
      "bound; "
      "%lld elements beyond it by the executor's rounding alone\n",
      executor.name.c_str(), counts.pairs, runs, counts.tails, counts.reached,
      static_cast<long long>(counts.by_rounding));
}

TEST(Bounds, NoGoldenPairShowsMoreThanIsProved) {
  const std::size_t runs = Runs(50);
  for (const Named& executor : Executors()) {
    Counts counts;
    for (const PairOfFiles& files : PairsIn(Golden(""))) CheckPair(files, runs, executor, counts);
    Print(executor, counts, runs);
    EXPECT_GT(counts.pairs, 20);
    EXPECT_GT(counts.reached, 10);  // the bounds are worst cases, not guesses
    EXPECT_TRUE(executor.arithmetic != Arithmetic::kExact || counts.by_rounding == 0);
  }
}

TEST(Bounds, NoPairOfTheCorpusShowsMoreThanIsProved) {
  if (!fs::is_directory(kCorpus)) GTEST_SKIP() << "SKIPPED: there is no ../shared/corpus";
  const std::size_t runs = Runs(3);
  for (const Named& executor : Executors()) {
    Counts counts;
    for (const char* folder : {".", "pre_export"}) {
      for (const PairOfFiles& files : PairsIn(kCorpus / folder)) {
        if (files.before.filename().string().starts_with("big_")) continue;
        CheckPair(files, runs, executor, counts);
      }
    }
    Print(executor, counts, runs);
    EXPECT_TRUE(executor.arithmetic != Arithmetic::kExact || counts.by_rounding == 0);
  }
}

// What the test above is worth: a bound that is one LSB too low is noticed.
TEST(Bounds, ABoundThatIsTooLowIsAContradiction) {
  OPEN_TORCH_OR_SKIP(torch);
  for (const char* name : {"default_conv2d_nobias", "default_conv2d_bias_relu", "fused_residual"}) {
    const Loaded before(Golden(std::string(name) + ".before.pt2"));
    const Loaded after(Golden(std::string(name) + ".after.pt2"));
    prove::Proof proof = prove::Prove(before.side, after.side, {});
    for (auto& channel : proof.verification.sites[0].tails[0].channels) {
      channel.reachable.lsb -= 1;
      channel.calibrated.lsb = std::min(channel.calibrated.lsb, channel.reachable.lsb);
    }
    const Comparison out = CompareProved(std::move(proof), before.side, after.side, {}, *torch);
    ASSERT_NE(Contradiction(out), nullptr) << name;
    EXPECT_EQ(out.verdict, prove::Verdict::kDiffers);
    const SampleFinding& finding = *Contradiction(out);
    EXPECT_EQ(finding.rule, "observed-over-proved");
    EXPECT_EQ(finding.before_conv, out.proof.verification.sites[0].before_conv);
    EXPECT_TRUE(finding.accumulator);
    EXPECT_GT(finding.lsb, finding.proved_lsb);
  }
}

// An executor whose after-program gives two codes more than it should, in a pair proved within.
TEST(Bounds, AnExecutorThatIsWrongIsAContradiction) {
  OPEN_TORCH_OR_SKIP(torch);
  const Loaded before(Golden("fused_conv2d_bias_relu.torchao_before.pt2"));
  const Loaded after(Golden("fused_conv2d_bias_relu.torchao_after.pt2"));
  ChangedExecutor changed(*torch, [&](const ir::Program& of, ir::ValueId, exec::Tensor& tensor) {
    if (&of != &after.program || tensor.dtype != ir::ScalarType::kInt8) return;
    auto codes = tensor.Elements<std::int8_t>();
    codes[0] = static_cast<std::int8_t>(codes[0] > 0 ? codes[0] - 5 : codes[0] + 5);
    tensor = exec::Tensor::Of(tensor.dtype, tensor.sizes, codes);
  });
  CompareOptions options;
  options.random_runs = 5;
  const Comparison out = compare::Compare(before.side, after.side, options, changed);
  EXPECT_EQ(out.proof.verification.verdict, prove::Verdict::kWithin);
  EXPECT_EQ(out.verdict, prove::Verdict::kDiffers);
  EXPECT_NE(Contradiction(out), nullptr);
}

}  // namespace
}  // namespace foldproof::compare
