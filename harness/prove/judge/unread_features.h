// SPDX-License-Identifier: BSD-3-Clause
//
// Features of a program that keep convs from being judged, in the words of who uses them.
#pragma once

#include <vector>

#include "harness/prove/sites/site_match.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

// Why parts of the two programs are not looked into: batch_norms in training mode, dynamic
// quantization, control flow, and quantizers made of operators of their own. To be told where
// something is unproved.
std::vector<UnprovedPart> UnreadFeatures(const Side& before, const Side& after);

// Whether any node quantizes or dequantizes.
bool IsQuantized(const FunctionalView& view);

}  // namespace foldproof::prove
