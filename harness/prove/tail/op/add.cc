// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/add.h"

#include <algorithm>
#include <cmath>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"
#include "harness/prove/tail/op/point_interval.h"

namespace foldproof::prove::tail_op {
namespace {

FOLDPROOF_VECTOR_CLONES
void AddPoints(const OperandPoints& a, const OperandPoints& b, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a.Low(i) + b.Low(i);
}

FOLDPROOF_VECTOR_CLONES
void AddMultiples(float alpha, const OperandPoints& a, const OperandPoints& b,
                  std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a.Low(i) + alpha * b.Low(i);
}

}  // namespace

std::optional<Add> Add::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Binary>();
  if (op == nullptr) return std::nullopt;
  const bool is_sub = op->kind == ir::Binary::Kind::kSub;
  if (op->kind != ir::Binary::Kind::kAdd && !is_sub) return std::nullopt;
  auto operands = reader.Operands(*op);
  if (!operands) return std::nullopt;
  const double factor = std::visit([](auto x) { return static_cast<double>(x); }, op->alpha);
  const double signed_factor = is_sub ? -factor : factor;
  return Add{{std::move(operands->first), std::move(operands->second)},
             static_cast<float>(signed_factor),
             signed_factor};
}

// A power of two times b is exact, fused or not.
bool Add::IsBitExact() const {
  int exponent = 0;
  return std::abs(std::frexp(alpha, &exponent)) == 0.5f;
}

void Add::Evaluate(PointBlock& block) const {
  const OperandPoints a = block.Read(left);
  const OperandPoints b = block.Read(right);
  if (block.exact()) {
    return alpha == 1 ? AddPoints(a, b, block.low()) : AddMultiples(alpha, a, b, block.low());
  }
  ForEachInterval(a, b, block.low(), block.high(),
                  [this](float a_low, float a_high, float b_low, float b_high) {
                    const auto plain = [this](float x, float y) { return x + alpha * y; };
                    const auto fused = [this](float x, float y) { return std::fma(alpha, y, x); };
                    const PointInterval one = HullOfEnds(a_low, a_high, b_low, b_high, plain);
                    const PointInterval other = HullOfEnds(a_low, a_high, b_low, b_high, fused);
                    return Hull({one.low, one.high, other.low, other.high});
                  });
}

// Two operands of one direction may be added.
std::optional<int> Add::Direction(const Directions& known) const {
  return DirectionOfSum(known.At(left), Turned(known.At(right), SignOf(alpha)));
}

LinearForm Add::Line(const Lines& known) const {
  const auto factor = static_cast<double>(alpha);
  const LinearForm a = known.At(left), b = known.At(right);
  return {a.slope + factor * b.slope, a.offset + factor * b.offset};
}

void Add::Ideal(const IdealBlock& known, std::span<double> out) const {
  const double factor = ideal_alpha;
  ForEachIdeal(out, known.Read(left), known.Read(right),
               [factor](double a, double b) { return a + factor * b; });
}

std::optional<TaylorModel> Add::Model(const CellModels& known) const {
  TaylorModel multiple = known.At(right);
  multiple = multiple * (known.is_float() ? static_cast<double>(alpha) : ideal_alpha);
  return known.Rounded(known.At(left) + (IsBitExact() ? multiple : known.Rounded(multiple)));
}

int Add::Degree(const Degrees& known) const { return std::max(known.At(left), known.At(right)); }

// e_a + |alpha| e_b + three roundings, of alpha, the product and the sum. Operands may be larger
// than what is left of them: each came with its own rounding.
double Add::Deviation(const Deviations& known, std::uint32_t to) const {
  const double factor = std::abs(ideal_alpha);
  const double size =
      std::max({known.SizeOf(to), known.SizeOf(left), factor * known.SizeOf(right)});
  return known.At(left) + factor * known.At(right) + known.RoundAt(size, 3);
}

}  // namespace foldproof::prove::tail_op
