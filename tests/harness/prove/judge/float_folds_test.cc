// SPDX-License-Identifier: BSD-3-Clause
//
// Folds of float networks, right and wrong ones. The worst difference of two convolutions is worked
// out in float64: sum |w - w'| + |b - b'| where each input lies in [-1, 1].
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/harness/prove/float_net.h"
#include "tests/harness/prove/float_truth.h"

namespace foldproof::prove::nets {
namespace {

// ConvTranspose2d(2, 2, 2) and the batch_norm behind it. Its weight is [in][out][kernel].
const Norm kNorm{{1, 3}, {0.1f, -0.2f}, {0.5f, -0.5f}, {4, 0.25f}};
const Sizes kTransposedSizes{2, 2, 2, 2};
const Floats kTransposedWeight{0.3f,  -0.2f, 0.15f, 0.4f,   -0.35f, 0.1f,  0.25f, -0.05f,
                               -0.4f, 0.2f,  0.05f, -0.15f, 0.45f,  -0.3f, 0.35f, 0.12f};
const Floats kTransposedBias{0.05f, -0.1f};

ir::Program Transposed(const Floats& weight, const Floats& bias, const Norm* norm) {
  FloatNet net({1, 2, 3, 3});
  ir::ValueId y = net.Transposed(net.x(), kTransposedSizes, weight, bias);
  if (norm != nullptr) y = net.BatchNorm(y, *norm);
  return net.Return({y});
}

// The weight times the factor of its dimension `axis`.
Floats Scaled(Floats weight, const Norm& norm, int axis) {
  for (std::size_t i = 0; i < weight.size(); ++i)
    weight[i] *= norm.Factor(axis == 0 ? i / 8 : i / 4 % 2);
  return weight;
}

// Channel `c` at kernel position `k`.
Sum TransposedSum(const Floats& weight, double factor, double bias, std::size_t c, std::size_t k) {
  Sum out{{}, bias};
  for (std::size_t i = 0; i < 2; ++i)
    out.weights.push_back(factor * static_cast<double>(weight[i * 8 + c * 4 + k]));
  return out;
}

double TransposedTruth(const Floats& after, const Floats& bias, std::size_t c) {
  double worst = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    const Sum b = TransposedSum(kTransposedWeight, kNorm.ExactFactor(c),
                                kNorm.ExactBias(c, static_cast<double>(kTransposedBias[c])), c, k);
    worst =
        std::max(worst, WorstOf(b, TransposedSum(after, 1, static_cast<double>(bias[c]), c, k)));
  }
  return worst;
}

TEST(FloatFolds, ARightTransposedFoldIsWithinAndHasAFigure) {
  const Floats weight = Scaled(kTransposedWeight, kNorm, 1);
  const Floats bias{kNorm.Bias(0, kTransposedBias[0]), kNorm.Bias(1, kTransposedBias[1])};
  const Verification v = Verified(Transposed(kTransposedWeight, kTransposedBias, &kNorm),
                                  Transposed(weight, bias, nullptr));
  ASSERT_EQ(v.sites.size(), 1u);
  EXPECT_EQ(v.verdict, Verdict::kWithin) << v.sites[0].reason;
  const TailVerdict& tail = v.sites[0].tails.at(0);
  EXPECT_TRUE(tail.float_unit);
  for (std::size_t c = 0; c < 2; ++c) {
    ExpectTruth(tail, c, TransposedTruth(weight, bias, c));
    // What float32 may be off, in units u = 2^-24, of the window that sums most (K = 2 taps, four
    // roundings a term). Channel 1 sums 0.35 and 0.45 with -0.1, alpha is 6, alpha * mean -3, the
    // shift 2.8: 6 * (4 + 1) * 0.9 + 7 * (5.4 + 2.8 + 6) = 126.4 u before, and (4 + 1) * (4.8
    // + 2.2) = 35 u after. Channel 0 sums 0.3 and 0.4 with 0.05, alpha is 0.5, alpha * mean 0.25,
    // the shift -0.15: 0.5 * 5 * 0.75 + 7 * (0.375 + 0.15 + 0.5) = 9.05 u, and 5 * (0.35 + 0.125)
    // = 2.375 u.
    const double off = c == 1 ? 161.4 : 11.425;
    EXPECT_LE(tail.channels[c].reachable.lsb * tail.scale,
              TransposedTruth(weight, bias, c) + 1.001 * off * 0x1p-24);
  }
}

TEST(FloatFolds, TheOtherAxisOfATransposedConvIsTold) {
  const Floats weight = Scaled(kTransposedWeight, kNorm, 0);
  const Floats bias{kNorm.Bias(0, kTransposedBias[0]), kNorm.Bias(1, kTransposedBias[1])};
  const Verification v = Verified(Transposed(kTransposedWeight, kTransposedBias, &kNorm),
                                  Transposed(weight, bias, nullptr));
  EXPECT_EQ(v.verdict, Verdict::kDiffers);
  const TailVerdict& tail = v.sites.at(0).tails.at(0);
  for (std::size_t c = 0; c < 2; ++c) ExpectTruth(tail, c, TransposedTruth(weight, bias, c));
  ASSERT_TRUE(tail.witness);
  ASSERT_FALSE(tail.causes.empty());
  EXPECT_EQ(tail.causes[0].rule, "axis-mismatch");
}

// Linear-BatchNorm: 3 inputs, 3 outputs.
const Norm kLinearNorm{{0.9f, -1.1f, 1.4f}, {0.2f, 0, -0.3f}, {0.1f, -0.4f, 0.3f}, {1.7f, 0.6f, 1}};
const Floats kLinear{0.5f, -0.3f, 0.25f, -0.7f, 0.45f, 0.15f, 0.33f, 0.6f, -0.2f};
const Floats kLinearBias{0.1f, -0.2f, 0.3f};

ir::Program LinearNet(const Floats& weight, const Floats& bias, const Norm* norm) {
  FloatNet net({4, 3});
  ir::ValueId y = net.Linear(net.x(), {3, 3}, weight, bias);
  if (norm != nullptr) y = net.BatchNorm(y, *norm);
  return net.Return({net.Relu(y)});
}

Floats FoldedBias(const Norm& norm, const Floats& bias) {
  Floats out;
  for (std::size_t c = 0; c < bias.size(); ++c) out.push_back(norm.Bias(c, bias[c]));
  return out;
}

Floats FoldedLinear(const Norm& norm, bool over_inputs) {
  Floats out = kLinear;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] *= norm.Factor(over_inputs ? i % 3 : i / 3);
  return out;
}

// Holds every channel of a LinearNet to what is worked out; `norm`: of the program before.
void ExpectLinearTruth(const Verification& v, const Norm& norm, const Floats& weight,
                       const Floats& bias) {
  for (std::size_t c = 0; c < 3; ++c) {
    Sum before{{}, norm.ExactBias(c, static_cast<double>(kLinearBias[c]))};
    Sum after{{}, static_cast<double>(bias[c])};
    for (std::size_t i = 3 * c; i < 3 * c + 3; ++i) {
      before.weights.push_back(norm.ExactFactor(c) * static_cast<double>(kLinear[i]));
      after.weights.push_back(static_cast<double>(weight[i]));
    }
    ExpectTruth(v.sites.at(0).tails.at(0), c, WorstOfRelu(before, after));
  }
}

TEST(FloatFolds, ALinearFoldedOverTheWrongDimensionIsTold) {
  const ir::Program before = LinearNet(kLinear, kLinearBias, &kLinearNorm);
  const Floats bias = FoldedBias(kLinearNorm, kLinearBias);
  const Verification right =
      Verified(before, LinearNet(FoldedLinear(kLinearNorm, false), bias, nullptr));
  EXPECT_EQ(right.verdict, Verdict::kWithin);
  const Verification wrong =
      Verified(before, LinearNet(FoldedLinear(kLinearNorm, true), bias, nullptr));
  EXPECT_EQ(wrong.verdict, Verdict::kDiffers);
  EXPECT_EQ(wrong.sites.at(0).tails.at(0).causes.at(0).rule, "axis-mismatch");
  ExpectLinearTruth(wrong, kLinearNorm, FoldedLinear(kLinearNorm, true), bias);
}

TEST(FloatFolds, AnotherEpsIsTold) {
  Norm small = kLinearNorm;
  small.var = {1e-3f, 2e-3f, 4e-3f};
  small.eps = 1e-3;
  Norm wrong = small;
  wrong.eps = 1e-5;
  const ir::Program before = LinearNet(kLinear, kLinearBias, &small);
  const Verification right = Verified(
      before, LinearNet(FoldedLinear(small, false), FoldedBias(small, kLinearBias), nullptr));
  EXPECT_EQ(right.verdict, Verdict::kWithin);
  const Verification v = Verified(
      before, LinearNet(FoldedLinear(wrong, false), FoldedBias(wrong, kLinearBias), nullptr));
  EXPECT_EQ(v.verdict, Verdict::kDiffers);
  ASSERT_FALSE(v.sites.at(0).tails.at(0).causes.empty());
  EXPECT_EQ(v.sites[0].tails[0].causes[0].rule, "eps-mismatch");
  ExpectLinearTruth(v, small, FoldedLinear(wrong, false), FoldedBias(wrong, kLinearBias));
}

TEST(FloatFolds, AMeanThatWasIgnoredIsTold) {
  Norm centred = kLinearNorm;
  centred.mean = {0, 0, 0};
  const Verification v = Verified(
      LinearNet(kLinear, kLinearBias, &kLinearNorm),
      LinearNet(FoldedLinear(kLinearNorm, false), FoldedBias(centred, kLinearBias), nullptr));
  EXPECT_EQ(v.verdict, Verdict::kDiffers);
  EXPECT_EQ(v.sites.at(0).tails.at(0).causes.at(0).rule, "mean-ignored");
  ExpectLinearTruth(v, kLinearNorm, FoldedLinear(kLinearNorm, false),
                    FoldedBias(centred, kLinearBias));
}

// A 1x1 conv on one image: 2 inputs, 2 outputs.
const Norm kConvNorm{{1.3f, 0.8f}, {0.1f, 0.4f}, {-0.2f, 0.3f}, {0.5f, 1.5f}};
const Floats kConv{0.6f, -0.4f, 0.3f, 0.9f};
const Sizes kConvSizes{2, 2, 1, 1};

Floats FoldedConv() {
  Floats out = kConv;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] *= kConvNorm.Factor(i / 2);
  return out;
}
Floats FoldedConvBias() { return FoldedBias(kConvNorm, {0, 0}); }

// x -> conv -> norm -> relu -> the same conv again -> norm; `last`: the second batch_norm is there.
ir::Program Reused(bool folded, bool last) {
  FloatNet net({1, 2, 1, 1});
  const auto stage = [&](ir::ValueId x, bool fold, bool norm) {
    ir::ValueId y = fold ? net.Conv(x, kConvSizes, FoldedConv(), FoldedConvBias())
                         : net.Conv(x, kConvSizes, kConv, {});
    return norm ? net.BatchNorm(y, kConvNorm) : y;
  };
  const ir::ValueId first = net.Relu(stage(net.x(), folded, !folded));
  return net.Return({stage(first, folded && last, !folded && last)});
}

TEST(FloatFolds, AConvReusedWithoutItsBatchNormIsTold) {
  EXPECT_EQ(Verified(Reused(false, true), Reused(true, true)).verdict, Verdict::kWithin);
  const Verification v = Verified(Reused(false, true), Reused(true, false));
  EXPECT_EQ(v.verdict, Verdict::kDiffers);
  ASSERT_EQ(v.sites.size(), 2u);
  EXPECT_EQ(v.sites[0].verdict, Verdict::kWithin);
  const TailVerdict& tail = v.sites[1].tails.at(0);
  EXPECT_EQ(tail.verdict, Verdict::kDiffers);
  // Behind a relu an input lies in [0, 1]: the worst is the larger of the two signs' sums.
  for (std::size_t c = 0; c < 2; ++c) {
    const double factor = kConvNorm.ExactFactor(c);
    double up = kConvNorm.ExactBias(c, 0);
    double down = up;
    for (std::size_t i = 0; i < 2; ++i) {
      const double d = (factor - 1) * static_cast<double>(kConv[2 * c + i]);
      up += std::max(d, 0.0);
      down += std::min(d, 0.0);
    }
    ExpectTruth(tail, c, std::max(std::abs(up), std::abs(down)));
  }
}

// conv -> norm -> out 0, and conv -> relu -> out 1.
TEST(FloatFolds, AnotherReaderOfTheConvIsTold) {
  const auto program = [](bool folded) {
    FloatNet net({1, 2, 1, 1});
    const ir::ValueId y = folded ? net.Conv(net.x(), kConvSizes, FoldedConv(), FoldedConvBias())
                                 : net.Conv(net.x(), kConvSizes, kConv, {});
    return net.Return({folded ? y : net.BatchNorm(y, kConvNorm), net.Relu(y)});
  };
  const Verification v = Verified(program(false), program(true));
  EXPECT_EQ(v.verdict, Verdict::kDiffers);
  const auto& tails = v.sites.at(0).tails;
  ASSERT_EQ(tails.size(), 2u);
  EXPECT_EQ(std::ranges::count(tails, Verdict::kDiffers, &TailVerdict::verdict), 1);
  for (const TailVerdict& tail : tails) {
    if (tail.verdict != Verdict::kDiffers) continue;
    EXPECT_EQ(tail.causes.at(0).rule, "other-user-changed");
    for (std::size_t c = 0; c < 2; ++c) {
      Sum before{{}, 0}, after{{}, static_cast<double>(FoldedConvBias()[c])};
      for (std::size_t i = 2 * c; i < 2 * c + 2; ++i) {
        before.weights.push_back(static_cast<double>(kConv[i]));
        after.weights.push_back(static_cast<double>(FoldedConv()[i]));
      }
      ExpectTruth(tail, c, WorstOfRelu(before, after));
    }
  }
}

// One batch_norm behind two convs: folded into the first, it is missing behind the second.
TEST(FloatFolds, OneBatchNormBehindTwoConvsIsTold) {
  const Floats other{-0.5f, 0.2f, 0.7f, 0.1f};
  const auto program = [&](bool first, bool second) {
    FloatNet net({1, 2, 1, 1});
    ir::ValueId a = first ? net.Conv(net.x(), kConvSizes, FoldedConv(), FoldedConvBias())
                          : net.BatchNorm(net.Conv(net.x(), kConvSizes, kConv, {}), kConvNorm);
    ir::ValueId b = net.Conv(net.x(), kConvSizes, other, {});
    if (!second) b = net.BatchNorm(b, kConvNorm);
    return net.Return({a, b});
  };
  EXPECT_EQ(Verified(program(false, false), program(true, false)).verdict, Verdict::kWithin);
  const Verification v = Verified(program(false, false), program(true, true));
  EXPECT_EQ(v.verdict, Verdict::kDiffers);
  EXPECT_EQ(std::ranges::count(v.sites, Verdict::kDiffers, &SiteVerdict::verdict), 1);
}

// A linear is a matrix product with the transposed weight, and so is addmm with a bias.
TEST(FloatFolds, AMatrixProductIsALinear) {
  const ir::Program before = LinearNet(kLinear, kLinearBias, &kLinearNorm);
  const Floats weight = FoldedLinear(kLinearNorm, false);
  const Floats bias = FoldedBias(kLinearNorm, kLinearBias);
  Floats turned(9);
  for (std::size_t i = 0; i < 9; ++i) turned[i % 3 * 3 + i / 3] = weight[i];
  const auto product = [&](const Floats& matrix, bool permuted, double alpha) {
    FloatNet net({4, 3});
    ir::ValueId w = net.Constant({3, 3}, matrix);
    if (permuted)
      w = net.Call("aten.permute.default", {{"self", w}, {"dims", Sizes{1, 0}}}, {3, 3});
    const ir::ValueId y = net.Call("aten.addmm.default",
                                   {{"self", net.Constant({3}, bias)},
                                    {"mat1", net.x()},
                                    {"mat2", w},
                                    {"beta", std::int64_t{1}},
                                    {"alpha", alpha}},
                                   {4, 3});
    return net.Return({net.Relu(y)});
  };
  EXPECT_EQ(Verified(before, product(weight, true, 1)).verdict, Verdict::kWithin);
  EXPECT_EQ(Verified(before, product(turned, false, 1)).verdict, Verdict::kWithin);
  EXPECT_EQ(Verified(before, product(weight, false, 1)).verdict, Verdict::kDiffers);
  // With another alpha it is no linear, and nothing is claimed.
  EXPECT_EQ(Verified(before, product(weight, true, 2)).verdict, Verdict::kUnproved);
}

}  // namespace
}  // namespace foldproof::prove::nets
