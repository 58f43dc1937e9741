// SPDX-License-Identifier: BSD-3-Clause
//
// Elementwise operators behind a conv: the proved figure is the largest difference of the two
// programs that libtorch shows over every input.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "harness/exec/executor.h"
#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove::tail_operators_test {
namespace {

using Arguments = ConstantProgram::Arguments;
using Append = std::function<ir::ValueId(ConvProgram&)>;

// x of 1/16 each, times 3/8: every product and sum below is exact in float32, whatever the order.
ir::Program Program(float bias, const Append& append) {
  ConvSpec spec;
  spec.input = Int8(0.0625, 0);
  spec.weight_scales = {0.375f};
  spec.bias = std::vector<float>{bias};
  spec.image = {1, 256};
  ConvProgram p(spec);
  return p.Return({append(p)});
}

std::vector<float> Outputs(exec::Executor& torch, const ir::Program& program) {
  std::vector<float> x;
  for (int code = -128; code < 128; ++code) x.push_back(static_cast<float>(code) * 0.0625f);
  const ir::ValueId y = std::get<ir::ValueId>(program.graph.outputs().at(0));
  ir::ValueId input;
  for (const ir::InputSpec& spec : program.inputs) {
    if (spec.kind == ir::InputSpec::Kind::kUserInput) input = spec.value;
  }
  exec::Tensors feeds;
  feeds[input] = exec::Tensor::Of(ir::ScalarType::kFloat32, {1, 1, 1, 256}, x);
  return torch.Run(program, feeds, {y}).at(y).Elements<float>();
}

class TailOperators : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      torch_ = exec::OpenTorchExecutor();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  // The figure is the truth, or above it by at most `above` LSB where kernels give several numbers.
  void ExpectTruth(const std::string& what, const Append& append, double above = 0) {
    const ir::Program before = Program(0.125f, append), after = Program(0.25f, append);
    const std::vector<float> b = Outputs(*torch_, before), a = Outputs(*torch_, after);
    double truth = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      truth = std::max(truth, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    }
    truth /= 0.0625;  // one LSB is the conv's input scale
    EXPECT_GT(truth, 0) << what;
    const SidePair pair(before, after);
    const Verification proof = pair.Judge().verification;
    ASSERT_EQ(proof.sites.size(), 1u) << what;
    ASSERT_EQ(proof.sites[0].tails.size(), 1u) << what;
    EXPECT_EQ(proof.sites[0].tails[0].output, 0u) << what << " is no part of the tail";
    const double lsb = proof.sites[0].tails[0].channels[0].reachable.lsb;
    EXPECT_GE(lsb, truth * (1 - 1e-9)) << what;
    EXPECT_LE(lsb, truth + above + 1e-9) << what;
  }
  void ExpectTruthOf(const std::string& target, const Arguments& more = {}, double above = 0) {
    ExpectTruth(
        target, [&](ConvProgram& p) { return p.Call(target, p.conv(), more); }, above);
  }

  std::unique_ptr<exec::Executor> torch_;
};

TEST_F(TailOperators, RoundingsAndSteps) {
  for (const char* name : {"round", "floor", "ceil", "trunc", "frac", "sign"}) {
    ExpectTruthOf("aten." + std::string(name) + ".default");
  }
  ExpectTruthOf("aten.threshold.default", {{"threshold", 0.5}, {"value", -2.0}});
  ExpectTruthOf("aten.threshold.default", {{"threshold", 0.5}, {"value", 2.0}});
  ExpectTruthOf("aten.hardshrink.default", {{"lambd", 0.5}});
}

TEST_F(TailOperators, Powers) {
  ExpectTruthOf("aten.square.default");
  for (const double exponent : {2.0, 3.0}) {
    ExpectTruthOf("aten.pow.Tensor_Scalar", {{"exponent", exponent}});
  }
}

// Within a few float32 steps of numbers up to 5: 1e-4 LSB.
TEST_F(TailOperators, FunctionsWithOtherParameters) {
  ExpectTruthOf("aten.selu.default", {}, 1e-4);
  ExpectTruthOf("aten.celu.default", {{"alpha", 0.3}}, 1e-4);
  ExpectTruthOf("aten.elu.default", {{"alpha", 2.0}, {"scale", 0.75}}, 1e-4);
  ExpectTruthOf("aten.softplus.default", {{"beta", 2.0}, {"threshold", 20.0}}, 1e-4);
}

TEST_F(TailOperators, Prelu) {
  for (const float slope : {0.25f, -0.5f}) {
    ExpectTruth("prelu", [&](ConvProgram& p) {
      const ir::ValueId slopes = p.nodes().Floats("slopes", {1}, {slope});
      return p.Call("aten.prelu.default", p.conv(), {{"weight", slopes}});
    });
  }
}

// x where x > 1/2, else x / 4: the condition's comparison is no part of any quantizer.
TEST_F(TailOperators, WhereAComparisonHolds) {
  ExpectTruth("where", [](ConvProgram& p) {
    const ir::ValueId quarter = p.Call("aten.mul.Scalar", p.conv(), {{"other", 0.25}});
    const ir::ValueId held =
        p.nodes().Node("held", "aten.gt.Scalar", {{"self", p.conv()}, {"other", 0.5}},
                       ir::ScalarType::kBool, {1, 1, 1, 256});
    return p.nodes().Node("chosen", "aten.where.self",
                          {{"condition", held}, {"self", p.conv()}, {"other", quarter}},
                          ir::ScalarType::kFloat32, {1, 1, 1, 256});
  });
}

// A node of the conv's shape and another type.
ir::ValueId Typed(ConvProgram& p, const std::string& target, const Arguments& arguments,
                  ir::ScalarType dtype) {
  static int count = 0;
  return p.nodes().Node("typed_" + std::to_string(count++), target, arguments, dtype,
                        {1, 1, 1, 256});
}
ir::ValueId AboveHalf(ConvProgram& p) {
  return Typed(p, "aten.gt.Scalar", {{"self", p.conv()}, {"other", 0.5}}, ir::ScalarType::kBool);
}
ir::ValueId ToFloat(ConvProgram& p, ir::ValueId value) {
  return Typed(p, "aten.to.dtype", {{"self", value}, {"dtype", ir::ScalarType::kFloat32}},
               ir::ScalarType::kFloat32);
}

TEST_F(TailOperators, WhereWithNumbers) {
  const auto chosen = [](ConvProgram& p, const std::string& overload, ir::ArgumentValue self,
                         ir::ArgumentValue other, ir::ScalarType made) {
    return Typed(
        p, "aten.where." + overload,
        {{"condition", AboveHalf(p)}, {"self", std::move(self)}, {"other", std::move(other)}},
        made);
  };
  const auto real = ir::ScalarType::kFloat32;
  ExpectTruth("Scalar", [&](ConvProgram& p) { return chosen(p, "Scalar", 1.5, -2.0, real); });
  ExpectTruth("Scalar of integers", [&](ConvProgram& p) {
    return ToFloat(p,
                   chosen(p, "Scalar", std::int64_t{3}, std::int64_t{-1}, ir::ScalarType::kInt64));
  });
  ExpectTruth("ScalarSelf",
              [&](ConvProgram& p) { return chosen(p, "ScalarSelf", 0.25, p.conv(), real); });
  ExpectTruth("ScalarOther", [&](ConvProgram& p) {
    return chosen(p, "ScalarOther", p.conv(), std::int64_t{0}, real);
  });
}

// To floats, to integers and back, and beside floats without a cast.
TEST_F(TailOperators, CastsOfAComparison) {
  using ir::ScalarType;
  ExpectTruth("float", [](ConvProgram& p) { return ToFloat(p, AboveHalf(p)); });
  for (const ScalarType whole : {ScalarType::kInt8, ScalarType::kInt64, ScalarType::kFloat16}) {
    ExpectTruth("whole", [&](ConvProgram& p) {
      return ToFloat(p,
                     Typed(p, "aten.to.dtype", {{"self", AboveHalf(p)}, {"dtype", whole}}, whole));
    });
  }
  ExpectTruth("dequantized", [](ConvProgram& p) {
    const ir::ValueId codes =
        Typed(p, "aten.to.dtype", {{"self", AboveHalf(p)}, {"dtype", ScalarType::kInt8}},
              ScalarType::kInt8);
    return p.Dequantize(codes, Int8(0.0625, 3));
  });
  ExpectTruth("mul", [](ConvProgram& p) {
    return p.Call("aten.mul.Tensor", AboveHalf(p), {{"other", p.conv()}});
  });
  for (const char* name : {"logical_not", "bitwise_not"}) {
    ExpectTruth(name, [&](ConvProgram& p) {
      return ToFloat(p, Typed(p, "aten." + std::string(name) + ".default", {{"self", AboveHalf(p)}},
                              ScalarType::kBool));
    });
  }
}

// A few float32 steps of numbers up to 150 are 1e-3 LSB.
TEST_F(TailOperators, LogarithmsExponentialsAndShrinking) {
  ExpectTruthOf("aten.expm1.default", {}, 1e-3);
  ExpectTruth(
      "log1p",
      [](ConvProgram& p) {
        return p.Call("aten.log1p.default", p.Call("aten.relu.default", p.conv()));
      },
      1e-4);
  ExpectTruthOf("aten.softshrink.default", {{"lambd", 0.5}});
}

TEST_F(TailOperators, BoundsThatAreTensors) {
  ExpectTruth("clamp_min", [](ConvProgram& p) {
    return p.Call("aten.clamp_min.Tensor", p.conv(), {{"min", p.PerChannel({0.25f})}});
  });
  ExpectTruth("clamp_max", [](ConvProgram& p) {
    return p.Call("aten.clamp_max.Tensor", p.conv(), {{"max", p.PerChannel({0.25f})}});
  });
}

// 0.3 of float16 and of bfloat16 beside a float32 tensor.
TEST_F(TailOperators, HalfConstantsAreWidened) {
  for (const auto& [dtype, bits] : {std::pair(ir::ScalarType::kFloat16, 0x34cd),
                                    std::pair(ir::ScalarType::kBFloat16, 0x3e9a)}) {
    for (const char* name : {"add", "mul", "maximum"}) {
      ExpectTruth(name, [&](ConvProgram& p) {
        exec::Tensor half{dtype, {1, 1, 1}, {}};
        half.bytes = {static_cast<std::byte>(bits & 255), static_cast<std::byte>(bits >> 8)};
        const std::string overload = std::string(name) == "maximum" ? ".default" : ".Tensor";
        return p.Call("aten." + std::string(name) + overload, p.conv(),
                      {{"other", p.nodes().Stored("half", half)}});
      });
    }
  }
}

TEST_F(TailOperators, CastsToAHalfTypeAndBack) {
  for (const ir::ScalarType half : {ir::ScalarType::kFloat16, ir::ScalarType::kBFloat16}) {
    ExpectTruth("cast", [&](ConvProgram& p) {
      const ir::ValueId third = p.Call("aten.mul.Scalar", p.conv(), {{"other", 0.3}});
      const ir::ValueId narrow = p.nodes().Node(
          "narrow", "aten.to.dtype", {{"self", third}, {"dtype", half}}, half, {1, 1, 1, 256});
      return p.nodes().Node("wide", "aten.to.dtype",
                            {{"self", narrow}, {"dtype", ir::ScalarType::kFloat32}},
                            ir::ScalarType::kFloat32, {1, 1, 1, 256});
    });
  }
}

// (codes.to(float32) - 3) * 0.25: a dequantize that is spelt out.
TEST_F(TailOperators, CastsOfCodes) {
  ExpectTruth("codes", [](ConvProgram& p) {
    const ir::ValueId codes = p.Quantize(p.conv(), Int8(0.25, 3));
    const ir::ValueId floats = p.nodes().Node(
        "floats", "aten.to.dtype", {{"self", codes}, {"dtype", ir::ScalarType::kFloat32}},
        ir::ScalarType::kFloat32, {1, 1, 1, 256});
    const ir::ValueId shifted = p.Call("aten.sub.Scalar", floats, {{"other", std::int64_t{3}}});
    return p.Call("aten.mul.Scalar", shifted, {{"other", 0.25}});
  });
}

}  // namespace
}  // namespace foldproof::prove::tail_operators_test
