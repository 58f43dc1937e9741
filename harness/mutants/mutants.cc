// SPDX-License-Identifier: BSD-3-Clause
#include "harness/mutants/mutants.h"

#include <vector>

#include "harness/mutants/mutant_kinds.h"

namespace foldproof::mutants {

std::span<const Mutant> Mutants() {
  static const std::vector<Mutant> all = [] {
    std::vector<Mutant> mutants;
    for (const auto kind : {GuardMutants, ConstantMutants, CodeMutants, BiasMutants, RepairMutants,
                            ChainMutants, ProgramMutants, NormMutants, NormNumberMutants}) {
      for (Mutant& mutant : kind()) mutants.push_back(std::move(mutant));
    }
    return mutants;
  }();
  return all;
}

}  // namespace foldproof::mutants
