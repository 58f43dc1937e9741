// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/elementwise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using ir::ScalarType;
using UnaryKind = ir::Unary::Kind;
using Parameters = std::array<double, 3>;

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double Hardsigmoid(double x) { return std::min(std::max(x + 3, 0.0), 6.0) / 6; }

// x * Phi(x), Phi the normal distribution's: 1/2 (1 + erf(x / sqrt(2))), which cancels for x < 0,
// is 1/2 erfc(-x / sqrt(2)).
double Gelu(double x) { return x * 0.5 * std::erfc(-x * std::sqrt(0.5)); }

// x/2 (1 + tanh(u)), u = sqrt(2 / pi) (x + 0.044715 x^3), which is x / (1 + e^(-2u)).
double GeluTanh(double x) {
  const double u = std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
  return x / (1 + std::exp(-2 * u));
}

// log(1 + e^(beta x)) / beta, and x itself where beta x > threshold.
double Softplus(double x, const Parameters& p) {
  return x * p[0] > p[1] ? x : std::log1p(std::exp(x * p[0])) / p[0];
}

// scale * x for x > 0, else scale * alpha * (e^(input_scale x) - 1).
double Elu(double x, const Parameters& p) {
  return x <= 0 ? p[0] * p[1] * std::expm1(x * p[2]) : x * p[1];
}

double Unary(UnaryKind kind, double x, const Parameters& p) {
  switch (kind) {
    case UnaryKind::kRelu: return x < 0 ? 0 : x;
    case UnaryKind::kNeg: return -x;
    case UnaryKind::kAbs: return std::fabs(x);
    case UnaryKind::kSqrt: return std::sqrt(x);
    case UnaryKind::kRsqrt: return 1 / std::sqrt(x);
    case UnaryKind::kReciprocal: return 1 / x;
    case UnaryKind::kExp: return std::exp(x);
    case UnaryKind::kExpm1: return std::expm1(x);
    case UnaryKind::kLog1p: return std::log1p(x);
    case UnaryKind::kTanh: return std::tanh(x);
    case UnaryKind::kErf: return std::erf(x);
    case UnaryKind::kSigmoid: return Sigmoid(x);
    case UnaryKind::kSilu: return x / (1 + std::exp(-x));
    case UnaryKind::kHardswish: return x * std::min(std::max(x + 3, 0.0), 6.0) / 6;
    case UnaryKind::kHardsigmoid: return Hardsigmoid(x);
    case UnaryKind::kMish: return x * std::tanh(std::log1p(std::exp(x)));
    case UnaryKind::kGelu: return Gelu(x);
    case UnaryKind::kGeluTanh: return GeluTanh(x);
    case UnaryKind::kSoftplus: return Softplus(x, p);
    case UnaryKind::kElu: return Elu(x, p);
    case UnaryKind::kLeakyRelu: return x > 0 ? x : x * p[0];
    case UnaryKind::kRound: return std::nearbyint(x);
    case UnaryKind::kFloor: return std::floor(x);
    case UnaryKind::kCeil: return std::ceil(x);
    case UnaryKind::kTrunc: return std::trunc(x);
    case UnaryKind::kFrac: return x - std::trunc(x);
    case UnaryKind::kSign: return (x > 0) - (x < 0);
    case UnaryKind::kSquare: return x * x;
    case UnaryKind::kCube: return x * x * x;
    case UnaryKind::kInverseSquare: return 1 / (x * x);
    case UnaryKind::kThreshold: return x <= p[0] ? p[1] : x;
    case UnaryKind::kHardshrink: return x >= -p[0] && x <= p[0] ? 0 : x;
    case UnaryKind::kSoftshrink: return x > p[0] ? x - p[0] : x < -p[0] ? x + p[0] : x * 0;
  }
  FP_CHECK(false);
  return 0;
}

// -x and |x| of int64's lowest number are that number: unsigned arithmetic wraps.
std::int64_t Negated(std::int64_t x) {
  return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(x));
}

bool StaysInteger(UnaryKind kind) {
  return kind == UnaryKind::kRelu || kind == UnaryKind::kNeg || kind == UnaryKind::kAbs;
}

bool IsIntegral(const std::optional<double>& bound) {
  return !bound || (std::fabs(*bound) <= 0x1p53 && std::trunc(*bound) == *bound);
}

// Toward zero; -2^63 for NaN and what does not fit.
std::int64_t Truncated(double x) {
  if (!(x >= -0x1p63 && x < 0x1p63)) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(x);
}

}  // namespace

NumericTensor ApplyUnary(const ir::Unary& op, NumericTensor input) {
  auto* integers = std::get_if<IntegerTensor>(&input);
  if (integers != nullptr && StaysInteger(op.kind) && integers->dtype != ScalarType::kBool) {
    for (std::int64_t& x : integers->elements) {
      if (op.kind == UnaryKind::kRelu) {
        x = std::max<std::int64_t>(x, 0);
      } else if (op.kind == UnaryKind::kNeg || x < 0) {
        x = Negated(x);
      }
    }
    return Wrapped(std::move(*integers));
  }
  RealTensor out = RealsOf(std::move(input));
  for (double& x : out.elements) x = Unary(op.kind, x, op.parameters);
  return out;
}

NumericTensor ApplyClamp(const ir::Clamp& op, NumericTensor input) {
  const auto clamp = [&op](auto& elements) {
    for (auto& x : elements) {
      using Element = std::decay_t<decltype(x)>;
      if (op.low && x < static_cast<Element>(*op.low)) x = static_cast<Element>(*op.low);
      if (op.high && x > static_cast<Element>(*op.high)) x = static_cast<Element>(*op.high);
    }
  };
  auto* integers = std::get_if<IntegerTensor>(&input);
  if (integers != nullptr && IsIntegral(op.low) && IsIntegral(op.high)) {
    clamp(integers->elements);
    return Wrapped(std::move(*integers));
  }
  RealTensor out = RealsOf(std::move(input));
  clamp(out.elements);
  return out;
}

NumericTensor ApplyCast(ScalarType from, ScalarType to, NumericTensor input) {
  if (ir::IsFloat(to)) {
    RealTensor out = RealsOf(std::move(input));
    if (to == ScalarType::kFloat32 || to == ScalarType::kFloat64) return out;
    for (double& x : out.elements) x = RoundedTo(to, x);
    return out;
  }
  if (!ir::IsInteger(to) && to != ScalarType::kBool) {
    Refuse("converts to " + std::string(ir::Name(to)) + ", which is not run here");
  }
  if (auto* integers = std::get_if<IntegerTensor>(&input)) {
    integers->dtype = to;
    return Wrapped(std::move(*integers));
  }
  auto& reals = std::get<RealTensor>(input);
  IntegerTensor out{to, std::move(reals.sizes), {}};
  out.elements.reserve(reals.elements.size());
  for (const double x : reals.elements) {
    const double rounded = RoundedTo(from, x);
    out.elements.push_back(to == ScalarType::kBool ? rounded != 0 : Truncated(rounded));
  }
  return Wrapped(std::move(out));
}

}  // namespace foldproof::exec::real
