// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/unary.h"

#include <algorithm>

#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/constants/function_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"

namespace foldproof::prove::tail_op {
namespace {

using Kind = ir::Unary::Kind;

}  // namespace

std::optional<Unary> Unary::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Unary>();
  if (op == nullptr || !reader.ResultHasType(ir::ScalarType::kFloat32)) return std::nullopt;
  const auto reg = reader.Input(op->input);
  if (!reg || !reader.HasType(*reg, ir::ScalarType::kFloat32)) return std::nullopt;
  // Nothing is known of what kernels give with other parameters.
  if (!IsMeasured(op->kind, op->parameters)) return std::nullopt;
  return Unary{{*reg}, op->kind, op->parameters};
}

bool Unary::IsBitExact() const { return prove::IsBitExact(function); }

void Unary::Evaluate(PointBlock& block) const {
  const OperandPoints x = block.Read(input);
  const std::size_t n = block.size();
  if (block.exact()) return ApplyExact(function, parameters, {x.low, n}, block.low());
  ApplyInterval(function, parameters, {x.low, n}, {x.high, n}, block.low(), block.high());
}

std::optional<int> Unary::Direction(const Directions& known) const {
  switch (function) {
    case Kind::kRelu: return known.At(input);
    case Kind::kNeg: return Turned(known.At(input), -1);
    case Kind::kLeakyRelu: return parameters[0] >= 0 ? known.At(input) : std::nullopt;
    default: return std::nullopt;
  }
}

LinearForm Unary::Line(const Lines& known) const {
  const LinearForm x = known.At(input);
  return function == Kind::kNeg ? LinearForm{-x.slope, -x.offset} : x;
}

void Unary::Ideal(const IdealBlock& known, std::span<double> out) const {
  ForEachIdeal(out, known.Read(input),
               [this](double x) { return ApplyIdeal(function, parameters, x); });
}

std::optional<TaylorModel> Unary::Model(const IdealModels& known) const {
  return ModelOf(function, parameters, known.At(input));
}

int Unary::Degree(const Degrees& known) const {
  const int degree = known.At(input);
  switch (function) {
    case Kind::kNeg: return degree;
    case Kind::kRelu:
    case Kind::kAbs:
    case Kind::kLeakyRelu:
    case Kind::kHardsigmoid: return OfLinesAlone(degree);
    case Kind::kHardswish: return degree <= 1 ? 2 * degree : kNoPolynomial;
    default: return degree == 0 ? 0 : kNoPolynomial;
  }
}

Kinks Unary::FindKinks() const {
  if (function == Kind::kNeg) return {};
  const bool is_hard = function == Kind::kHardswish || function == Kind::kHardsigmoid;
  Kinks out;
  out.levels = is_hard ? std::vector{-3.0, 3.0} : std::vector{0.0};
  out.number = [reg = input](const IdealBlock& at, std::size_t i) { return at.Read(reg)[i]; };
  return out;
}

// e L + four roundings, where L is the largest |f'|
double Unary::Deviation(const Deviations& known, std::uint32_t to) const {
  return known.At(input) * LipschitzBound(function, parameters) + known.Round(to, 4);
}

std::optional<exec::Activation> Unary::AsActivation() const {
  if (function == Kind::kRelu) return exec::Activation{0.0, {}};
  return std::nullopt;
}

}  // namespace foldproof::prove::tail_op
