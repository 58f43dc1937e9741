// SPDX-License-Identifier: BSD-3-Clause
//
// Single questions about a program or a pair of them.
#pragma once

#include <optional>
#include <string>

#include "fuzz/finding.h"
#include "harness/exec/executor.h"
#include "src/fold/folded_weight.h"
#include "src/ir/program.h"

namespace foldproof::fuzz {

// A constant or a scale that is new in `after` and NaN or infinite.
std::optional<Finding> NonfiniteWritten(const ir::Program& before, const ir::Program& after);

// A node on which QuantFusion would crash in `after`; nothing where it would in `before` too.
std::optional<Finding> NewQuantFusionCrash(const ir::Program& before, const ir::Program& after);

// A chain that our own guarded engine would still fold.
std::optional<Finding> FoldableChainIn(const ir::Program& program);
// A batch_norm that it would still fold into weights.
std::optional<Finding> FoldableNormIn(const ir::Program& program, fold::CodesMode weights);

// Whether the convolution or linear `name` has a constant of floats for a bias.
bool HasFloatBias(const ir::Program& program, const std::string& name);
// Whether it has, and no quantizer reads its value, directly or through relu or bounds.
bool IsUnquantizedFloatBiasConv(const ir::Program& program, const std::string& name);

// Whether the batch_norm behind the convolution `name` of `before`, the first along first readers,
// is gone in `after`.
bool IsFoldedBehind(const ir::Program& before, const ir::Program& after, const std::string& name);

// The program's one input with numbers of its input quantizer's range; the same for one program.
exec::Tensors SomeInput(const ir::Program& program);

// max |a - b|, 0 where both are NaN or equally infinite; infinite where one alone is not finite.
double LargestDifference(const exec::Tensor& a, const exec::Tensor& b);

// The largest finite |a|.
double LargestMagnitude(const exec::Tensor& a);

// What of `program` is another after it was written as a file and read.
std::optional<Finding> LostInRoundTrip(const ir::Program& program);

// The same operators in the same order with equal constants, whatever their names.
bool SameConstantsAndOperators(const ir::Program& a, const ir::Program& b);

}  // namespace foldproof::fuzz
