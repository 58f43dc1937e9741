// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/prove/verdict/proof.h"
#include "harness/prove/verdict/prove_options.h"

namespace foldproof::prove {

// Proves how far apart two programs can be, site by site, over every input (docs/proof.md). Both
// sides outlive the proof. Throws Error(kInput) where the two cannot be compared at all.
Proof Prove(const Side& before, const Side& after, const ProveOptions& options);

}  // namespace foldproof::prove
