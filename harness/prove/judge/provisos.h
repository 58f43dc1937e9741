// SPDX-License-Identifier: BSD-3-Clause
//
// What a verdict that holds leaves open, in words for whoever relies on it (docs/proof.md,
// "Verdicts").
#pragma once

#include "harness/prove/verdict/proof.h"

namespace foldproof::prove {

// Fills `without_nan` and `provisos` of the proof's verification from its sites.
void TellProvisos(Proof& proof);

}  // namespace foldproof::prove
