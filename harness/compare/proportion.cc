// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/proportion.h"

#include <unsupported/Eigen/SpecialFunctions>

#include "src/base/error.h"

namespace foldproof::compare {
namespace {

constexpr double kTail = 0.025;  // on either side

// The x at which I_x(a, b), the regularized incomplete beta function, which grows with x, passes
// `level`: bisected until the two numbers around it are neighbours, and the one `up` of it or
// below.
double BetaQuantile(double level, double a, double b, bool up) {
  double low = 0, high = 1;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return up ? high : low;
    (Eigen::numext::betainc(a, b, middle) < level ? low : high) = middle;
  }
}

}  // namespace

ShareInterval ClopperPearson(std::int64_t hits, std::int64_t trials) {
  FP_CHECK(0 <= hits && hits <= trials);
  const auto k = static_cast<double>(hits);
  const auto n = static_cast<double>(trials);
  ShareInterval out;
  if (hits > 0) out.low = BetaQuantile(kTail, k, n - k + 1, false);
  if (hits < trials) out.high = BetaQuantile(1 - kTail, k + 1, n - k, true);
  return out;
}

}  // namespace foldproof::compare
