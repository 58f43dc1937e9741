// SPDX-License-Identifier: BSD-3-Clause
//
// quantize and dequantize in every executor, on floats of every kind and on every type of input,
// against what PyTorch's Python makes of them, operator by operator in libtorch.
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <memory>
#include <random>

#include "harness/exec/open/open_executor.h"
#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/half.h"
#include "tests/harness/exec/float_distance.h"
#include "tests/harness/exec/quantizers_in_torch.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

constexpr std::int64_t kCount = 1 << 15;

// Those that are no real kernels.
std::vector<std::string> Executors() {
  std::vector<std::string> names;
  for (const std::string& name : ExecutorNames()) {
    if (name == "torch" || name == "torch64" || name == "eigen" || name == "integer") {
      names.push_back(name);
    }
  }
  return names;
}

// Any bit pattern (NaN, Inf and subnormal numbers among them), ties and near ties of the scale.
std::vector<float> Floats(double scale, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<float> out{0.0f,
                         -0.0f,
                         std::numeric_limits<float>::infinity(),
                         -std::numeric_limits<float>::infinity(),
                         std::numeric_limits<float>::quiet_NaN(),
                         1e-45f,
                         -1e-45f,
                         1e30f,
                         -1e30f};
  while (std::ssize(out) < kCount) {
    const std::uint64_t bits = random();
    const auto small = static_cast<double>(static_cast<std::int16_t>(bits >> 16));
    switch (bits % 3) {
      case 0: out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32))); break;
      case 1: out.push_back(static_cast<float>((small + 0.5) * scale)); break;
      default: out.push_back(static_cast<float>(small / 300 * scale)); break;
    }
  }
  return out;
}

// The floats in the type `dtype`.
Tensor InputOf(ScalarType dtype, const std::vector<float>& floats) {
  if (dtype == ScalarType::kFloat32) return FloatTensor({kCount}, floats);
  std::vector<std::uint16_t> bits;
  for (const float x : floats) {
    bits.push_back(dtype == ScalarType::kFloat16 ? ToFloat16(x) : ToBFloat16(x));
  }
  return Tensor::Of(dtype, {kCount}, bits);
}

class Quantizers : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      torch_ = OpenExecutor("torch");
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  static ir::ValueId Node(SmallProgram& made, const std::string& name, const std::string& target,
                          std::vector<ir::Argument> arguments, ScalarType type) {
    return made.Node(name, target, std::move(arguments), ir::MakeTensorType(type, {kCount}));
  }

  static std::vector<ir::Argument> Arguments(ir::ValueId input, const ir::QuantParams& p) {
    return {{"input", input},           {"scale", p.scale},         {"zero_point", p.zero_point},
            {"quant_min", p.quant_min}, {"quant_max", p.quant_max}, {"dtype", p.dtype}};
  }

  std::unique_ptr<Executor> torch_;
};

std::vector<ir::QuantParams> SomeParams() {
  std::vector<ir::QuantParams> out;
  for (const ScalarType type :
       {ScalarType::kUInt8, ScalarType::kInt8, ScalarType::kInt16, ScalarType::kInt32}) {
    for (const double scale : {0.03, 1.0 / 3, 7.0, 3e-9}) {
      for (const std::int64_t zero_point : {0, 100}) {
        out.push_back({scale, zero_point, ir::LowestOf(type), ir::HighestOf(type), type});
      }
    }
  }
  return out;
}

TEST_F(Quantizers, QuantizeAlikeInEveryExecutor) {
  unsigned seed = 1;
  for (const std::string& name : Executors()) {
    const auto executor = OpenExecutor(name);
    for (const ScalarType type :
         {ScalarType::kFloat32, ScalarType::kFloat16, ScalarType::kBFloat16}) {
      for (const ir::QuantParams& params : SomeParams()) {
        const Tensor x = InputOf(type, Floats(params.scale, seed++));
        SmallProgram made;
        const auto in = made.Input("x", ir::MakeTensorType(type, {kCount}));
        const auto out = Node(made, "q", "quantized_decomposed.quantize_per_tensor.default",
                              Arguments(in, params), params.dtype);
        EXPECT_EQ(IntegersOf(executor->Run(made.program(), {{in, x}}, {out}).at(out)),
                  IntegersOf(QuantizeInTorch(*torch_, x, params)))
            << name << ", " << ir::Name(type) << " to " << ir::Name(params.dtype) << ", scale "
            << params.scale;
      }
    }
  }
}

// The float64 references give float64, which for codes of at most 16 bits is float32's number.
TEST_F(Quantizers, DequantizeAlikeInEveryExecutor) {
  std::mt19937_64 random(5);
  for (const std::string& name : Executors()) {
    const auto executor = OpenExecutor(name);
    for (const ir::QuantParams& params : SomeParams()) {
      std::vector<std::int64_t> codes;
      for (std::int64_t i = 0; i < kCount; ++i) {
        codes.push_back(static_cast<std::int64_t>(random()));
      }
      const Tensor q = TensorOfIntegers(params.dtype, {kCount}, codes);
      SmallProgram made;
      const auto in = made.Input("q", ir::MakeTensorType(params.dtype, {kCount}));
      const auto out = Node(made, "x", "quantized_decomposed.dequantize_per_tensor.default",
                            Arguments(in, params), ScalarType::kFloat32);
      const Tensor got = executor->Run(made.program(), {{in, q}}, {out}).at(out);
      const auto wanted = DequantizeInTorch(*torch_, q, params).Elements<float>();
      const bool is_reference = got.dtype == ScalarType::kFloat64;
      if (is_reference && params.dtype == ScalarType::kInt32) continue;
      std::vector<float> floats;
      if (is_reference) {
        for (const double x : got.Elements<double>()) floats.push_back(static_cast<float>(x));
      } else {
        floats = got.Elements<float>();
      }
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        ASSERT_TRUE(SameBits(floats[i], wanted[i])) << name << ", " << ir::Name(params.dtype);
      }
    }
  }
}

// A type that PyTorch refuses is refused by one line that names the node.
TEST_F(Quantizers, RefuseFloat64) {
  const ir::QuantParams params{0.1, 0, -128, 127, ScalarType::kInt8};
  SmallProgram made;
  const auto in = made.Input("x", ir::MakeTensorType(ScalarType::kFloat64, {1}));
  const auto out = Node(made, "q", "quantized_decomposed.quantize_per_tensor.default",
                        Arguments(in, params), params.dtype);
  const Tensor x = Tensor::Of<double>(ScalarType::kFloat64, {1}, {0.5});
  for (const std::string name : {"torch", "integer", "eigen"}) {
    try {
      OpenExecutor(name)->Run(made.program(), {{in, x}}, {out});
      FAIL() << name << " took it";
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()),
                "q: quantized_decomposed.quantize_per_tensor.default: takes float32, not float64; "
                "export the program again");
    }
  }
}

}  // namespace
}  // namespace foldproof::exec
