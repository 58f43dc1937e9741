// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace foldproof::fuzz {

// A property that does not hold. `rule` is the stable name of what is wrong: a cause of the proof,
// a structure finding, or one of
//   pass-raises           the pass throws where it should refuse
//   pass-dies, pass-hangs, pass-prints-rubbish, signature-changed
//                         what an external pass may do besides (docs/worker.md)
//   program-unusable      what it made is no whole program
//   chain-survives        it left a chain that can be folded
//   not-idempotent        folding again changes something
//   forms-differ          the two forms of the program are folded differently
//   float-bias-quantized  the bias of a convolution that nothing quantizes got codes, and no
//                         batch_norm was folded into it
//   nonfinite-written     a constant or scale that it wrote is NaN or infinite
//   quant-fusion-crash    QuantFusion would crash on the result, and not before
//   executor-disagrees    a run shows a larger difference than was proved
//   run-differs           what the proof leaves open, a run moves by an eighth of an output
//   needlessly-coarse     a repaired quantizer is coarser than the shifted range needs
//   not-itself            the prover finds a program unequal to itself
//   round-trip            the program is another one after it was written and read
//   internal-error        foldproof itself threw, crashed or hung: a fault of ours, not of the pass
inline constexpr char kInternalError[] = "internal-error";
inline constexpr char kPassHangs[] = "pass-hangs";

// Those that no report of a proof has (docs/fuzzing.md).
inline constexpr const char* kOwnRules[] = {
    kInternalError,   "executor-disagrees", "float-bias-quantized",
    "forms-differ",   "needlessly-coarse",  "nonfinite-written",
    "not-idempotent", "not-itself",         "round-trip"};

struct Finding {
  std::string rule;
  std::string node;
  std::string detail;
};

}  // namespace foldproof::fuzz
