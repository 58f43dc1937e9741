// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/tail/tail.h"
#include "harness/prove/verdict/channel_verdict.h"
#include "harness/prove/verdict/observations.h"

namespace foldproof::prove {

class ProofMemory;
struct JudgeScratch;

// The arithmetic of the after-program: PyTorch's on integers, or that of an integer kernel up to
// each conv's first quantizer. The before-program's is always PyTorch's.
enum class Semantics { kInteger, kKernelQ31, kKernelTosa };

// How much of a proof is done: sites, and the channels of all sites.
struct ProofProgress {
  std::int64_t sites = 0;
  std::int64_t of_sites = 0;
  std::int64_t channels = 0;
  std::int64_t of_channels = 0;
};

struct ProveOptions {
  JudgeOptions judge{std::nullopt, 0.01, Domain::kCalibrated, std::int64_t{1} << 24};
  // Tolerances of single sites instead of judge.tolerance_lsb, by the name of the before-program's
  // conv; nullopt: derived.
  std::map<std::string, std::optional<double>> site_tolerances{};
  Reach reach = Reach::kExact;
  Semantics semantics = Semantics::kInteger;
  BatchNormVariant batch_norm = BatchNormVariant::kFma;
  FloatBox float_box{};                    // of convs that read floats
  const Observations* observed = nullptr;  // of the before-program; Domain::kObserved needs it
  int threads = 1;
  ProofMemory* memory = nullptr;    // answers of other proofs, and for others; null: none
  JudgeScratch* scratch = nullptr;  // memory that many proofs on one thread use again
  std::function<void(const ProofProgress&)> progress;  // called now and then; may be empty
};

}  // namespace foldproof::prove
