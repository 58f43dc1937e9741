// SPDX-License-Identifier: BSD-3-Clause
//
// Small domains are exhausted: on real programs, search equals enumeration wherever the reach has
// at most 2^21 accumulators.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/sites/put_kernel.h"
#include "harness/prove/sites/site_match.h"
#include "harness/prove/tail/step_function.h"
#include "src/pt2/reader.h"
#include "tests/harness/prove/program_files.h"
#include "tests/paths.h"

namespace foldproof::prove {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostEnumerated = std::int64_t{1} << 21;

// Every `stride`-th channel of a site, beginning with one that depends on `first`; returns how many
// frontiers were compared.
int CompareChannels(const SiteSide& site, std::size_t first, std::size_t stride,
                    const std::string& where) {
  int compared = 0;
  SearchScratch scratch;
  for (std::size_t c = first % std::min(stride, site.conv.channels); c < site.conv.channels;
       c += stride) {
    const AccumulatorSet reach = ReachOf(site.conv, c, Reach::kInterval);
    if (reach.hi() - reach.lo() >= kMostEnumerated) continue;
    const TailEvaluator evaluator(site.tail, site.conv, c);
    for (std::size_t f = 0; f < site.tail.frontiers.size(); ++f) {
      // Where an operator's bits depend on the kernel, steps are those of one side of the interval.
      if (!IsExactAt(site.tail, f)) continue;
      EXPECT_EQ(SearchSteps(evaluator, site.search, f, reach.lo(), reach.hi(), scratch),
                EnumerateSteps(evaluator, site.search, f, reach.lo(), reach.hi()))
          << where << " channel " << c << " frontier " << f;
      ++compared;
    }
  }
  return compared;
}

// `kernel`: behind each conv that has one, and no others; nullopt: as PyTorch computes it.
int ComparePrograms(const std::vector<fs::path>& files, std::size_t stride,
                    std::optional<exec::Kernel> kernel = std::nullopt) {
  int compared = 0;
  std::size_t sites = 0;
  for (const fs::path& path : files) {
    const ir::Program program = pt2::ReadProgram(path);
    const Side side(program);
    for (const ir::Node& node : program.graph.nodes()) {
      if (!std::holds_alternative<ir::Convolution>(node.op) || !side.view.IsLive(node.id)) continue;
      ConvSideOrReason read = ReadConvSide(side.view, side.constants, node);
      if (!read.side) continue;
      SiteSide site =
          MakeSiteSide(side.view, side.constants, std::move(*read.side), BatchNormVariant::kFma);
      if (kernel && !PutKernel(side.view, *kernel, site).empty()) continue;
      compared +=
          CompareChannels(site, sites++, stride, path.filename().string() + " " + node.name);
    }
  }
  return compared;
}

TEST(SmallDomains, AreExhaustedOnTheGoldenPrograms) {
  std::vector<fs::path> files = ProgramsIn(fs::path(tests::kSourceFolder) / "golden");
  const auto more = ProgramsIn(fs::path(tests::kSourceFolder) / "golden/pt2");
  files.insert(files.end(), more.begin(), more.end());
  EXPECT_GT(ComparePrograms(files, 4), 50);
}

TEST(SmallDomains, AreExhaustedBehindKernels) {
  const auto files = ProgramsIn(fs::path(tests::kSourceFolder) / "golden/pt2");
  EXPECT_GT(ComparePrograms(files, 8, exec::Kernel::kQ31), 20);
  EXPECT_GT(ComparePrograms(files, 8, exec::Kernel::kTosa), 20);
}

TEST(SmallDomains, AreExhaustedOnTheCorpus) {
  const auto files = ProgramsIn(fs::path(tests::kSourceFolder) / "../shared/corpus");
  if (files.empty()) GTEST_SKIP() << "no ../shared/corpus";
  EXPECT_GT(ComparePrograms(files, 16), 300);
}

}  // namespace
}  // namespace foldproof::prove
