// SPDX-License-Identifier: BSD-3-Clause
//
// What one run of a program costs in each executor, the program made ready once, on one thread; and
// what making it ready costs. script/bench sets ResNet18/torch beside PyTorch's own run of the same
// program (tests/bench/ep_module.py).
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/arrays/runs.h"
#include "harness/exec/open/open_executor.h"
#include "harness/exec/plan/run_plan.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"

namespace foldproof::exec {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = foldproof::tests::kSourceFolder;
const fs::path kBig = kRoot / ".." / "shared" / "corpus" / "big";
const fs::path kTrace = kRoot / "golden" / "trace";

// FILE.before.pt2 with its recorded inputs FILE.io.npz.
struct Case {
  std::string name;
  fs::path file;
};
// The whole of ResNet-18, and one chain of a convolution of 3 to 8 channels on 8 x 8.
const Case kCases[] = {{"ResNet18", kBig / "resnet18"}, {"small", kTrace / "hand_00_base"}};

// Calls work(program, feeds, executor); what is missing skips the benchmark aloud.
template <typename Work>
void WithCase(benchmark::State& state, const Case& the_case, const std::string& executor_name,
              Work&& work) {
  const std::string program_file = the_case.file.string() + ".before.pt2";
  if (!fs::exists(program_file)) return state.SkipWithError("SKIPPED: the program is not there");
  try {
    const ir::Program program = pt2::ReadProgram(program_file);
    const Tensors feeds = InputsOfRun(program, ReadNpz(the_case.file.string() + ".io.npz"), 0);
    const auto executor = OpenExecutor(executor_name);
    work(program, feeds, *executor);
    state.SetLabel(executor->Describe());
  } catch (const Error& error) {
    state.SkipWithError((std::string("SKIPPED: ") + error.what()).c_str());
  }
}

std::unique_ptr<PreparedProgram> MakeReady(const ir::Program& program, const Tensors& feeds,
                                           Executor& executor) {
  std::set<ir::ValueId> fed;
  for (const auto& [id, tensor] : feeds) fed.insert(id);
  const std::set<ir::ValueId> returned = ReturnedValues(program.graph);
  return executor.Prepare(program, fed, {returned.begin(), returned.end()});
}

void Run(benchmark::State& state, const Case& the_case, const std::string& executor_name) {
  WithCase(state, the_case, executor_name, [&](const auto& program, const auto& feeds, auto& in) {
    const auto prepared = MakeReady(program, feeds, in);
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(prepared->Run(feeds));
  });
}

void Prepare(benchmark::State& state, const Case& the_case, const std::string& executor_name) {
  WithCase(state, the_case, executor_name, [&](const auto& program, const auto& feeds, auto& in) {
    for ([[maybe_unused]] auto _ : state) {
      benchmark::DoNotOptimize(MakeReady(program, feeds, in));
    }
  });
}

const bool kRegistered = [] {
  for (const Case& the_case : kCases) {
    const auto unit = the_case.name == "small" ? benchmark::kMicrosecond : benchmark::kMillisecond;
    for (const std::string& executor : ExecutorNames()) {
      benchmark::RegisterBenchmark(("Run/" + the_case.name + "/" + executor).c_str(), Run, the_case,
                                   executor)
          ->Unit(unit);
    }
  }
  benchmark::RegisterBenchmark("Prepare/small/integer", Prepare, kCases[1], "integer")
      ->Unit(benchmark::kMicrosecond);
  return true;
}();

}  // namespace
}  // namespace foldproof::exec
