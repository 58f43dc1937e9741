// SPDX-License-Identifier: BSD-3-Clause
//
// What one run of a program costs, prepared once, on one thread. script/bench sets it beside
// PyTorch's own run of the same program (tests/bench/ep_module.py).
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "harness/exec/npz.h"
#include "harness/exec/open_executor.h"
#include "harness/exec/runs.h"
#include "src/pt2/reader.h"

namespace foldproof::exec {
namespace {

using Path = std::filesystem::path;

// The program NAME.before.pt2 and its recorded inputs NAME.io.npz.
void RunProgram(benchmark::State& state, const std::string& executor_name, const Path& folder,
                const std::string& name) {
  const Path file = folder / (name + ".before.pt2");
  if (!std::filesystem::exists(file)) {
    return state.SkipWithError("SKIPPED: the program is not there");
  }
  try {
    const auto executor = OpenExecutor(executor_name);
    const ir::Program program = pt2::ReadProgram(file);
    const Tensors feeds = InputsOfRun(program, ReadNpz(folder / (name + ".io.npz")), 0);
    std::set<ir::ValueId> fed;
    for (const auto& [id, tensor] : feeds) fed.insert(id);
    const auto returned = std::get<ir::ValueId>(program.graph.outputs().front());
    const auto prepared = executor->Prepare(program, fed, {returned});
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(prepared->Run(feeds));
    state.SetLabel(executor->Describe());
  } catch (const Error& error) {
    state.SkipWithError((std::string("SKIPPED: ") + error.what()).c_str());
  }
}

const Path kRoot = FOLDPROOF_SOURCE_DIR;

const auto* const kRegistered = [] {
  const Path big = kRoot.parent_path() / "shared" / "corpus" / "big";
  for (const std::string& executor : ExecutorNames()) {
    benchmark::RegisterBenchmark(
        ("BM_Run/resnet18/" + executor).c_str(),
        [executor, big](benchmark::State& state) { RunProgram(state, executor, big, "resnet18"); })
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("BM_Run/hand_00_base/" + executor).c_str(),
                                 [executor](benchmark::State& state) {
                                   RunProgram(state, executor, kRoot / "golden" / "trace",
                                              "hand_00_base");
                                 })
        ->Unit(benchmark::kMicrosecond);
  }
  return &kRoot;
}();

}  // namespace
}  // namespace foldproof::exec
