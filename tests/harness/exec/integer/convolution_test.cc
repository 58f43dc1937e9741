// SPDX-License-Identifier: BSD-3-Clause
//
// Convolutions of codes held to plain sums in int64, and to the formula for what they stand for.
#include "harness/exec/integer/convolution.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "harness/exec/integer/quantization.h"
#include "tests/harness/exec/code_tensors.h"
#include "tests/harness/exec/float_distance.h"

namespace foldproof::exec {
namespace {

using Sizes = std::vector<std::int64_t>;
using ir::ScalarType;

constexpr double kInputScale = 0.037;
constexpr std::int64_t kInputZero = 11;

// A convolution drawn from `seed`: dimensions of space, and operands that fit.
struct Drawn {
  ir::Convolution op;
  Sizes input, weight;
  std::int64_t outputs = 0;
};

Drawn Draw(std::mt19937_64& random, bool transposed) {
  const auto within = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  Drawn out;
  const auto spatial = static_cast<std::size_t>(within(1, 2));
  out.op.transposed = transposed;
  out.op.groups = within(1, 3);
  const std::int64_t inputs = out.op.groups * within(1, 3), outputs = out.op.groups * within(1, 5);
  out.outputs = outputs;
  if (within(0, 3) > 0) out.input.push_back(within(1, 2));
  out.input.push_back(inputs);
  out.weight =
      transposed ? Sizes{inputs, outputs / out.op.groups} : Sizes{outputs, inputs / out.op.groups};
  for (std::size_t d = 0; d < spatial; ++d) {
    out.input.push_back(within(5, 23));
    out.weight.push_back(within(1, 3));
    out.op.stride.push_back(within(1, 3));
    out.op.dilation.push_back(within(1, 2));
    out.op.padding.push_back(within(0, 2));
    out.op.output_padding.push_back(transposed ? within(0, out.op.stride.back() - 1) : 0);
  }
  return out;
}

// A of every output element as PyTorch's documentation defines it, element by element: a plain
// convolution gathers, a transposed one scatters. Operands are codes less their zero points.
std::vector<std::int64_t> PlainSums(const Drawn& drawn, const std::vector<std::int64_t>& x,
                                    const std::vector<std::int64_t>& w, const Sizes& result) {
  const std::size_t spatial = drawn.op.spatial();
  const bool batched = drawn.input.size() == spatial + 2;
  const std::int64_t batch = batched ? drawn.input[0] : 1;
  const auto last = [&](const Sizes& sizes, std::size_t d) {
    return d < 2 - spatial ? std::int64_t{1} : sizes[sizes.size() - 2 + d];
  };
  const auto step = [&](const Sizes& list, std::size_t d, std::int64_t otherwise) {
    return d < 2 - spatial ? otherwise : list[d - (2 - spatial)];
  };
  const std::int64_t inputs = drawn.input[batched ? 1 : 0], groups = drawn.op.groups;
  const std::int64_t outputs = drawn.outputs;
  const std::int64_t h = last(drawn.input, 0), v = last(drawn.input, 1);
  const std::int64_t kh = last(drawn.weight, 0), kv = last(drawn.weight, 1);
  const std::int64_t oh = last(result, 0), ov = last(result, 1);
  std::vector<std::int64_t> sums(static_cast<std::size_t>(batch * outputs * oh * ov), 0);
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t o = 0; o < outputs; ++o) {
      const std::int64_t group = o / (outputs / groups);
      for (std::int64_t c = 0; c < inputs / groups; ++c) {
        const std::int64_t from = group * (inputs / groups) + c;
        for (std::int64_t t = 0; t < kh * kv; ++t) {
          const std::int64_t ti = t / kv, tj = t % kv;
          const std::int64_t weight_at =
              drawn.op.transposed
                  ? ((from * (outputs / groups) + o % (outputs / groups)) * kh + ti) * kv + tj
                  : ((o * (inputs / groups) + c) * kh + ti) * kv + tj;
          const bool back = drawn.op.transposed;
          const Sizes& stride = drawn.op.stride;
          for (std::int64_t i = 0; i < (back ? h : oh); ++i) {
            for (std::int64_t j = 0; j < (back ? v : ov); ++j) {
              const std::int64_t fi = i * step(stride, 0, 1) + ti * step(drawn.op.dilation, 0, 1) -
                                      step(drawn.op.padding, 0, 0);
              const std::int64_t fj = j * step(stride, 1, 1) + tj * step(drawn.op.dilation, 1, 1) -
                                      step(drawn.op.padding, 1, 0);
              if (fi < 0 || fj < 0 || fi >= (back ? oh : h) || fj >= (back ? ov : v)) continue;
              const std::int64_t xi = back ? i : fi, xj = back ? j : fj;
              const std::int64_t yi = back ? fi : i, yj = back ? fj : j;
              sums[static_cast<std::size_t>(((n * outputs + o) * oh + yi) * ov + yj)] +=
                  x[static_cast<std::size_t>(((n * inputs + from) * h + xi) * v + xj)] *
                  w[static_cast<std::size_t>(weight_at)];
            }
          }
        }
      }
    }
  }
  return sums;
}

std::int64_t CountIn(const Sizes& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return count;
}

Tensor RandomCodes(std::mt19937_64& random, ScalarType dtype, const Sizes& sizes) {
  std::vector<std::int64_t> codes;
  for (std::int64_t i = 0; i < CountIn(sizes); ++i) {
    codes.push_back(static_cast<std::int64_t>(random()));
  }
  return TensorOfIntegers(dtype, sizes, codes);
}

std::vector<std::int64_t> Shifted(const Tensor& codes, std::int64_t zero_point) {
  std::vector<std::int64_t> out = IntegersOf(codes);
  for (std::int64_t& code : out) code -= zero_point;
  return out;
}

// Runs the drawn convolution on random codes of `dtype` and holds every value to v = f32(f64(f64(A
// * f32(s_x)) * f32(s_w[c])) + b).
void CheckDrawn(std::mt19937_64& random, bool transposed, ScalarType dtype) {
  const Drawn drawn = Draw(random, transposed);
  const Tensor x = RandomCodes(random, dtype, drawn.input);
  const Tensor w = RandomCodes(random, ScalarType::kInt8, drawn.weight);
  const Tensor b = RandomCodes(random, ScalarType::kInt32, {drawn.outputs});
  const ir::QuantParams params{kInputScale, kInputZero, ir::LowestOf(dtype), ir::HighestOf(dtype),
                               dtype};
  const bool by_channel = !transposed;
  std::vector<float> scales;
  for (std::int64_t o = 0; o < drawn.outputs; ++o) {
    scales.push_back(by_channel ? 0.001f * static_cast<float>(o + 1) : 0.002f);
  }
  const CodedTensor weight =
      by_channel
          ? DequantizeChannels(CodedTensor(w),
                               {Tensor::Of<float>(ScalarType::kFloat32, {drawn.outputs}, scales),
                                std::nullopt, 0, -128, 127, ScalarType::kInt8})
          : DequantizeTensor(CodedTensor(w), {scales[0], 0, -128, 127, ScalarType::kInt8});
  const CodedTensor bias =
      DequantizeTensor(CodedTensor(b), {1e-5, 0, INT32_MIN, INT32_MAX, ScalarType::kInt32});
  ConvKernel kernel(drawn.op);
  const CodedTensor got = kernel.Run(DequantizeTensor(CodedTensor(x), params), weight, &bias);
  const auto sums = PlainSums(drawn, Shifted(x, kInputZero), Shifted(w, 0), got.sizes());
  ASSERT_EQ(sums.size(), got.count());
  const std::size_t plane =
      sums.size() / static_cast<std::size_t>(drawn.outputs) /
      static_cast<std::size_t>(drawn.input.size() == drawn.op.spatial() + 2 ? drawn.input[0] : 1);
  const auto bias_codes = IntegersOf(b);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::size_t c = i / plane % static_cast<std::size_t>(drawn.outputs);
    const double scaled =
        static_cast<double>(sums[i]) * static_cast<double>(0.037f) * static_cast<double>(scales[c]);
    const auto wanted = static_cast<float>(scaled + static_cast<double>(bias_codes[c]) *
                                                        static_cast<double>(1e-5f));
    ASSERT_TRUE(SameBits(got.As<float>()[i], wanted)) << "at " << i;
  }
}

TEST(Convolution, OfCodesIsTheExactSum) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    for (const ScalarType dtype : {ScalarType::kInt8, ScalarType::kUInt8, ScalarType::kInt16}) {
      SCOPED_TRACE(i);
      ASSERT_NO_FATAL_FAILURE(CheckDrawn(random, false, dtype));
    }
  }
}

TEST(Convolution, TransposedScatters) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 200; ++i) {
    SCOPED_TRACE(i);
    ASSERT_NO_FATAL_FAILURE(CheckDrawn(random, true, ScalarType::kInt8));
  }
}

// 255 * 128 * 70,000 taps is above 2^31: int32 would wrap.
TEST(Convolution, AccumulatorsAboveInt32AreExact) {
  constexpr std::int64_t kTaps = 70'000;
  const CodedTensor x =
      DequantizeTensor(CodedTensor(Int8({1, kTaps, 1}, std::vector<std::int64_t>(kTaps, 127))),
                       {1.0, -128, -128, 127, ScalarType::kInt8});
  const CodedTensor w =
      DequantizeTensor(CodedTensor(Int8({1, kTaps, 1}, std::vector<std::int64_t>(kTaps, -128))),
                       {1.0, 0, -128, 127, ScalarType::kInt8});
  const CodedTensor bias =
      DequantizeTensor(CodedTensor(Bias({-5})), {1.0, 0, INT32_MIN, INT32_MAX, ScalarType::kInt32});
  ir::Convolution op;
  op.stride = op.dilation = {1};
  op.padding = {0};
  const CodedTensor got = ConvKernel(op).Run(x, w, &bias);
  constexpr std::int64_t kSum = 255LL * -128 * kTaps;
  EXPECT_EQ(got.As<float>()[0], static_cast<float>(kSum - 5));
}

// 2^24 + 1 as a sum: a float32 accumulator cannot hold it; the exact one rounds once, to even.
TEST(Convolution, TheSumIsRoundedOnce) {
  const std::vector<std::int64_t> ones(66'053, 127);  // 127 * 127 * 66053 is above 2^24
  const CodedTensor x = DequantizeTensor(CodedTensor(Int8({1, 66'053, 1}, ones)),
                                         {1.0, 0, -128, 127, ScalarType::kInt8});
  const CodedTensor w = DequantizeTensor(CodedTensor(Int8({1, 66'053, 1}, ones)),
                                         {1.0, 0, -128, 127, ScalarType::kInt8});
  ir::Convolution op;
  op.stride = op.dilation = {1};
  op.padding = {0};
  EXPECT_EQ(ConvKernel(op).Run(x, w, nullptr).As<float>()[0],
            static_cast<float>(127.0 * 127.0 * 66'053.0));
}

TEST(Convolution, ABiasOfAnotherLengthIsRefused) {
  const CodedTensor x(Tensor::Of<float>(ScalarType::kFloat32, {1, 2, 4}, std::vector<float>(8, 1)));
  const CodedTensor w(Tensor::Of<float>(ScalarType::kFloat32, {3, 2, 1}, std::vector<float>(6, 1)));
  const CodedTensor bias(Tensor::Of<float>(ScalarType::kFloat32, {2}, {1, 2}));
  ir::Convolution op;
  op.stride = op.dilation = {1};
  op.padding = {0};
  EXPECT_EQ(Refusal([&] { ConvKernel(op).Run(x, w, &bias); }),
            "its bias has 2 entries for 3 output channels");
}

// The weight is kept from run to run; another one of the same shape must not be taken for it.
TEST(Convolution, AnotherWeightIsSeen) {
  const auto of = [](std::int64_t code) {
    return DequantizeTensor(CodedTensor(Int8({1, 1, 1}, {code})),
                            {1.0, 0, -128, 127, ScalarType::kInt8});
  };
  ir::Convolution op;
  op.stride = op.dilation = {1};
  op.padding = {0};
  ConvKernel kernel(op);
  EXPECT_EQ(kernel.Run(of(3), of(5), nullptr).As<float>()[0], 15.0f);
  EXPECT_EQ(kernel.Run(of(3), of(7), nullptr).As<float>()[0], 21.0f);
}

}  // namespace
}  // namespace foldproof::exec
