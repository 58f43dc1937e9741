// SPDX-License-Identifier: BSD-3-Clause
//
// What can be asked about a pair of programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/compare/comparison.h"
#include "harness/passes/external_passes.h"
#include "harness/prove/verdict/prove_options.h"
#include "src/fold/pipeline.h"

namespace foldproof::verify {

// Where the program after comes from: a file, one of our own folds, or somebody else's pass.
struct AfterFile {
  std::string path;
};
struct AfterFold {
  fold::FoldOptions options;
};
using After = std::variant<AfterFile, AfterFold, passes::PassCommand>;

// How far apart two programs may be: what their tolerance is derived to, so many LSB, or what a
// file says for each site (compare::ToleranceFile).
struct DerivedTolerance {};
struct LsbTolerance {
  double lsb = 0;
};
struct FileTolerance {
  std::string path;
};
using Tolerance = std::variant<DerivedTolerance, LsbTolerance, FileTolerance>;

struct VerifyOptions {
  // Its tolerances come from `tolerance`, and what is observed from `inputs`.
  prove::ProveOptions proof;
  Tolerance tolerance;
  std::string inputs;                       // an .npz; empty: nothing is observed
  std::optional<std::string> executor;      // runs them and the witnesses
  std::string witness;                      // the folder for witnesses; empty: none is run
  std::optional<std::size_t> curves;        // draws so many channels of each tail
  std::optional<fold::PatternSet> crashes;  // predicts where QuantFusion with these would raise
  bool allow_unproved = false;
  // Whether a pass or a fold that changed nothing holds, as the program is equal to itself; else it
  // is unproved: nobody asked what it would have made of the program.
  bool unchanged_holds = false;
  // The same where a fold quantized biases, but folded no batch_norm of those that it left.
  bool unfolded_holds = false;
};

struct CompareOptions {
  prove::ProveOptions proof;  // as in VerifyOptions
  Tolerance tolerance;
  std::vector<std::string> executors{"integer"};  // one or two
  std::vector<std::string> inputs;     // .npz files and folders of them; empty: none is recorded
  std::optional<std::size_t> classes;  // the output whose top-1 answers are compared
  std::function<void(const compare::RunProgress&)> progress;  // may be empty
  std::optional<std::size_t> random;                          // 100 where no inputs are given
  std::uint64_t seed = 0;
  bool allow_unproved = false;
};

// Throws Error(kUsage), which names the option of `verify`, where no proof can be held to them: a
// tolerance that is no finite number >= 0, no thread, a domain without the inputs that it needs.
void CheckOptions(const prove::ProveOptions& proof, const Tolerance& tolerance,
                  const std::string& inputs);

}  // namespace foldproof::verify
