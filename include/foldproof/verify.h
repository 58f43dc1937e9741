// SPDX-License-Identifier: BSD-3-Clause
//
// Does a fold keep a program's numbers, for every input?
//
//     #include <foldproof/verify.h>
//
//     const auto before = foldproof::Program::Read("model.before.pt2");
//     const auto after = foldproof::Program::Read("model.after.pt2");
//     const foldproof::Report report = foldproof::Verify(before, after);
//     if (!report.holds()) std::cout << report.Summary();
#pragma once

#include <foldproof/program.h>
#include <foldproof/report.h>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace foldproof {

// The accumulators that the verdict is about (docs/proof.md, "Domains").
enum class Domain { kCalibrated, kReachable, kObserved };

// The arithmetic of the program after: PyTorch's, or an integer kernel's behind each convolution.
enum class Semantics { kInteger, kKernelQ31, kKernelTosa };

struct VerifyOptions {
  std::optional<double> tolerance_lsb;         // nullopt: derived from the two programs
  std::optional<double> ideal_gap_lsb = 0.01;  // above half a bias step; nullopt: not held to
  Domain domain = Domain::kCalibrated;
  Semantics semantics = Semantics::kInteger;
  bool exact_reach = true;       // the accumulators that an input produces; else their interval
  bool fused_batch_norm = true;  // the batch_norm kernel uses fused multiply-add
  // What every float is taken to lie in that a convolution reads, where nothing says more.
  std::pair<double, double> input_range{-1, 1};
  bool allow_unproved = false;
  std::string inputs;          // an .npz, whose accumulators are observed; empty: none
  std::string witness_folder;  // witnesses are written there and run; empty: they are not
  int threads = 1;
  // Told now and then how many of how many channels are done; may be empty.
  std::function<void(std::int64_t done, std::int64_t of)> progress;
};

// Proves or refutes that `after` computes what `before` computes. The same programs and options
// give the same report, whatever the number of threads. Throws Failure.
Report Verify(const Program& before, const Program& after, const VerifyOptions& options = {});

}  // namespace foldproof
