// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "harness/prove/sites/site_match.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

// What is wrong with a program as it stands, whatever its numbers:
//   chain-survives               the add/div/batch_norm of a QAT simulation is still behind a conv
//   float-op-between-quantizers  batch_norm, or an add, sub, mul, div with a float constant, or a
//   sqrt, is
//                                left where QuantFusion expects dequantize -> op -> quantize
//   bias-length, bias-dtype      a conv's bias is not one float a channel
//   stale-signature              an output's name in the signature is not the graph's
std::vector<StructureFinding> FindStructure(const FunctionalView& view);

// The findings of both programs: those of after (first those that before has not, by rule and
// operator), and what makes the two incomparable or is proved changed (signature-changed,
// other-user-changed).
std::vector<StructureFinding> CompareStructure(const FunctionalView& before,
                                               const FunctionalView& after,
                                               const Matching& matching);

}  // namespace foldproof::prove
