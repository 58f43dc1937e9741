// SPDX-License-Identifier: BSD-3-Clause
#include "tests/torch/unary_references.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace foldproof::exec {
namespace {

using Vector = double __attribute__((vector_size(32)));

// libmvec's functions of four float64 numbers, which need AVX2.
extern "C" {
Vector _ZGVdN4v_exp(Vector);
Vector _ZGVdN4v_expm1(Vector);
Vector _ZGVdN4v_log1p(Vector);
Vector _ZGVdN4v_tanh(Vector);
Vector _ZGVdN4v_erf(Vector);
Vector _ZGVdN4v_erfc(Vector);
}

// t = function(t), by fours.
template <Vector (*function)(Vector)>
void Map(double* t, std::size_t count) {
  for (std::size_t i = 0; i < count; i += 4) {
    const std::size_t n = std::min<std::size_t>(4, count - i);
    Vector v{};
    std::memcpy(&v, t + i, n * sizeof(double));
    v = function(v);
    std::memcpy(t + i, &v, n * sizeof(double));
  }
}

// y = after(x, function(before(x))): `before` and `after` are of one number.
template <Vector (*function)(Vector), typename Before, typename After>
void Through(const float* in, double* out, std::size_t count, Before before, After after) {
  for (std::size_t i = 0; i < count; ++i) out[i] = before(static_cast<double>(in[i]));
  Map<function>(out, count);
  for (std::size_t i = 0; i < count; ++i) out[i] = after(static_cast<double>(in[i]), out[i]);
}

// Finite numbers within [-700, 700], beyond which no result is a float32 number but 0 and infinity:
// libmvec's exp is slow there.
double Moderate(double x) {
  if (std::isinf(x)) return x;
  return x > 700 ? 700 : x < -700 ? -700 : x;
}

void Exp(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_exp>(in, out, n, Moderate, [](double, double e) { return e; });
}
void Expm1(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_expm1>(in, out, n, Moderate, [](double, double e) { return e; });
}
void Log1p(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_log1p>(
      in, out, n, [](double x) { return x; }, [](double, double l) { return l; });
}
void Tanh(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_tanh>(
      in, out, n, [](double x) { return x; }, [](double, double t) { return t; });
}
void Sigmoid(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_exp>(
      in, out, n, [](double x) { return Moderate(-x); },
      [](double, double e) { return 1 / (1 + e); });
}
void Silu(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_exp>(
      in, out, n, [](double x) { return Moderate(-x); },
      [](double x, double e) { return x / (1 + e); });
}
// tanh(log(1 + e)) = e (e + 2) / (e (e + 2) + 2), e = exp(x); 1 in float64 from x = 40 on.
void Mish(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_exp>(
      in, out, n, [](double x) { return x > 40 ? 40 : Moderate(x); },
      [](double x, double e) { return x * (e * (e + 2) / (e * (e + 2) + 2)); });
}
void Softplus(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_exp>(
      in, out, n, [](double x) { return x > 20 ? 20 : Moderate(x); },
      [](double, double e) { return e; });
  Map<_ZGVdN4v_log1p>(out, n);
  for (std::size_t i = 0; i < n; ++i) {
    if (!(in[i] <= 20)) out[i] = static_cast<double>(in[i]);
  }
}
void Elu(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_expm1>(
      in, out, n, [](double x) { return x > 0 ? 0 : Moderate(x); },
      [](double x, double e) { return x > 0 ? x : e; });
}
void Gelu(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_erfc>(
      in, out, n, [](double x) { return -x * 0.70710678118654752440; },
      [](double x, double c) { return x == -INFINITY ? NAN : 0.5 * x * c; });
}
void Erf(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_erf>(
      in, out, n, [](double x) { return x; }, [](double, double e) { return e; });
}
// (1 + tanh u) / 2 = 1 / (1 + exp(-2 u)).
void GeluTanh(const float* in, double* out, std::size_t n) {
  Through<_ZGVdN4v_exp>(
      in, out, n,
      [](double x) { return Moderate(-2 * 0.79788456080286535588 * (x + 0.044715 * x * x * x)); },
      [](double x, double e) { return x == -INFINITY ? NAN : x / (1 + e); });
}

// Rounded to float32 it is the root rounded once: 53 bits are more than 2 * 24 + 1.
void Sqrt(const float* in, double* out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = std::sqrt(static_cast<double>(in[i]));
}

// What follows is float32 step by step.
template <typename Function>
void Exactly(const float* in, double* out, std::size_t n, Function function) {
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<double>(function(in[i]));
}
float Between0And6(float x) { return x < 0 ? 0 : x > 6 ? 6 : x; }

void Hardswish(const float* in, double* out, std::size_t n) {
  Exactly(in, out, n, [](float x) { return x * Between0And6(x + 3) / 6; });
}
void Hardsigmoid(const float* in, double* out, std::size_t n) {
  Exactly(in, out, n, [](float x) { return Between0And6(x + 3) / 6; });
}
void Rsqrt(const float* in, double* out, std::size_t n) {
  Exactly(in, out, n, [](float x) { return 1.0f / std::sqrt(x); });
}
void Reciprocal(const float* in, double* out, std::size_t n) {
  Exactly(in, out, n, [](float x) { return 1.0f / x; });
}
void Relu(const float* in, double* out, std::size_t n) {
  Exactly(in, out, n, [](float x) { return x < 0 ? 0.0f : x; });
}
void Neg(const float* in, double* out, std::size_t n) {
  Exactly(in, out, n, [](float x) { return -x; });
}
void Abs(const float* in, double* out, std::size_t n) {
  Exactly(in, out, n, [](float x) { return std::abs(x); });
}
void LeakyRelu(const float* in, double* out, std::size_t n) {
  Exactly(in, out, n, [](float x) { return x > 0 ? x : x * 0.01f; });
}

}  // namespace

const std::vector<UnaryReference>& UnaryReferences() {
  static const std::vector<UnaryReference> kAll{
      {"sigmoid", "sigmoid", {}, "", Sigmoid},
      {"silu", "silu", {}, "", Silu},
      {"tanh", "tanh", {}, "", Tanh},
      {"gelu", "gelu", {}, "none", Gelu},
      {"gelu-tanh", "gelu", {}, "tanh", GeluTanh},
      {"mish", "mish", {}, "", Mish},
      {"softplus", "softplus", {{"beta", 1}, {"threshold", 20}}, "", Softplus},
      {"elu", "elu", {{"alpha", 1}, {"scale", 1}, {"input_scale", 1}}, "", Elu},
      {"exp", "exp", {}, "", Exp},
      {"expm1", "expm1", {}, "", Expm1},
      {"log1p", "log1p", {}, "", Log1p},
      {"erf", "erf", {}, "", Erf},
      {"sqrt", "sqrt", {}, "", Sqrt},
      {"rsqrt", "rsqrt", {}, "", Rsqrt},
      {"hardswish", "hardswish", {}, "", Hardswish},
      {"hardsigmoid", "hardsigmoid", {}, "", Hardsigmoid},
      {"leaky_relu", "leaky_relu", {{"negative_slope", 0.01}}, "", LeakyRelu},
      {"relu", "relu", {}, "", Relu},
      {"reciprocal", "reciprocal", {}, "", Reciprocal},
      {"neg", "neg", {}, "", Neg},
      {"abs", "abs", {}, "", Abs},
  };
  return kAll;
}

const UnaryReference* FindUnaryReference(const std::string& name) {
  for (const UnaryReference& each : UnaryReferences()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace foldproof::exec
