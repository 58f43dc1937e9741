// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/div.h"

#include <cmath>
#include <functional>
#include <limits>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/constants/function_models.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"
#include "harness/prove/tail/op/point_interval.h"

namespace foldproof::prove::tail_op {
namespace {

using Rounding = ir::Binary::Rounding;

float Quotient(Rounding rounding, float a, float b) {
  switch (rounding) {
    case Rounding::kNone: return a / b;
    case Rounding::kTrunc: return std::trunc(a / b);
    case Rounding::kFloor: return FloorDivide(a, b);
  }
  return a / b;
}

FOLDPROOF_VECTOR_CLONES
void DividePoints(Rounding rounding, const OperandPoints& a, const OperandPoints& b,
                  std::span<float> out) {
  if (rounding == Rounding::kNone) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = a.Low(i) / b.Low(i);
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = Quotient(rounding, a.Low(i), b.Low(i));
}

FOLDPROOF_VECTOR_CLONES
void DivideIdeal(Rounding rounding, const IdealPointsOf& a, const IdealPointsOf& b,
                 std::span<double> out) {
  switch (rounding) {
    case Rounding::kNone: return ForEachIdeal(out, a, b, std::divides<double>());
    case Rounding::kFloor:
      return ForEachIdeal(out, a, b, [](double x, double y) { return std::floor(x / y); });
    case Rounding::kTrunc:
      return ForEachIdeal(out, a, b, [](double x, double y) { return std::trunc(x / y); });
  }
}

}  // namespace

std::optional<Div> Div::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Binary>();
  if (op == nullptr || op->kind != ir::Binary::Kind::kDiv) return std::nullopt;
  auto operands = reader.Operands(*op);
  if (!operands) return std::nullopt;
  return Div{{std::move(operands->first), std::move(operands->second)}, op->rounding};
}

// A quotient by an interval around 0 can be anything.
void Div::Evaluate(PointBlock& block) const {
  const OperandPoints a = block.Read(left);
  const OperandPoints b = block.Read(right);
  if (block.exact()) return DividePoints(rounding, a, b, block.low());
  // An interval of both ends 0 may be a zero of either sign.
  const auto* divisor = std::get_if<std::uint32_t>(&right);
  const bool is_open = divisor != nullptr && !block.exact(*divisor);
  const auto quotient = [this](float x, float y) { return Quotient(rounding, x, y); };
  ForEachInterval(a, b, block.low(), block.high(),
                  [quotient, is_open](float a_low, float a_high, float b_low, float b_high) {
                    if (b_low <= 0 && b_high >= 0 && (is_open || b_low != b_high)) {
                      const float inf = std::numeric_limits<float>::infinity();
                      return PointInterval{-inf, inf};
                    }
                    return HullOfEnds(a_low, a_high, b_low, b_high, quotient);
                  });
}

// x / 0 and c / x jump; floor and trunc are monotone behind a monotone quotient.
std::optional<int> Div::Direction(const Directions& known) const {
  const auto* divisor = std::get_if<ChannelConstant>(&right);
  if (divisor == nullptr || divisor->At(known.channel()) == 0) return std::nullopt;
  return Turned(known.At(left), SignOf(divisor->At(known.channel())));
}

LinearForm Div::Line(const Lines& known) const {
  const LinearForm a = known.At(left);
  const double b = known.At(right).offset;
  return {a.slope / b, a.offset / b};
}

void Div::Ideal(const IdealBlock& known, std::span<double> out) const {
  DivideIdeal(rounding, known.Read(left), known.Read(right), out);
}

std::optional<TaylorModel> Div::Model(const CellModels& known) const {
  const TaylorModel a = known.At(left);
  TaylorModel quotient;
  if (const auto* divisor = std::get_if<ChannelConstant>(&right)) {
    quotient = a * (1 / known.Number(*divisor));
  } else {
    const auto reciprocal = ReciprocalModel(known.At(right));
    if (!reciprocal) return std::nullopt;
    quotient = a * *reciprocal;
  }
  if (rounding == Rounding::kNone) return known.Rounded(quotient);
  if (known.is_float()) return std::nullopt;  // its steps are those of a rounded quotient
  const auto rounded = [this](double x) {
    return rounding == Rounding::kFloor ? std::floor(x) : std::trunc(x);
  };
  const double low = rounded(quotient.Low());
  if (low != rounded(quotient.High())) return std::nullopt;
  return TaylorModel::Constant(low);
}

int Div::Degree(const Degrees& known) const {
  if (known.At(right) != 0) return kNoPolynomial;
  if (rounding == Rounding::kNone) return known.At(left);
  return known.At(left) <= 1 ? 0 : kNoPolynomial;
}

Kinks Div::FindKinks() const {
  if (rounding == Rounding::kNone) return {};
  Kinks out;
  out.steps_at_integers = true;
  out.number = [a = left, b = right](const IdealBlock& at, std::size_t i) {
    return at.Read(a)[i] / at.Read(b)[i];
  };
  return out;
}

// e_a / |b| + four roundings, and 1 where the quotient is rounded to an integer; there is no bound
// where the divisor varies, unless neither operand is off. The program's b may be e_b smaller:
// (e_a + |a / b| e_b) / (|b| - e_b).
double Div::Deviation(const Deviations& known, std::uint32_t to) const {
  if (std::holds_alternative<std::uint32_t>(right)) {
    const bool is_off = known.At(left) != 0 || known.At(right) != 0;
    return is_off ? std::numeric_limits<double>::infinity() : known.Round(to, 4);
  }
  const double jump = rounding == Rounding::kNone ? 0 : 1;
  const auto& constant = std::get<ChannelConstant>(right);
  const double divisor = std::abs(constant.IdealAt(known.channel())) - known.OffIdeal(constant);
  if (!(divisor > 0)) return std::numeric_limits<double>::infinity();
  return (known.At(left) + known.SizeOf(to) * known.At(right)) / divisor + jump +
         known.Round(to, 4);
}

}  // namespace foldproof::prove::tail_op
