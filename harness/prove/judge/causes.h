// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/prove/verdict/proof.h"
#include "harness/prove/verdict/prove_options.h"

namespace foldproof::prove {

// Names why the tail differs (and why accumulators are undefined): fills `tail.causes`. Rules:
//   saturation        a quantizer of one side clips where the other side's does not
//   coarser-quantizer after's frontier has a larger scale than before's
//   nonfinite         after computes NaN or Inf where before is finite
//   undefined-before  before computes NaN, or a frontier value that is not finite
//   bias-wrap, bias-clamp, bias-rounding   the int32 bias cannot hold what the fold needs
//   eps-mismatch, numerator-mismatch, variance-mismatch, alpha-ignored, folded-twice, bias-missing
//                     the constant that was folded is another one than the program's
//   ideal-gap         the folded constant is wrong, and none of these explains it
//   rounding          none of the above: more rounding than the tolerance allows
void FindCauses(const Side& before, const Side& after, const MatchedSite& site,
                const PairPlan& pair, const ProveOptions& options, TailVerdict& tail);

}  // namespace foldproof::prove
