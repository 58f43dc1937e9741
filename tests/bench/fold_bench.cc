// SPDX-License-Identifier: BSD-3-Clause
//
// What a fold costs, reading and writing apart.
#include <benchmark/benchmark.h>

#include <filesystem>

#include "src/fold/pipeline.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"

namespace foldproof::fold {
namespace {

using Path = std::filesystem::path;

const Path kRoot = foldproof::tests::kSourceFolder;

void Run(benchmark::State& state, const Path& file, Policy policy) {
  if (!std::filesystem::exists(file)) {
    state.SkipWithError("SKIPPED: the corpus is not beside the project");
    return;
  }
  const ir::Program before = pt2::ReadProgram(file);
  FoldOptions options;
  options.policy = policy;
  for (auto _ : state) {
    state.PauseTiming();
    ir::Program copy = before;
    state.ResumeTiming();
    benchmark::DoNotOptimize(Fold(std::move(copy), options));
  }
}

// ResNet-18, 20 folds; the bar is 0.3 s.
void BM_FoldResnet18(benchmark::State& state) {
  Run(state, kRoot.parent_path() / "shared" / "corpus" / "big" / "resnet18.before.pt2",
      static_cast<Policy>(state.range(0)));
}
BENCHMARK(BM_FoldResnet18)
    ->Arg(static_cast<int>(Policy::kUpstream))
    ->Arg(static_cast<int>(Policy::kGuarded))
    ->Arg(static_cast<int>(Policy::kRepair))
    ->Unit(benchmark::kMillisecond);

void BM_FoldSmall(benchmark::State& state) {
  Run(state, kRoot / "golden" / "pt2" / "default_conv2d_bias_relu.before.pt2",
      static_cast<Policy>(state.range(0)));
}
BENCHMARK(BM_FoldSmall)
    ->Arg(static_cast<int>(Policy::kUpstream))
    ->Arg(static_cast<int>(Policy::kRepair))
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace foldproof::fold
