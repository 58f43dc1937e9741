// SPDX-License-Identifier: BSD-3-Clause
//
// The list of a tail's operators, and for each part of what one of them means (parts.h) a function
// that asks whichever it is. To add an operator is to write its file and to name it here; until all
// of its parts are there, tail_operator.cc does not compile.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>

#include "harness/prove/tail/op/add.h"
#include "harness/prove/tail/op/affine.h"
#include "harness/prove/tail/op/cast.h"
#include "harness/prove/tail/op/clamp.h"
#include "harness/prove/tail/op/compare.h"
#include "harness/prove/tail/op/dequantize.h"
#include "harness/prove/tail/op/div.h"
#include "harness/prove/tail/op/extremum.h"
#include "harness/prove/tail/op/move.h"
#include "harness/prove/tail/op/mul.h"
#include "harness/prove/tail/op/parts.h"
#include "harness/prove/tail/op/prelu.h"
#include "harness/prove/tail/op/quantize.h"
#include "harness/prove/tail/op/requantize.h"
#include "harness/prove/tail/op/unary.h"
#include "harness/prove/tail/op/where.h"

namespace foldproof::prove {

using TailOperator = std::variant<tail_op::Quantize, tail_op::Requantize, tail_op::Dequantize,
                                  tail_op::Add, tail_op::Mul, tail_op::Div, tail_op::Extremum,
                                  tail_op::Affine, tail_op::Unary, tail_op::Prelu, tail_op::Clamp,
                                  tail_op::Compare, tail_op::Where, tail_op::Move, tail_op::Cast>;

// The operator that the node of `reader` is, and in reader.result the register that it makes;
// nullopt where it is none of the list, or what it reads does not allow it.
std::optional<TailOperator> BuildOperator(NodeReader& reader);

RegisterList ReadsOf(const TailOperator& op);
Role RoleOf(const TailOperator& op);
bool IsBitExact(const TailOperator& op);
// Says first whether the result is exact: where the operator is, and all that it reads.
void Evaluate(const TailOperator& op, PointBlock& block);
std::optional<int> DirectionOf(const TailOperator& op, const Directions& known);
LinearForm LineOf(const TailOperator& op, const Lines& known);
void ComputeIdeal(const TailOperator& op, const IdealBlock& known, std::span<double> out);
std::optional<TaylorModel> ModelOf(const TailOperator& op, const CellModels& known);
int DegreeOf(const TailOperator& op, const Degrees& known);
Kinks KinksOf(const TailOperator& op);
double DeviationOf(const TailOperator& op, const Deviations& known, std::uint32_t to);
std::optional<exec::Activation> ActivationOf(const TailOperator& op);

// The parts of quantizers; `op` must be one.
const ir::QuantParams& ParamsOf(const TailOperator& op);
double DeviationBeforeRounding(const TailOperator& op, const Deviations& known);
std::optional<Direction> OwnDirectionOf(const TailOperator& op, std::size_t channel,
                                        std::int64_t low, std::int64_t high);
void ComputeExtendedCodes(const TailOperator& op, const PointBlock& block, IntervalEnd end,
                          std::span<float> codes);

inline bool IsQuantizer(const TailOperator& op) { return RoleOf(op) == Role::kQuantizer; }

}  // namespace foldproof::prove
