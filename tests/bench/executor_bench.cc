// SPDX-License-Identifier: BSD-3-Clause
//
// What one run of a program costs in each executor, the program made ready once.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>

#include "harness/exec/npz.h"
#include "harness/exec/open_executor.h"
#include "harness/exec/run_plan.h"
#include "harness/exec/runs.h"
#include "src/pt2/reader.h"

namespace foldproof::exec {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = FOLDPROOF_SOURCE_DIR;
const fs::path kCorpus = kSource / ".." / "shared" / "corpus";

struct Case {
  fs::path program;
  fs::path inputs;
};

// The whole of ResNet-18, and one chain of a convolution of 3 to 8 channels on 8 x 8.
const Case kResNet18{kCorpus / "big" / "resnet18.before.pt2", kCorpus / "big" / "resnet18.io.npz"};
const Case kSmall{kCorpus / "hand_00_base.before.pt2", kCorpus / "hand_00_base.io.npz"};

void Run(benchmark::State& state, const Case& the_case, const std::string& executor_name) {
  if (!fs::exists(the_case.program)) {
    state.SkipWithError("the corpus is not there");
    return;
  }
  const ir::Program program = pt2::ReadProgram(the_case.program);
  const Tensors feeds = InputsOfRun(program, ReadNpz(the_case.inputs), 0);
  const std::set<ir::ValueId> returned = ReturnedValues(program.graph);
  std::set<ir::ValueId> fed;
  for (const auto& [id, tensor] : feeds) fed.insert(id);
  const auto executor = OpenExecutor(executor_name);
  const auto prepared = executor->Prepare(program, fed, {returned.begin(), returned.end()});
  for (auto _ : state) benchmark::DoNotOptimize(prepared->Run(feeds));
}

void Prepare(benchmark::State& state, const Case& the_case, const std::string& executor_name) {
  if (!fs::exists(the_case.program)) {
    state.SkipWithError("the corpus is not there");
    return;
  }
  const ir::Program program = pt2::ReadProgram(the_case.program);
  const std::vector<ir::ValueId> inputs = program.UserInputs();
  const std::set<ir::ValueId> returned = ReturnedValues(program.graph);
  const auto executor = OpenExecutor(executor_name);
  for (auto _ : state) {
    benchmark::DoNotOptimize(executor->Prepare(program, {inputs.begin(), inputs.end()},
                                               {returned.begin(), returned.end()}));
  }
}

BENCHMARK_CAPTURE(Run, ResNet18/torch, kResNet18, "torch")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Run, ResNet18/integer, kResNet18, "integer")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Run, small/torch, kSmall, "torch")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Run, small/integer, kSmall, "integer")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Prepare, small/integer, kSmall, "integer")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace foldproof::exec
