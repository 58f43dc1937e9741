// SPDX-License-Identifier: BSD-3-Clause
//
// Programs whose inputs have symbols for sizes, at numbers that are chosen: there a witness can be
// built, and run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/prove/judge/prover.h"
#include "harness/verify/witness_executors.h"

namespace foldproof::verify {

// A number for each symbol in the sizes of a program's inputs, by the symbol's text.
using ChosenSizes = std::map<std::string, std::int64_t>;

// What to try, smaller sizes first: numbers that a call of `program` may give its sizes (those of
// the range constraints; the traced ones alone where it has further conditions). Empty where no
// size of an input is a symbol, or one is an expression.
std::vector<ChosenSizes> SizesToTry(const ir::Program& program);

// `program` with numbers for the sizes of all values that a run on zeros of these sizes makes.
// nullopt where `executor` cannot run it.
std::optional<ir::Program> AtSizes(const ir::Program& program, const ChosenSizes& sizes,
                                   exec::Executor& executor);

// Looks for sizes at which the two programs are proved to differ and a run confirms it, and gives
// the witnesses of `proof` that could not be built the ones from there. What confirms nothing
// changes nothing. The witnesses' inputs are written into `folder`.
void ConfirmAtChosenSizes(const ir::Program& before, const ir::Program& after,
                          const prove::ProveOptions& options, WitnessExecutors& executors,
                          const std::filesystem::path& folder, prove::Proof& proof);

}  // namespace foldproof::verify
