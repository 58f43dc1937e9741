// SPDX-License-Identifier: BSD-3-Clause
//
// The equations of docs/numerics.md held to libtorch's own operators, on this machine, bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iostream>
#include <limits>
#include <random>

#include "harness/exec/libtorch/torch_executor.h"
#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/quantized_decomposed.h"
#include "tests/harness/exec/batch_norm_formula.h"
#include "tests/harness/exec/float_distance.h"
#include "tests/harness/exec/quantizers_in_torch.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

constexpr std::int64_t kCount = 1 << 17;

// Floats of every kind: any bit pattern, numbers around `scale`, multiples of half of it (ties).
std::vector<float> Adversarial(double scale, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<float> out{0.0f,
                         -0.0f,
                         std::numeric_limits<float>::infinity(),
                         -std::numeric_limits<float>::infinity(),
                         std::numeric_limits<float>::quiet_NaN(),
                         1e-45f,
                         1e30f,
                         -1e30f};
  while (std::ssize(out) < kCount) {
    const std::uint64_t bits = random();
    const auto small = static_cast<double>(static_cast<std::int16_t>(bits >> 16));
    switch (bits % 4) {
      case 0: out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32))); break;
      case 1: out.push_back(static_cast<float>(small * scale)); break;
      case 2: out.push_back(static_cast<float>((small + 0.5) * scale)); break;
      default: out.push_back(static_cast<float>(small * 70000 * scale)); break;
    }
  }
  return out;
}

class OnLibtorch : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      executor_ = OpenTorchExecutor();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  Tensor Run(SmallProgram& made, const Tensors& feeds, ir::ValueId fetch) {
    return executor_->Run(made.program(), feeds, {fetch}).at(fetch);
  }

  static ir::ValueId Node(SmallProgram& made, const std::string& name, const std::string& target,
                          std::vector<ir::Argument> arguments, ScalarType type,
                          std::int64_t count = kCount) {
    return made.Node(name, target, std::move(arguments), ir::MakeTensorType(type, {count}));
  }

  std::unique_ptr<Executor> executor_;
};

std::vector<ir::QuantParams> SomeParams() {
  std::vector<ir::QuantParams> out;
  for (const ScalarType type :
       {ScalarType::kUInt8, ScalarType::kInt8, ScalarType::kInt16, ScalarType::kInt32}) {
    for (const double scale : {0.03, 1.0 / 3, 1.2e-4, 7.0, 3e-9}) {
      for (const std::int64_t zero_point : {0, 5, 100}) {
        out.push_back({scale, zero_point, ir::LowestOf(type), ir::HighestOf(type), type});
      }
    }
  }
  return out;
}

void ExpectSameFloats(const Tensor& got, const Tensor& wanted, const std::string& what) {
  const auto a = got.Elements<float>(), b = wanted.Elements<float>();
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_TRUE(SameBits(a[i], b[i])) << what << " at " << i << ": " << a[i] << ", " << b[i];
  }
}

TEST_F(OnLibtorch, QuantizePerTensorIsEquation1) {
  unsigned seed = 1;
  for (const ir::QuantParams& params : SomeParams()) {
    const Tensor x = FloatTensor({kCount}, Adversarial(params.scale, seed++));
    const auto ours = IntegersOf(QuantizePerTensor(x, params));
    const auto theirs = IntegersOf(QuantizeInTorch(*executor_, x, params));
    const auto at = std::mismatch(ours.begin(), ours.end(), theirs.begin());
    EXPECT_EQ(at.first, ours.end())
        << ir::Name(params.dtype) << " scale " << params.scale
        << ", x = " << x.Elements<float>()[static_cast<std::size_t>(at.first - ours.begin())];
  }
}

TEST_F(OnLibtorch, DequantizePerTensorIsEquation2) {
  std::mt19937_64 random(7);
  for (const ir::QuantParams& params : SomeParams()) {
    std::vector<std::int64_t> codes;
    for (std::int64_t i = 0; i < kCount; ++i) codes.push_back(static_cast<std::int64_t>(random()));
    const Tensor q = TensorOfIntegers(params.dtype, {kCount}, codes);
    ExpectSameFloats(DequantizePerTensor(q, params), DequantizeInTorch(*executor_, q, params),
                     std::string(ir::Name(params.dtype)));
  }
}

// (q - z) * s with z and s as tensors of one element that is broadcast like one channel.
TEST_F(OnLibtorch, DequantizePerChannelIsEquation4) {
  std::mt19937_64 random(8);
  for (const ScalarType code_type :
       {ScalarType::kUInt8, ScalarType::kInt8, ScalarType::kInt16, ScalarType::kInt32}) {
    for (const ScalarType zero_type :
         {ScalarType::kUInt8, ScalarType::kInt8, ScalarType::kInt32, ScalarType::kInt64}) {
      for (const bool wide : {false, true}) {
        std::vector<std::int64_t> codes;
        for (std::int64_t i = 0; i < kCount; ++i) {
          codes.push_back(static_cast<std::int64_t>(random()));
        }
        const Tensor q = TensorOfIntegers(code_type, {1, kCount}, codes);
        const Tensor z = TensorOfIntegers(zero_type, {1}, {-77});
        const Tensor s = wide ? Tensor::Of<double>(ScalarType::kFloat64, {1}, {0.1})
                              : Tensor::Of<float>(ScalarType::kFloat32, {1}, {0.1f});
        SmallProgram made;
        const auto in = made.Input("q", ir::MakeTensorType(code_type, {1, kCount}));
        const auto zero_point = made.Buffer("z", z);
        const auto scale = made.Buffer("s", s);
        const auto shifted = Node(made, "shifted", "aten.sub.Tensor",
                                  {{"self", in}, {"other", zero_point}}, ScalarType::kInt32);
        const auto scaled =
            Node(made, "scaled", "aten.mul.Tensor", {{"self", shifted}, {"other", scale}}, s.dtype);
        const auto out =
            Node(made, "out", "aten.to.dtype", {{"self", scaled}, {"dtype", ScalarType::kFloat32}},
                 ScalarType::kFloat32);
        const ChannelParams params{
            s, z, 0, ir::LowestOf(code_type), ir::HighestOf(code_type), code_type};
        ExpectSameFloats(
            DequantizePerChannel(q, params), Run(made, {{in, q}}, out),
            std::string(ir::Name(code_type)) + " - " + std::string(ir::Name(zero_type)));
      }
    }
  }
}

// clamp(round(x * (1.0 / s)) + z, min, max).to(dtype) with tensors for s and z.
TEST_F(OnLibtorch, QuantizePerChannelIsEquation3) {
  unsigned seed = 100;
  for (const ir::QuantParams& p : SomeParams()) {
    for (const bool wide : {false, true}) {
      const ScalarType type = wide ? ScalarType::kFloat64 : ScalarType::kFloat32;
      const Tensor s = wide ? Tensor::Of<double>(type, {1}, {p.scale})
                            : Tensor::Of<float>(type, {1}, {static_cast<float>(p.scale)});
      const Tensor z = Tensor::Of<std::int64_t>(ScalarType::kInt64, {1}, {p.zero_point});
      SmallProgram made;
      const auto in = made.Input("x", FloatType({1, kCount}));
      const auto scale = made.Buffer("s", s);
      const auto zero_point = made.Buffer("z", z);
      const auto inverse =
          Node(made, "inverse", "aten.reciprocal.default", {{"self", scale}}, type, 1);
      const auto scaled =
          Node(made, "scaled", "aten.mul.Tensor", {{"self", in}, {"other", inverse}}, type);
      const auto rounded = Node(made, "rounded", "aten.round.default", {{"self", scaled}}, type);
      const auto shifted = Node(made, "shifted", "aten.add.Tensor",
                                {{"self", rounded}, {"other", zero_point}}, type);
      const auto clamped =
          Node(made, "clamped", "aten.clamp.default",
               {{"self", shifted}, {"min", p.quant_min}, {"max", p.quant_max}}, type);
      const auto codes =
          Node(made, "codes", "aten.to.dtype", {{"self", clamped}, {"dtype", p.dtype}}, p.dtype);
      const Tensor x = FloatTensor({1, kCount}, Adversarial(p.scale, seed++));
      const ChannelParams params{s, z, 0, p.quant_min, p.quant_max, p.dtype};
      EXPECT_EQ(IntegersOf(QuantizePerChannel(x, params)), IntegersOf(Run(made, {{in, x}}, codes)))
          << ir::Name(p.dtype) << " scale " << p.scale << (wide ? " float64" : " float32");
    }
  }
}

struct BatchNormNumbers {
  const std::vector<float>&weight, &bias, &mean, &var;
};

ir::ValueId AddBatchNorm(SmallProgram& made, ir::ValueId input, const BatchNormNumbers& numbers,
                         const std::vector<std::int64_t>& sizes) {
  const auto buffer = [&](const char* name, const std::vector<float>& elements) {
    return made.Buffer(name, FloatTensor({static_cast<std::int64_t>(elements.size())}, elements));
  };
  return made.Node("y", "aten.batch_norm.default",
                   {{"input", input},
                    {"weight", buffer("w", numbers.weight)},
                    {"bias", buffer("b", numbers.bias)},
                    {"running_mean", buffer("m", numbers.mean)},
                    {"running_var", buffer("v", numbers.var)},
                    {"training", false},
                    {"momentum", 0.1},
                    {"eps", 1e-5},
                    {"cudnn_enabled", false}},
                   FloatType(sizes));
}

// Lengths that fill a vector register and such that leave a rest; channels first and channels last.
TEST_F(OnLibtorch, BatchNormIsEquation5WithFmaAnd6Without) {
  std::mt19937_64 random(9);
  std::uniform_real_distribution<float> number(-3.0f, 3.0f);
  const bool fused = HasFusedKernels(executor_->Describe());
  std::int64_t variants_differ = 0;
  for (const std::int64_t length : {1, 5, 8, 16, 37, 64, 1000}) {
    constexpr std::int64_t kChannels = 5;
    std::vector<float> x, weight, bias, mean, var;
    for (std::int64_t i = 0; i < 2 * kChannels * length; ++i) x.push_back(number(random));
    for (std::int64_t c = 0; c < kChannels; ++c) {
      weight.push_back(number(random));
      bias.push_back(number(random));
      mean.push_back(number(random));
      var.push_back(std::fabs(number(random)));
    }
    SmallProgram made;
    const auto in = made.Input("x", FloatType({2, kChannels, length}));
    const auto y = AddBatchNorm(made, in, {weight, bias, mean, var}, {2, kChannels, length});
    const auto got = Run(made, {{in, FloatTensor({2, kChannels, length}, x)}}, y).Elements<float>();
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::size_t c = i / static_cast<std::size_t>(length) % kChannels;
      const BatchNormChannel channel{weight[c], bias[c], mean[c], InverseDeviation(var[c], 1e-5)};
      const float fma = BatchNormFormula(x[i], channel, true);
      const float plain = BatchNormFormula(x[i], channel, false);
      ASSERT_TRUE(SameBits(got[i], fused ? fma : plain))
          << "length " << length << " at " << i << (fused ? ", fused" : ", not fused");
      variants_differ += !SameBits(fma, plain);
    }
  }
  // The test can tell the variants apart: some 30 % of the results differ between them.
  EXPECT_GT(variants_differ, 1000);
}

// y = ((x - mean) * (1 / root)) * gamma + beta in float32, step by step, with libtorch's own root.
TEST_F(OnLibtorch, BatchNormOfAnotherLayoutIsEquation6b) {
  constexpr std::int64_t kChannels = 16;
  std::mt19937_64 random(10);
  std::uniform_real_distribution<float> number(-3.0f, 3.0f);
  const auto numbers = [&](std::int64_t count) {
    std::vector<float> out;
    for (std::int64_t i = 0; i < count; ++i) out.push_back(number(random));
    return out;
  };
  const auto arguments = [](ir::ValueId of, const char* layout, std::int64_t length) {
    using Arguments = std::vector<ir::Argument>;
    const std::string name(layout);
    if (name == "aten.transpose.int") {
      return Arguments{{"self", of}, {"dim0", std::int64_t{1}}, {"dim1", std::int64_t{2}}};
    }
    if (name == "aten.expand.default") {
      return Arguments{{"self", of}, {"size", std::vector<std::int64_t>{2, kChannels, length}}};
    }
    return Arguments{{"self", of},
                     {"dim", std::int64_t{2}},
                     {"start", std::int64_t{0}},
                     {"end", 2 * length},
                     {"step", std::int64_t{2}}};
  };
  for (const char* layout : {"aten.transpose.int", "aten.expand.default", "aten.slice.Tensor"}) {
    const std::string name(layout);
    for (const std::int64_t length : {5, 8, 37, 64, 1000}) {
      const std::vector<std::int64_t> sizes =
          name == "aten.transpose.int"    ? std::vector<std::int64_t>{2, length, kChannels}
          : name == "aten.expand.default" ? std::vector<std::int64_t>{1, kChannels, length}
                                          : std::vector<std::int64_t>{2, kChannels, 2 * length};
      const std::vector<float> x = numbers(sizes[0] * sizes[1] * sizes[2]);
      const std::vector<float> weight = numbers(kChannels), bias = numbers(kChannels),
                               mean = numbers(kChannels);
      std::vector<float> var = numbers(kChannels), shifted;
      for (float& v : var) {
        v = std::fabs(v);
        shifted.push_back(v + 1e-5f);
      }
      SmallProgram made;
      const auto in = made.Input("x", FloatType(sizes));
      const auto moved = made.Node("moved", layout, arguments(in, layout, length),
                                   FloatType({2, kChannels, length}));
      const auto y = AddBatchNorm(made, moved, {weight, bias, mean, var}, {2, kChannels, length});
      const auto root = Node(made, "root", "aten.sqrt.default",
                             {{"self", made.Buffer("s", FloatTensor({kChannels}, shifted))}},
                             ScalarType::kFloat32, kChannels);
      const Tensors got =
          executor_->Run(made.program(), {{in, FloatTensor(sizes, x)}}, {moved, y, root});
      const auto from = got.at(moved).Elements<float>(), to = got.at(y).Elements<float>(),
                 roots = got.at(root).Elements<float>();
      for (std::size_t i = 0; i < to.size(); ++i) {
        const std::size_t c = i / static_cast<std::size_t>(length) % kChannels;
        const float inverse = 1.0f / roots[c];
        const float centred = from[i] - mean[c];
        const float scaled = centred * inverse;
        const float weighted = scaled * weight[c];
        ASSERT_TRUE(SameBits(to[i], weighted + bias[c])) << layout << " " << length << " at " << i;
      }
    }
  }
}

// add, sub, mul, div are one IEEE operation each, sqrt within a step of it.
TEST_F(OnLibtorch, ElementwiseOperationsAreIeee) {
  const std::vector<float> a = Adversarial(0.01, 21), b = Adversarial(0.5, 22);
  const auto run = [&](const std::string& target) {
    SmallProgram made;
    const auto x = made.Input("x", FloatType({kCount})), y = made.Input("y", FloatType({kCount}));
    const auto out = Node(made, "out", target, {{"self", x}, {"other", y}}, ScalarType::kFloat32);
    return Run(made, {{x, FloatTensor({kCount}, a)}, {y, FloatTensor({kCount}, b)}}, out)
        .Elements<float>();
  };
  const auto sum = run("aten.add.Tensor"), difference = run("aten.sub.Tensor"),
             product = run("aten.mul.Tensor"), quotient = run("aten.div.Tensor");
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_TRUE(SameBits(sum[i], a[i] + b[i])) << a[i] << " + " << b[i];
    ASSERT_TRUE(SameBits(difference[i], a[i] - b[i])) << a[i] << " - " << b[i];
    ASSERT_TRUE(SameBits(product[i], a[i] * b[i])) << a[i] << " * " << b[i];
    ASSERT_TRUE(SameBits(quotient[i], a[i] / b[i])) << a[i] << " / " << b[i];
  }
}

TEST_F(OnLibtorch, SquareRootIsWithinOneStep) {
  const std::vector<float> a = Adversarial(0.01, 23);
  SmallProgram made;
  const auto x = made.Input("x", FloatType({kCount}));
  const auto out = Node(made, "out", "aten.sqrt.default", {{"self", x}}, ScalarType::kFloat32);
  const auto root = Run(made, {{x, FloatTensor({kCount}, a)}}, out).Elements<float>();
  std::int64_t off = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::int64_t steps = StepsBetween(root[i], std::sqrt(a[i]));
    ASSERT_LE(steps, 1) << a[i];
    off += steps;
  }
  RecordProperty("square_roots_one_step_off", static_cast<int>(off));
  std::cout << off << " of " << a.size() << " square roots are one step off\n";
}

}  // namespace
}  // namespace foldproof::exec
