// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/model_nodes.h"

namespace foldproof::prove {
namespace {

// max |p''| over [-1, 1], at most.
double SecondDerivative(const TaylorModel& model) {
  double second = 0;
  for (std::size_t k = 2; k < kTaylorTerms; ++k)
    second += static_cast<double>(k * (k - 1)) * std::abs(model.c[k]);
  return second;
}

}  // namespace

LargestNode FindLargestNode(const TaylorModel& model) {
  LargestNode out;
  for (std::size_t i = 0; i < kNodes; ++i) {
    const double size = std::abs(model.At(NodeAt(i)));
    if (size > out.size) out = {i, size};
  }
  return out;
}

double RiseBetweenNodes(const TaylorModel& model) {
  return SecondDerivative(model) * kNodeStep * kNodeStep / 8 + model.rest +
         64 * kUnit * model.Size();
}

// Horner's scheme over models, which count their own roundings.
TaylorModel Recentred(const TaylorModel& f, double shift, double factor) {
  TaylorModel line = TaylorModel::Constant(shift);
  line.c[1] = factor;
  TaylorModel out = TaylorModel::Constant(f.c[kTaylorTerms - 1]);
  for (std::size_t k = kTaylorTerms - 1; k-- > 0;) out = line * out + f.c[k];
  out.rest += f.rest;
  return out;
}

double BendAcross(const TaylorModel& f, double b) {
  return SecondDerivative(f) * b * b / 2 * (1 + 64 * kUnit);
}

}  // namespace foldproof::prove
