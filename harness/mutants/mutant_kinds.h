// SPDX-License-Identifier: BSD-3-Clause
//
// The mutants of each kind, and what they are put together from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "harness/mutants/mutant.h"

namespace foldproof::mutants {

std::vector<Mutant> GuardMutants();       // a guard is not asked
std::vector<Mutant> ConstantMutants();    // C is another
std::vector<Mutant> CodeMutants();        // C goes into the bias's codes wrongly
std::vector<Mutant> BiasMutants();        // biases are prepared, or shared, wrongly
std::vector<Mutant> RepairMutants();      // the quantizer is repaired wrongly
std::vector<Mutant> ChainMutants();       // a chain is not seen, or misread
std::vector<Mutant> NormMutants();        // FoldConvBN matches, asks or edits wrongly
std::vector<Mutant> NormNumberMutants();  // FoldConvBN's factors, weights or biases are others
std::vector<Mutant> ProgramMutants();     // the passes' order, the signature

// int32 is not asked whether it holds accumulator and bias: what a wrong code does is then not
// refused for that reason before it shows.
inline std::optional<ir::Miss> HoldsAnySum(const ir::Program&, const ir::Node&,
                                           std::span<const std::int32_t>) {
  return std::nullopt;
}

// The engine under `policy` with what `change` does to its rules.
template <typename Change>
Mutant MutantOf(std::string_view name, std::string_view breaks, fold::Policy policy,
                Change change) {
  Mutant mutant{name, breaks, {}};
  mutant.options.policy = policy;
  change(mutant.options.rules);
  return mutant;
}

// FoldConvBN under `policy` and `mode` with what `change` does to its rules.
template <typename Change>
Mutant NormMutantOf(std::string_view name, std::string_view breaks, fold::Policy policy,
                    fold::CodesMode mode, Change change) {
  Mutant mutant{name, breaks, {}};
  mutant.options.pass = fold::FoldPass::kConvBn;
  mutant.options.policy = policy;
  mutant.options.weights = mode;
  change(mutant.options.rules.norm);
  return mutant;
}

}  // namespace foldproof::mutants
