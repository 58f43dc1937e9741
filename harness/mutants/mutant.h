// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <utility>

#include "src/fold/pipeline.h"

namespace foldproof::mutants {

struct Mutant {
  std::string_view name;    // "eps-forgotten"; stable
  std::string_view breaks;  // the part that is broken, and how
  // The policy that the fault shows under, and the broken part among its rules.
  fold::FoldOptions options;
  // The engine, or what goes wrong around it.
  fold::FoldResult (*fold)(ir::Program, const fold::FoldOptions&) = fold::Fold;

  // Throws what the engine throws, and Error(kInput) where the fault is to raise an exception.
  fold::FoldResult Run(ir::Program program) const { return fold(std::move(program), options); }
  // The engine without the fault.
  fold::FoldOptions Engine() const {
    fold::FoldOptions engine;
    engine.policy = options.policy;
    engine.pass = options.pass;
    engine.weights = options.weights;
    return engine;
  }
};

}  // namespace foldproof::mutants
