// SPDX-License-Identifier: BSD-3-Clause
//
// Which float convolutions are sites, over which inputs, and that no run shows more than is proved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/harness/prove/float_net.h"
#include "tests/harness/prove/float_truth.h"

namespace foldproof::prove::nets {
namespace {

TEST(FloatSites, PaddingIsOneInNumbersOrInWords) {
  const auto program = [](bool words, float factor) {
    FloatNet net({1, 1, 4, 4});
    const ir::ValueId w = net.Constant({1, 1, 3, 3}, Floats(9, 0.1f * factor));
    const FloatNet::Arguments more{{"input", net.x()}, {"weight", w}, {"bias", ir::None{}}};
    FloatNet::Arguments all = more;
    all.push_back({"stride", Sizes{1, 1}});
    if (words)
      all.push_back({"padding", std::string("same")});
    else
      all.push_back({"padding", Sizes{1, 1}});
    return net.Return(
        {net.Call(words ? "aten.conv2d.padding" : "aten.conv2d.default", all, {1, 1, 4, 4})});
  };
  EXPECT_EQ(Verified(program(true, 1), program(false, 1)).verdict, Verdict::kWithin);
  const Verification wrong = Verified(program(true, 1), program(false, 1.5f));
  EXPECT_EQ(wrong.verdict, Verdict::kDiffers);
  // Nine weights are 0.05 too large.
  ExpectTruth(wrong.sites.at(0).tails.at(0), 0, 0.45);
}

TEST(FloatSites, TheRangeOfTheInputIsWhatWasGiven) {
  const auto program = [](float w) {
    FloatNet net({1, 1});
    return net.Return({net.Linear(net.x(), {1, 1}, {w}, {})});
  };
  ProveOptions options;
  options.float_box = {-2, 6};
  const Verification v = Verified(program(1), program(1.5f), options);
  ExpectTruth(v.sites.at(0).tails.at(0), 0, 3);  // half of 6
  EXPECT_TRUE(v.sites[0].float_input);
  // It is told what the proof takes for granted; the order of float sums is none of it.
  EXPECT_THAT(v.provisos, testing::ElementsAre(testing::HasSubstr("lies in [-2, 6]")));
}

// Weights of float16 that are cast: 5 of their own steps are what a fold may round.
TEST(FloatSites, HalfWeightsHaveTheirOwnSteps) {
  const auto program = [](std::uint16_t bits, bool half) {
    FloatNet net({1, 1});
    const auto dtype = ir::ScalarType::kFloat16;
    const std::vector<std::uint16_t> element{bits};
    exec::Tensor tensor{dtype, {1, 1}, {}};
    tensor.bytes.resize(2);
    std::memcpy(tensor.bytes.data(), element.data(), 2);
    const ir::ValueId stored = net.nodes().Stored("half", tensor);
    const ir::ValueId cast =
        net.Call("aten.to.dtype", {{"self", stored}, {"dtype", ir::ScalarType::kFloat32}}, {1, 1});
    const ir::ValueId w = half ? cast : net.Constant({1, 1}, {1.0f});
    return net.Return({net.Call(
        "aten.linear.default", {{"input", net.x()}, {"weight", w}, {"bias", ir::None{}}}, {1, 1})});
  };
  // 0x3c00 is 1, and a step above it 2^-10: 4 of them are a right fold's rounding, 6 are none.
  const Verification four = Verified(program(0x3c00, false), program(0x3c04, true));
  EXPECT_EQ(four.verdict, Verdict::kWithin);
  const Verification six = Verified(program(0x3c00, false), program(0x3c06, true));
  EXPECT_EQ(six.verdict, Verdict::kDiffers);
  ExpectTruth(six.sites.at(0).tails.at(0), 0, 6 * 0x1p-10);
}

struct Activation {
  std::string function;
  float (*value)(float);
};

// In plain float32, as a kernel may compute them.
const std::vector<Activation> kActivations{
    {"aten.relu.default", [](float x) { return std::max(x, 0.0f); }},
    {"aten.silu.default", [](float x) { return x / (1 + std::exp(-x)); }},
    {"aten.hardswish.default",
     [](float x) { return x * std::min(std::max(x + 3, 0.0f), 6.0f) / 6; }},
    {"aten.sigmoid.default", [](float x) { return 1 / (1 + std::exp(-x)); }},
    {"aten.tanh.default", [](float x) { return std::tanh(x); }},
};

// Drawn folds, right and wrong, on drawn inputs in plain float32 of two orders: never further apart
// than was proved.
TEST(FloatSites, NoRunIsFurtherApartThanWasProved) {
  std::mt19937 random(7);
  const auto draw = [&](double low, double high) {
    return static_cast<float>(std::uniform_real_distribution<double>(low, high)(random));
  };
  int within = 0;
  for (int round = 0; round < 500; ++round) {
    const Activation& activation = kActivations[random() % 5];
    const std::size_t taps = 1 + random() % 40;
    const auto count = static_cast<std::int64_t>(taps);
    Norm norm{
        {draw(-2, 2)}, {draw(-1, 1)}, {round % 2 ? draw(-4, 4) : draw(-50, 50)}, {draw(0.01, 3)}};
    Floats weight;
    for (std::size_t t = 0; t < taps; ++t) weight.push_back(draw(-1, 1));
    const float bias = draw(-1, 1);
    Floats folded = weight;
    for (float& w : folded) w *= norm.Factor(0);
    if (round % 3 == 0) folded[random() % taps] += draw(-0.5, 0.5);
    const float folded_bias = norm.Bias(0, bias);
    const auto program = [&](const Floats& w, float b, bool normed) {
      FloatNet net({1, count});
      ir::ValueId y = net.Linear(net.x(), {1, count}, w, {b});
      if (normed) y = net.BatchNorm(y, norm);
      return net.Return({net.Call(activation.function, {{"self", y}}, {1, 1})});
    };
    const Verification v =
        Verified(program(weight, bias, true), program(folded, folded_bias, false));
    const TailVerdict& tail = v.sites.at(0).tails.at(0);
    within += v.verdict == Verdict::kWithin;
    // Where a function has flattened out, rounding hides all that it takes.
    const bool is_flat = tail.reason.starts_with("rounding alone may move it");
    EXPECT_TRUE(round % 3 == 0 || is_flat || v.verdict == Verdict::kWithin)
        << round << ": " << activation.function << tail.reason;
    const float inverse = 1.0f / std::sqrt(norm.var[0] + static_cast<float>(norm.eps));
    const float alpha = inverse * norm.gamma[0];
    const float beta = std::fma(-norm.mean[0], alpha, norm.beta[0]);
    double worst = 0;
    for (int run = 0; run < 50; ++run) {
      float forward = bias, backward = 0, after = 0, fused = folded_bias;
      Floats x;
      for (std::size_t t = 0; t < taps; ++t) {
        const float any = draw(-1, 1);
        x.push_back(run % 2 ? any : std::copysign(1.0f, any));
      }
      for (std::size_t t = 0; t < taps; ++t) {
        forward += weight[t] * x[t];
        backward += weight[taps - 1 - t] * x[taps - 1 - t];
        after += folded[t] * x[t];
        fused = std::fma(folded[taps - 1 - t], x[taps - 1 - t], fused);
      }
      for (const float b : {forward, backward + bias}) {
        const float y = activation.value(std::fma(b, alpha, beta));
        const float stepwise =
            activation.value(((b - norm.mean[0]) * inverse) * norm.gamma[0] + norm.beta[0]);
        for (const float a : {after + folded_bias, fused}) {
          const double z = static_cast<double>(activation.value(a));
          worst = std::max({worst, std::abs(static_cast<double>(y) - z),
                            std::abs(static_cast<double>(stepwise) - z)});
        }
      }
    }
    EXPECT_LE(worst, tail.channels[0].reachable.lsb * tail.scale)
        << round << ": " << activation.function;
  }
  EXPECT_GE(within, 330);
}

// The same conv with the same tail is equal, also where no bound could be given of the tail.
// Another constant or function is told by the ideals all the same.
TEST(FloatSites, TheSameFloatsAllTheWayAreEqual) {
  const auto program = [](const std::string& function, float bias) {
    FloatNet net({1, 2});
    const ir::ValueId y = net.Linear(net.x(), {1, 2}, {0.5f, -0.25f}, {bias});
    return net.Return({net.Call(function, {{"self", y}}, {1, 1})});
  };
  const std::string silu = "aten.silu.default";
  EXPECT_EQ(Verified(program(silu, 1), program(silu, 1)).verdict, Verdict::kEqual);
  EXPECT_EQ(Verified(program(silu, 1), program(silu, 2)).verdict, Verdict::kDiffers);
  EXPECT_EQ(Verified(program("aten.relu.default", 1), program(silu, 1)).verdict, Verdict::kDiffers);
}

// A tail that is one number over the range may be another beside it: 3 + x is clamped from 1 on. A
// kernel of addmm may add in another order than that of linear.
TEST(FloatSites, TheSameBitsOverARangeAreNotEqual) {
  const auto program = [](bool product) {
    FloatNet net({1, 1});
    const ir::ValueId y = product ? net.Call("aten.addmm.default",
                                             {{"self", net.Constant({1}, {3})},
                                              {"mat1", net.x()},
                                              {"mat2", net.Constant({1, 1}, {1})}},
                                             {1, 1})
                                  : net.Linear(net.x(), {1, 1}, {1}, {3});
    const ir::QuantParams end{0.5, 0, -2, 2, ir::ScalarType::kInt8};
    const FloatNet::Arguments params{{"scale", end.scale},
                                     {"zero_point", std::int64_t{0}},
                                     {"quant_min", end.quant_min},
                                     {"quant_max", end.quant_max},
                                     {"dtype", end.dtype}};
    FloatNet::Arguments quantize{{"input", y}};
    std::ranges::copy(params, std::back_inserter(quantize));
    const ir::ValueId q = net.nodes().Node("q", "quantized_decomposed.quantize_per_tensor.default",
                                           quantize, ir::ScalarType::kInt8, {1, 1});
    FloatNet::Arguments dequantize{{"input", q}};
    std::ranges::copy(params, std::back_inserter(dequantize));
    return net.Return(
        {net.Call("quantized_decomposed.dequantize_per_tensor.default", dequantize, {1, 1})});
  };
  const Verification v = Verified(program(false), program(true));
  ASSERT_EQ(v.sites.size(), 1u);
  EXPECT_EQ(v.sites[0].tails.at(0).channels.at(0).reachable.lsb, 0);
  EXPECT_EQ(v.verdict, Verdict::kWithin);
}

}  // namespace
}  // namespace foldproof::prove::nets
