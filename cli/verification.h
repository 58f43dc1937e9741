// SPDX-License-Identifier: BSD-3-Clause
//
// One pair of programs judged, as `verify`, `golden` and `gate` ask for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/fold_options.h"
#include "cli/pass_option.h"
#include "harness/prove/judge/observed.h"
#include "harness/prove/judge/prover.h"
#include "reports/json_report.h"
#include "src/base/error.h"
#include "src/fold/pipeline.h"

namespace foldproof::cli {

ExitCode ExitOf(prove::Verdict verdict, bool allow_unproved);

struct VerificationOptions {
  std::string before;
  std::string after;   // empty where `fold` or `pass` makes it
  bool folds = false;  // by `fold`
  FoldArguments fold;
  PassArguments pass;  // makes it
  std::string tolerance = "derived";
  std::string ideal_gap = "0.01";
  std::string domain = "calibrated";
  std::string reach = "exact";
  std::string semantics = "integer";
  std::string batch_norm = "fma";
  std::string inputs;                   // an .npz; empty: nothing is observed
  std::optional<std::string> executor;  // runs them and the witnesses
  std::string witness;                  // the folder for witnesses; empty: none is run
  std::optional<std::size_t> curves;    // draws so many channels of each tail
  bool allow_unproved = false;
  bool ideal_distance = false;
  int threads = 1;
};

// Who made the program after, where it was no file.
struct MadeBy {
  std::optional<fold::FoldResult> fold;
  std::optional<reports::PassSaid> pass;
  bool raised = false;  // the pass came to no program
};

struct Verified {
  MadeBy made;
  std::unique_ptr<prove::Observations> observed;  // what the inputs produced; may be null
  prove::ProveOptions options;                    // what the proof was held to
  prove::Verification verification;
  // Where ExecuTorch's QuantFusion would raise on the two programs.
  std::vector<ir::Miss> crashes_before;
  std::vector<ir::Miss> crashes_after;
  std::optional<reports::Pictures> pictures;  // where they were asked for
  reports::RunFacts facts;
  ExitCode exit = ExitCode::kHolds;
};

// Reads or makes both programs, proves, and runs the inputs and the witnesses that were asked for.
// Throws Error(kUsage) where the options contradict each other, Error(kInput) of a file.
// `progress` is told how many channels are done, of how many.
Verified Verify(const VerificationOptions& options,
                std::function<void(std::int64_t, std::int64_t)> progress = {});

// The report of it, with the pictures or without. Reads the files once more, for their hashes.
nlohmann::ordered_json ReportOf(const VerificationOptions& options, const Verified& verified,
                                bool pictures = false);

// Takes out of a report of verify what it cost: the block "run" and each site's "evaluations". What
// is left is the same for the same programs, options and version.
void EraseCost(nlohmann::ordered_json& report);

}  // namespace foldproof::cli
