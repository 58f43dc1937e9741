// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of one number, and batch_norm.
#include <cmath>
#include <string>
#include <utility>

#include "harness/exec/integer/arithmetic.h"
#include "harness/exec/quantized/quantize.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using UnaryKind = ir::Unary::Kind;

constexpr double kSqrtHalf = 0.70710678118654752;       // 1 / sqrt(2)
constexpr double kSqrtTwoOverPi = 0.79788456080286536;  // sqrt(2 / pi)

template <typename T>
T Between0And6(T x) {
  return x < 0 ? T{0} : x > 6 ? T{6} : x;
}

// In float64; the caller rounds once.
double InDouble(UnaryKind kind, const std::array<double, 3>& p, double x) {
  switch (kind) {
    case UnaryKind::kExp: return std::exp(x);
    case UnaryKind::kExpm1: return std::expm1(x);
    case UnaryKind::kLog1p: return std::log1p(x);
    case UnaryKind::kTanh: return std::tanh(x);
    case UnaryKind::kErf: return std::erf(x);
    case UnaryKind::kSigmoid: return 1.0 / (1.0 + std::exp(-x));
    case UnaryKind::kSilu: return x / (1.0 + std::exp(-x));
    case UnaryKind::kMish: return x * std::tanh(std::log1p(std::exp(x)));
    case UnaryKind::kGelu: return x * 0.5 * std::erfc(-x * kSqrtHalf);
    case UnaryKind::kGeluTanh:
      return x / (1.0 + std::exp(-2.0 * kSqrtTwoOverPi * (x + 0.044715 * x * x * x)));
    case UnaryKind::kSoftplus: return x * p[0] > p[1] ? x : std::log1p(std::exp(x * p[0])) / p[0];
    case UnaryKind::kElu: return x > 0 ? x * p[1] : std::expm1(x * p[2]) * p[0] * p[1];
    default: FP_CHECK(!"a function of float64"); return x;
  }
}

// Calls loop(f) with the function of one T.
template <typename T, typename Loop>
void WithUnary(const ir::Unary& op, Loop&& loop) {
  const auto slope = static_cast<T>(op.parameters[0]);  // or where the function bends
  switch (op.kind) {
    case UnaryKind::kRelu: return loop([](T x) { return x < 0 ? T{0} : x; });  // keeps NaN
    case UnaryKind::kNeg: return loop([](T x) { return -x; });
    case UnaryKind::kAbs: return loop([](T x) { return std::abs(x); });
    case UnaryKind::kSqrt: return loop([](T x) { return std::sqrt(x); });
    case UnaryKind::kRsqrt: return loop([](T x) { return T{1} / std::sqrt(x); });
    case UnaryKind::kReciprocal: return loop([](T x) { return T{1} / x; });
    case UnaryKind::kRound: return loop([](T x) { return std::nearbyint(x); });
    case UnaryKind::kFloor: return loop([](T x) { return std::floor(x); });
    case UnaryKind::kCeil: return loop([](T x) { return std::ceil(x); });
    case UnaryKind::kTrunc: return loop([](T x) { return std::trunc(x); });
    case UnaryKind::kFrac: return loop([](T x) { return x - std::trunc(x); });
    case UnaryKind::kSign: return loop([](T x) { return static_cast<T>((x > 0) - (x < 0)); });
    case UnaryKind::kSquare: return loop([](T x) { return x * x; });
    case UnaryKind::kCube: return loop([](T x) { return x * x * x; });
    case UnaryKind::kInverseSquare: return loop([](T x) { return T{1} / (x * x); });
    case UnaryKind::kThreshold: {
      const auto value = static_cast<T>(op.parameters[1]);
      return loop([slope, value](T x) { return x <= slope ? value : x; });
    }
    case UnaryKind::kHardshrink:
      return loop([slope](T x) { return x >= -slope && x <= slope ? T{0} : x; });
    case UnaryKind::kSoftshrink:  // x * 0 keeps NaN
      return loop([slope](T x) { return x > slope ? x - slope : x < -slope ? x + slope : x * 0; });
    case UnaryKind::kLeakyRelu: return loop([slope](T x) { return x > 0 ? x : x * slope; });
    // Rounded after every operation (docs/numerics.md, eq. 7b): 0 of 2^32 differ from PyTorch's.
    case UnaryKind::kHardswish: return loop([](T x) { return x * Between0And6(x + 3) / 6; });
    case UnaryKind::kHardsigmoid: return loop([](T x) { return Between0And6(x + 3) / 6; });
    default:
      return loop([&op](T x) {
        return static_cast<T>(InDouble(op.kind, op.parameters, static_cast<double>(x)));
      });
  }
}

template <typename T>
CodedTensor FloatUnary(const ir::Unary& op, const CodedTensor& input, ScalarType dtype) {
  std::vector<T> store;
  const std::span<const T> x = NumbersIn<T>(input, store);
  Filling<T> out(x.size());
  const std::span<T> y = out.span();
  WithUnary<T>(op, [&](auto f) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = f(x[i]);
  });
  if (sizeof(T) == ir::ElementSize(dtype)) return std::move(out).Finish(dtype, input.sizes());
  return StoreNumbers<T>(y, dtype, input.sizes());
}

// relu, neg and abs keep integers, which wrap.
CodedTensor IntegerUnary(UnaryKind kind, const CodedTensor& input) {
  std::vector<std::int64_t> store;
  const std::span<const std::int64_t> x = NumbersIn(input, store);
  std::vector<std::int64_t> y(x.begin(), x.end());
  for (std::int64_t& number : y) {
    const bool negative = number < 0;
    if (kind == UnaryKind::kRelu && negative) number = 0;
    if (kind == UnaryKind::kNeg || (kind == UnaryKind::kAbs && negative)) {
      number = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(number));
    }
  }
  return StoreNumbers<std::int64_t>(y, input.dtype(), input.sizes());
}

bool KeepsIntegers(UnaryKind kind) {
  return kind == UnaryKind::kRelu || kind == UnaryKind::kNeg || kind == UnaryKind::kAbs;
}

bool TakesIntegers(UnaryKind kind) {
  return kind == UnaryKind::kSqrt || kind == UnaryKind::kRsqrt || kind == UnaryKind::kReciprocal ||
         kind == UnaryKind::kExp || kind == UnaryKind::kTanh || kind == UnaryKind::kSigmoid;
}

// y = fma(x, alpha, beta).
FOLDPROOF_VECTOR_CLONES void Affine(const float* x, float alpha, float beta, float* y,
                                    std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) y[i] = std::fma(x[i], alpha, beta);
}

}  // namespace

CodedTensor ComputeUnary(const ir::Unary& op, const CodedTensor& input) {
  const ScalarType dtype = input.dtype();
  switch (ArithmeticOf(dtype)) {
    case Arithmetic::kFloat32: return FloatUnary<float>(op, input, dtype);
    case Arithmetic::kFloat64: return FloatUnary<double>(op, input, dtype);
    case Arithmetic::kInteger: break;
  }
  if (KeepsIntegers(op.kind)) return IntegerUnary(op.kind, input);
  if (TakesIntegers(op.kind)) return FloatUnary<float>(op, input, ScalarType::kFloat32);
  Refuse("PyTorch has no such function of " + std::string(ir::Name(dtype)));
}

CodedTensor ComputeBatchNorm(const BatchNormConstants& constants, const CodedTensor& input) {
  const std::size_t channels = constants.scale.size();
  if (input.dtype() != ScalarType::kFloat32) Refuse("a batch_norm of float32 alone is run here");
  if (input.rank() < 2 || input.sizes()[1] != static_cast<std::int64_t>(channels)) {
    Refuse("its operand has another number of channels than its parameters");
  }
  const std::span<const float> x = input.As<float>();
  Filling<float> out(x.size());
  const std::size_t planes = static_cast<std::size_t>(input.sizes()[0]) * channels;
  const std::size_t plane = planes == 0 ? 0 : x.size() / planes;
  for (std::size_t p = 0; p < planes; ++p) {
    Affine(x.data() + p * plane, constants.scale[p % channels], constants.shift[p % channels],
           out.span().data() + p * plane, plane);
  }
  return std::move(out).Finish(ScalarType::kFloat32, input.sizes());
}

}  // namespace foldproof::exec
