// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/unary.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/constants/function_models.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"
#include "src/base/infinity.h"

namespace foldproof::prove::tail_op {
namespace {

using Kind = ir::Unary::Kind;

// What float32 rounds where e is 0: four roundings; as a bound also what was measured of kernels.
double RoundingOf(const Unary& unary, const Deviations& known, std::uint32_t to) {
  const double rounding = known.Round(to, 4);
  if (!known.is_bound()) return rounding;
  const auto [low, high] = known.RangeOf(unary.input);
  const double e = known.At(unary.input);
  // Further out the numbers leave float32.
  constexpr double kMost = std::numeric_limits<float>::max() / 2;
  if (!(low - e >= -kMost && high + e <= kMost)) return kInfinity;
  const float from = std::nextafter(static_cast<float>(low - e), -kInfinity);
  const float up_to = std::nextafter(static_cast<float>(high + e), kInfinity);
  return std::max(rounding, LargestKernelError(unary.function, unary.parameters, from, up_to));
}

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

// softshrink's numbers are exact, but for the sign of its zeros.
bool Unary::IsBitExact() const {
  return function == Kind::kSoftshrink || prove::IsBitExact(function);
}

void Unary::Evaluate(PointBlock& block) const {
  const OperandPoints x = block.Read(input);
  const std::size_t n = block.size();
  if (function == Kind::kSoftshrink) block.set_exact(false);
  if (block.exact()) return ApplyExact(function, parameters, {x.low, n}, block.low());
  ApplyInterval(function, parameters, {x.low, n}, {x.high, n}, block.low(), block.high());
}

std::optional<int> Unary::Direction(const Directions& known) const {
  switch (function) {
    case Kind::kRelu: return known.At(input);
    case Kind::kNeg: return Turned(known.At(input), -1);
    case Kind::kLeakyRelu: return parameters[0] >= 0 ? known.At(input) : std::nullopt;
    case Kind::kRound:
    case Kind::kFloor:
    case Kind::kCeil:
    case Kind::kTrunc:
    case Kind::kSign:
    case Kind::kCube:
    case Kind::kHardshrink:
    case Kind::kSoftshrink: return known.At(input);
    // What is above the threshold must be no less than the value below it.
    case Kind::kThreshold:
      return static_cast<float>(parameters[1]) <= static_cast<float>(parameters[0])
                 ? known.At(input)
                 : std::nullopt;
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

std::optional<TaylorModel> Unary::Model(const CellModels& known) const {
  const TaylorModel x = known.At(input);
  if (!known.is_float()) return ModelOf(function, parameters, x);
  std::array<double, 3> numbers{};
  std::ranges::transform(parameters, numbers.begin(), [&](double p) { return known.Number(p); });
  const auto exact = ModelOf(function, numbers, x);
  if (!exact) return std::nullopt;
  const float low = std::nextafter(static_cast<float>(x.Low() - x.Slack()), -kInfinity);
  const float high = std::nextafter(static_cast<float>(x.High() + x.Slack()), kInfinity);
  return CellModels::Widened(*exact, LargestKernelError(function, parameters, low, high));
}

int Unary::Degree(const Degrees& known) const {
  const int degree = known.At(input);
  switch (function) {
    case Kind::kNeg: return degree;
    case Kind::kRelu:
    case Kind::kAbs:
    case Kind::kLeakyRelu:
    case Kind::kHardsigmoid:
    case Kind::kFrac:
    case Kind::kThreshold:
    case Kind::kHardshrink:
    case Kind::kSoftshrink: return OfLinesAlone(degree);
    case Kind::kRound:
    case Kind::kFloor:
    case Kind::kCeil:
    case Kind::kTrunc:
    case Kind::kSign: return degree <= 1 ? 0 : kNoPolynomial;
    case Kind::kSquare:
    case Kind::kHardswish: return degree <= 1 ? 2 * degree : kNoPolynomial;
    default: return degree == 0 ? 0 : kNoPolynomial;
  }
}

Kinks Unary::FindKinks() const {
  Kinks out;
  switch (function) {
    case Kind::kNeg:
    case Kind::kSquare: return {};
    case Kind::kHardswish:
    case Kind::kHardsigmoid: out.levels = {-3.0, 3.0}; break;
    case Kind::kThreshold: out.levels = {parameters[0]}; break;
    case Kind::kHardshrink:
    case Kind::kSoftshrink: out.levels = {-parameters[0], parameters[0]}; break;
    case Kind::kRound:
      out.steps_at_integers = true;
      out.number = [reg = input](const IdealBlock& at, std::size_t i) {
        return at.Read(reg)[i] - 0.5;
      };
      return out;
    case Kind::kFloor:
    case Kind::kCeil:
    case Kind::kTrunc:
    case Kind::kFrac: out.steps_at_integers = true; break;
    default: out.levels = {0.0}; break;
  }
  out.steps_at_levels = LargestStep(function, parameters) > 0;
  out.number = [reg = input](const IdealBlock& at, std::size_t i) { return at.Read(reg)[i]; };
  return out;
}

// e L + four roundings, where L is the largest |f'| of numbers that the operand may be, and the
// largest step of a function that has some. A power's slope is that of the largest number that its
// operand is: (|x| + e)^2 - |x|^2, and with exponent 3 likewise.
double Unary::Deviation(const Deviations& known, std::uint32_t to) const {
  const double e = known.At(input), size = known.SizeOf(input);
  if (function == Kind::kSquare) return e * (2 * size + e) + RoundingOf(*this, known, to);
  if (function == Kind::kCube) {
    return e * (3 * size * size + 3 * size * e + e * e) + RoundingOf(*this, known, to);
  }
  const double step = e > 0 ? LargestStep(function, parameters) : 0;
  if (e == 0) return RoundingOf(*this, known, to);
  double slope = LipschitzBound(function, parameters);
  if (std::isinf(slope)) {
    const auto [low, high] = known.RangeOf(input);
    slope = LipschitzBoundOver(function, parameters, low - e, high + e);
  }
  return step + e * slope + RoundingOf(*this, known, to);
}

std::optional<exec::Activation> Unary::AsActivation() const {
  if (function == Kind::kRelu) return exec::Activation{0.0, {}};
  return std::nullopt;
}

}  // namespace foldproof::prove::tail_op
