// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/side_by_side.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string_view>

#include "harness/exec/open/open_executor.h"
#include "harness/verify/input_extents.h"
#include "harness/verify/laps.h"
#include "harness/verify/recorded_inputs.h"
#include "harness/verify/tolerance.h"
#include "harness/verify/verification.h"
#include "src/base/within.h"

namespace foldproof::verify {
namespace {

constexpr std::size_t kDefaultRandom = 100;  // where no inputs are given

// What the proof may hold an executor to.
compare::Arithmetic ArithmeticOf(std::string_view executor) {
  if (executor == "integer") return compare::Arithmetic::kExact;
  if (executor == "torch") return compare::Arithmetic::kFloat32Sums;
  return compare::Arithmetic::kOther;
}

exec::TakenFloats FloatsTaken(const CompareOptions& options) {
  return exec::FloatsTakenBy(options.executors.front());
}

// An executor of our own keeps nothing between runs; libtorch has threads of its own.
int ThreadsOf(const CompareOptions& options) {
  return options.executors.front() == "torch" ? 1 : options.proof.threads;
}

compare::CompareOptions OptionsOf(const CompareOptions& options, const ReadTolerance& tolerance,
                                  const ir::Program& before, RecordedInputs* recorded,
                                  InputExtents& extents) {
  compare::CompareOptions compared;
  compared.prove = options.proof;
  tolerance.Apply(before, compared.prove);
  compared.seed = options.seed;
  compared.random_runs = options.random.value_or(options.inputs.empty() ? kDefaultRandom : 0);
  compared.arithmetic = ArithmeticOf(options.executors.front());
  compared.threads = ThreadsOf(options);
  compared.progress = options.progress;
  compared.shares = {options.classes, compared.prove.judge.tolerance_lsb};
  if (recorded != nullptr) {
    compared.recorded = [recorded, &extents] {
      std::optional<exec::Tensors> run = recorded->Next();
      if (run) extents.Add(*run);
      return run;
    };
  }
  return compared;
}

}  // namespace

Compared Compare(const std::string& before, const std::string& after, const CompareOptions& options,
                 const passes::Seconds& now) {
  if (options.executors.empty() || options.executors.size() > 2)
    throw Error(Error::Code::kUsage, "--executor", "takes one name, or two with a comma between");
  CheckOptions(options.proof, options.tolerance,
               options.inputs.empty() ? std::string() : options.inputs.front());
  if (options.classes && options.inputs.empty())
    throw Error(Error::Code::kUsage, "--classes", "is told of the inputs of --inputs; give some");
  const ReadTolerance tolerance(options.tolerance);
  Laps laps(now);
  // Programs, inputs and tolerances first: a fault in them is told before an executor is opened.
  const SourceProgram first = ReadProgram(before);
  const SourceProgram second = ReadProgram(after);
  Compared out;
  out.before = *first.identity;
  out.modules = first.modules;
  out.after = *second.identity;
  out.tolerance_file = tolerance.file();
  out.executors = options.executors;
  std::optional<RecordedInputs> recorded;
  const prove::Side before_side(first.program);
  const prove::Side after_side(second.program);
  if (!options.inputs.empty())
    recorded.emplace(before_side.view.program(), options.inputs, FloatsTaken(options));
  InputExtents extents(before_side.view.program(), options.proof.float_box);
  out.options =
      OptionsOf(options, tolerance, first.program, recorded ? &*recorded : nullptr, extents);
  std::vector<std::unique_ptr<exec::Executor>> executors;
  for (const std::string& name : options.executors) {
    executors.push_back(exec::OpenExecutor(name));
  }
  out.read_seconds = laps.Next();
  out.comparison = Within(before + " and " + after, [&] {
    return compare::Compare(before_side, after_side, out.options, *executors.front(),
                            executors.size() > 1 ? executors.back().get() : nullptr);
  });
  for (const auto& executor : executors) out.described.push_back(executor->Describe());
  out.compare_seconds = laps.Next();
  if (recorded) {
    out.inputs = recorded->identity();
    out.input_files = recorded->files();
  }
  out.notes = NotesOnOrder(first, second);
  if (recorded) std::ranges::copy(recorded->nonfinite(), std::back_inserter(out.notes));
  if (recorded && out.comparison.proof.verification.input_range)
    extents.Tell(out.inputs->file, out.notes);
  out.exit = ExitOf(out.comparison.verdict, options.allow_unproved);
  return out;
}

}  // namespace foldproof::verify
