// SPDX-License-Identifier: BSD-3-Clause
//
// One pair of programs judged: read, proved, confirmed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/passes/child.h"
#include "harness/prove/picture/tail_picture.h"
#include "harness/prove/verdict/proof.h"
#include "harness/verify/graphs.h"
#include "harness/verify/notes.h"
#include "harness/verify/options.h"
#include "harness/verify/source.h"
#include "src/base/error.h"
#include "src/fold/pipeline.h"

namespace foldproof::verify {

// What an external pass said of the program before.
struct PassSaid {
  std::string command;
  std::string result;   // "folded", "unchanged", "refused", or the rule of a finding
  std::string detail;   // why it refused, or what is wrong
  bool raised = false;  // it came to no program

  bool changed_nothing() const { return !raised && result != "folded"; }
  // Of one that changed nothing: " (it wrote no file)", " (it refused: not today)".
  std::string WhyUnchanged() const;
};

// What a page shows besides the report.
struct Pictures {
  // As in the verification, but that a site of a pair of sums has none.
  std::vector<std::vector<prove::TailPicture>> tails;
  Graphs graphs;
};

// Where ExecuTorch's QuantFusion would raise on the two programs.
struct Crashes {
  std::vector<ir::Miss> before;
  std::vector<ir::Miss> after;
};

// What each stage took.
struct StageSeconds {
  double read = 0;
  double observe = 0;
  double prove = 0;
  double confirm = 0;
};

struct Verified {
  FileIdentity before;
  std::optional<FileIdentity> after;     // nullopt where a fold or a pass made the program
  std::optional<FileIdentity> inputs;    // whose accumulators were observed
  std::optional<fold::FoldResult> fold;  // that made the program after; without the program
  std::optional<PassSaid> pass;          // that made it
  prove::ProveOptions options;           // what the proof was held to
  std::unique_ptr<prove::Observations> observed;  // `options` points to it; may be null
  prove::Verification verification;
  std::map<std::string, std::string> modules;  // of before's nodes, as their author named them
  Notes notes;                                 // beside the verdict
  std::optional<Crashes> crashes;              // where they were asked for
  std::optional<Pictures> pictures;            // where they were asked for
  StageSeconds seconds;
  std::string executor;  // that ran the inputs and the witnesses; empty: none
  ExitCode exit = ExitCode::kHolds;

  // How many batch_norms are left by a fold that folded none; 0 where it folded one.
  std::size_t left_unfolded = 0;
  // What is told of them: "nothing folded: 2 batch norms left".
  std::string UnfoldedText() const;

  // The pass or the fold that was to make the program after left it as it is.
  bool changed_nothing() const {
    return (pass && pass->changed_nothing()) || (fold && !fold->changed());
  }
};

ExitCode ExitOf(prove::Verdict verdict, bool allow_unproved);

// Reads both programs or makes the one after, proves, and runs the inputs and the witnesses that
// were asked for. Throws Error(kUsage) where the options contradict each other, Error(kInput) where
// a file cannot be used.
Verified Verify(const std::string& before, const After& after, const VerifyOptions& options,
                const passes::Seconds& now);

// The same of programs that have been read.
Verified Verify(const SourceProgram& before, const SourceProgram& after,
                const VerifyOptions& options, const passes::Seconds& now);

}  // namespace foldproof::verify
