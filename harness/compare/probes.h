// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/prove/judge/prover.h"
#include "harness/prove/witness/witness_input.h"

namespace foldproof::compare {

// An input that makes an accumulator which the proof named.
struct Probe {
  std::size_t site = 0;  // index into the proof's sites
  std::size_t tail = 0;
  prove::Witness witness;
  prove::WitnessInput input;
};

struct Probes {
  std::vector<Probe> probes;
  std::vector<std::string> missing;  // a reason for each that could not be made
};

// For every tail: its witness, and the accumulators that the proof says are worst over the
// reachable and over the calibrated domain, in the `channels` worst channels of each.
Probes MakeProbes(const prove::Side& before, const prove::Proof& proof, std::size_t channels);

// The program's inputs for a probe of level program: the probe's own, zeros for all others. Throws
// Error(kInput) where a shape is not known.
exec::Tensors InputsOf(const ir::Program& program, const prove::WitnessInput& input);

}  // namespace foldproof::compare
