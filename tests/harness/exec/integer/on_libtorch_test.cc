// SPDX-License-Identifier: BSD-3-Clause
//
// Operators of float32 on the executors integer and eigen against libtorch: elementwise ones and
// picks bit for bit, sums within a few steps.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <tuple>

#include "harness/exec/eigen/eigen_executor.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/exec/open/open_executor.h"
#include "tests/harness/exec/operators_on_libtorch.h"

namespace foldproof::exec::integer_on_libtorch_test {
namespace {

using ir::ScalarType;
using Ints = std::vector<std::int64_t>;
using Reals = std::vector<double>;

class IntegerOnLibtorch : public OperatorsOnLibtorch {
 protected:
  // Drawn numbers, with ties, zeros of both signs, subnormal ones and, where `wild`, Inf and NaN.
  ir::Argument Operand(const std::string& name, const Ints& sizes, bool wild = false) {
    Tensor tensor{ScalarType::kFloat32, sizes, {}};
    std::vector<float> elements;
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
      static constexpr float kSpecial[] = {0.0f,
                                           -0.0f,
                                           0.5f,
                                           1.5f,
                                           -2.5f,
                                           0.3f,
                                           1e-40f,
                                           std::numeric_limits<float>::infinity(),
                                           -std::numeric_limits<float>::infinity(),
                                           std::numeric_limits<float>::quiet_NaN()};
      const auto pick = std::uniform_int_distribution<std::size_t>(0, 39)(random_);
      const float drawn = std::normal_distribution<float>(0, 3)(random_);
      elements.push_back(pick < (wild ? 10u : 7u) ? kSpecial[pick] : drawn);
    }
    return OperandOf(name, Tensor::Of(ScalarType::kFloat32, sizes, elements));
  }

  std::vector<ir::ValueId> Append(const std::string& target, std::vector<ir::Argument> arguments,
                                  ScalarType dtype, std::size_t results) {
    std::vector<std::pair<std::string, std::optional<ir::TensorType>>> outputs;
    for (std::size_t i = 0; i < results; ++i) {
      outputs.emplace_back("y" + std::to_string(nodes_++), ir::MakeTensorType(dtype, {}));
    }
    const std::string name = outputs.front().first;
    const ir::NodeId node =
        made_.Graph().Append(name, target, std::move(arguments), std::move(outputs));
    return made_.Graph().node(node).outputs;
  }

  // Every result of both executors is libtorch's, bit for bit (NaN whatever its payload), or within
  // `steps` float32 steps of the larger number, or of `least`.
  void ExpectSame(const std::string& target, std::vector<ir::Argument> arguments,
                  ScalarType dtype = ScalarType::kFloat32, std::size_t results = 1, float steps = 0,
                  float least = 0) {
    const auto ids = Append(target, std::move(arguments), dtype, results);
    const Tensors wanted = torch_->Run(made_.program(), feeds_, ids);
    IntegerExecutor integer;
    EigenExecutor eigen;
    for (Executor* executor : {static_cast<Executor*>(&integer), static_cast<Executor*>(&eigen)}) {
      const Tensors got = executor->Run(made_.program(), feeds_, ids);
      for (const ir::ValueId id : ids) {
        const std::string what = target + " on " + executor->Describe();
        Compare(got.at(id), wanted.at(id), what, executor == &eigen, steps, least);
      }
    }
  }

  static void Compare(const Tensor& got, const Tensor& wanted, const std::string& what,
                      bool is_double, float steps, float least) {
    ASSERT_EQ(got.sizes, wanted.sizes) << what;
    EXPECT_GT(got.count(), 0) << what;
    if (wanted.dtype != ScalarType::kFloat32) {
      EXPECT_TRUE(got.dtype == wanted.dtype && got.bytes == wanted.bytes) << what;
      return;
    }
    std::vector<float> a;
    if (is_double) {
      for (const double x : got.Elements<double>()) a.push_back(static_cast<float>(x));
    } else {
      a = got.Elements<float>();
    }
    const auto b = wanted.Elements<float>();
    int wrong = 0;
    for (std::size_t i = 0; i < b.size() && wrong < 3; ++i) {
      if (std::isnan(a[i]) && std::isnan(b[i])) continue;
      if (std::bit_cast<std::uint32_t>(a[i]) == std::bit_cast<std::uint32_t>(b[i])) continue;
      const float size = std::max({std::abs(a[i]), std::abs(b[i]), least});
      if (steps > 0 && std::abs(a[i] - b[i]) <= steps * 0x1p-23f * size) continue;
      ADD_FAILURE() << what << " at " << i << ": " << a[i] << ", not " << b[i];
      ++wrong;
    }
  }

  std::mt19937 random_{7};
};

TEST_F(IntegerOnLibtorch, RoundingsAndSigns) {
  for (const char* name : {"round", "floor", "ceil", "trunc", "fix", "frac", "sign"}) {
    ExpectSame("aten." + std::string(name) + ".default", {Operand("self", {3, 67}, true)});
  }
}

TEST_F(IntegerOnLibtorch, PowersOfSmallExponents) {
  ExpectSame("aten.square.default", {Operand("self", {3, 67}, true)});
  for (const double exponent : {2.0, 3.0, -2.0, -1.0, 1.0}) {
    // 1 / (x * x) in float64 is rounded once more often in float32: 2 steps.
    const bool inverse = exponent == -2;
    ExpectSame("aten.pow.Tensor_Scalar", {Operand("self", {3, 67}), {"exponent", exponent}},
               ScalarType::kFloat32, 1, exponent == 3 || inverse ? 3.0f : 0.0f, 1e-30f);
  }
}

TEST_F(IntegerOnLibtorch, Thresholds) {
  ExpectSame("aten.threshold.default",
             {Operand("self", {3, 67}), {"threshold", 0.5}, {"value", -2.0}});
  ExpectSame("aten.hardshrink.default", {Operand("self", {3, 67}), {"lambd", 0.5}});
}

TEST_F(IntegerOnLibtorch, PreluByChannelAndForAll) {
  const Tensor slopes = Tensor::Of(ScalarType::kFloat32, {3}, std::vector<float>{0.25f, -0.5f, 2});
  ExpectSame("aten.prelu.default", {Operand("self", {2, 3, 5, 7}), OperandOf("weight", slopes)});
  const Tensor one = Tensor::Of(ScalarType::kFloat32, {1}, std::vector<float>{0.125f});
  ExpectSame("aten.prelu.default", {Operand("self", {2, 3, 5}), OperandOf("weight", one)});
}

TEST_F(IntegerOnLibtorch, ComparisonsAndWhere) {
  for (const char* name : {"gt", "ge", "lt", "le", "eq", "ne"}) {
    const std::string target = "aten." + std::string(name);
    ExpectSame(target + ".Scalar", {Operand("self", {3, 67}, true), {"other", 0.5}},
               ScalarType::kBool);
    ExpectSame(target + ".Tensor", {Operand("self", {3, 1}), Operand("other", {1, 9})},
               ScalarType::kBool);
  }
  const auto held =
      Append("aten.gt.Scalar", {Operand("self", {3, 67}), {"other", 0.0}}, ScalarType::kBool, 1)[0];
  ExpectSame("aten.where.self",
             {{"condition", held}, Operand("self", {3, 67}), Operand("other", {67})});
  ExpectSame("aten.where.ScalarOther",
             {{"condition", held}, Operand("self", {3, 67}), {"other", -1.5}});
  ExpectSame("aten.masked_fill.Scalar",
             {Operand("self", {3, 67}), {"mask", held}, {"value", 0.25}});
}

TEST_F(IntegerOnLibtorch, OtherNamesOfArithmetic) {
  ExpectSame("aten.rsub.Scalar",
             {Operand("self", {3, 67}), {"other", 2.5}, {"alpha", std::int64_t{1}}});
  ExpectSame("aten.multiply.Tensor", {Operand("self", {3, 67}), Operand("other", {67})});
  ExpectSame("aten.max.other", {Operand("self", {3, 67}), Operand("other", {67})});
}

TEST_F(IntegerOnLibtorch, PartsOfTensors) {
  ExpectSame("aten.chunk.default",
             {Operand("self", {2, 7, 3}), {"chunks", std::int64_t{3}}, {"dim", std::int64_t{1}}},
             ScalarType::kFloat32, 3);
  ExpectSame("aten.split.Tensor",
             {Operand("self", {2, 7}), {"split_size", std::int64_t{4}}, {"dim", std::int64_t{-1}}},
             ScalarType::kFloat32, 2);
  ExpectSame("aten.split_with_sizes.default",
             {Operand("self", {5, 2}), {"split_sizes", Ints{1, 3, 1}}}, ScalarType::kFloat32, 3);
  ExpectSame("aten.unbind.int", {Operand("self", {2, 3, 4}), {"dim", std::int64_t{1}}},
             ScalarType::kFloat32, 3);
  ExpectSame("aten.narrow.default", {Operand("self", {2, 6}),
                                     {"dim", std::int64_t{1}},
                                     {"start", std::int64_t{2}},
                                     {"length", std::int64_t{3}}});
}

TEST_F(IntegerOnLibtorch, RearrangedElements) {
  ExpectSame("aten.flip.default", {Operand("self", {2, 3, 4}), {"dims", Ints{0, 2}}});
  ExpectSame("aten.roll.default",
             {Operand("self", {3, 4}), {"shifts", Ints{1, -1}}, {"dims", Ints{0, 1}}});
  ExpectSame("aten.roll.default", {Operand("self", {3, 4}), {"shifts", Ints{5}}});
  ExpectSame("aten.repeat.default", {Operand("self", {2, 3}), {"repeats", Ints{2, 1, 3}}});
  ExpectSame("aten.pixel_shuffle.default",
             {Operand("self", {2, 8, 3, 4}), {"upscale_factor", std::int64_t{2}}});
  ExpectSame("aten.pixel_unshuffle.default",
             {Operand("self", {2, 2, 6, 4}), {"downscale_factor", std::int64_t{2}}});
  ExpectSame("aten.channel_shuffle.default",
             {Operand("self", {2, 6, 3, 2}), {"groups", std::int64_t{3}}});
}

TEST_F(IntegerOnLibtorch, NearestUpsampling) {
  ExpectSame("aten.upsample_nearest2d.vec", {Operand("input", {1, 2, 5, 7}),
                                             {"output_size", ir::None{}},
                                             {"scale_factors", Reals{2.0, 2.0}}});
  ExpectSame("aten.upsample_nearest2d.vec", {Operand("input", {1, 2, 5, 7}),
                                             {"output_size", Ints{11, 6}},
                                             {"scale_factors", ir::None{}}});
  ExpectSame("aten.upsample_nearest2d.vec", {Operand("input", {1, 2, 5, 7}),
                                             {"output_size", ir::None{}},
                                             {"scale_factors", Reals{1.7, 0.6}}});
  ExpectSame(
      "aten.upsample_nearest1d.vec",
      {Operand("input", {1, 2, 9}), {"output_size", Ints{13}}, {"scale_factors", ir::None{}}});
}

TEST_F(IntegerOnLibtorch, LinearUpsampling) {
  for (const bool corners : {false, true}) {
    ExpectSame("aten.upsample_bilinear2d.vec",
               {Operand("input", {1, 2, 5, 7}),
                {"output_size", Ints{10, 9}},
                {"align_corners", corners},
                {"scale_factors", ir::None{}}},
               ScalarType::kFloat32, 1, 16, 4);
    ExpectSame("aten.upsample_linear1d.vec",
               {Operand("input", {1, 2, 9}),
                {"output_size", ir::None{}},
                {"align_corners", corners},
                {"scale_factors", Reals{2.0}}},
               ScalarType::kFloat32, 1, 16, 4);
  }
}

TEST_F(IntegerOnLibtorch, SoftmaxAndNorms) {
  ExpectSame("aten.softmax.int", {Operand("self", {3, 5, 7}), {"dim", std::int64_t{1}}},
             ScalarType::kFloat32, 1, 16, 1);
  ExpectSame("aten.log_softmax.int", {Operand("self", {3, 5, 7}), {"dim", std::int64_t{-1}}},
             ScalarType::kFloat32, 1, 16, 8);
  ExpectSame("aten.layer_norm.default",
             {Operand("input", {3, 4, 16}),
              {"normalized_shape", Ints{16}},
              Operand("weight", {16}),
              Operand("bias", {16}),
              {"eps", 1e-5}},
             ScalarType::kFloat32, 1, 64, 8);
  ExpectSame("aten.group_norm.default",
             {Operand("input", {2, 6, 5, 3}),
              {"num_groups", std::int64_t{3}},
              Operand("weight", {6}),
              Operand("bias", {6}),
              {"eps", 1e-5}},
             ScalarType::kFloat32, 1, 64, 8);
}

TEST_F(IntegerOnLibtorch, ProductsOfMatrices) {
  ExpectSame("aten.mm.default", {Operand("self", {3, 8}), Operand("mat2", {8, 5})},
             ScalarType::kFloat32, 1, 16, 64);
  ExpectSame("aten.matmul.default", {Operand("self", {2, 3, 8}), Operand("other", {8, 5})},
             ScalarType::kFloat32, 1, 16, 64);
  ExpectSame("aten.addmm.default",
             {Operand("self", {5}), Operand("mat1", {3, 8}), Operand("mat2", {8, 5})},
             ScalarType::kFloat32, 1, 16, 64);
  ExpectSame("aten.bmm.default", {Operand("self", {2, 3, 8}), Operand("mat2", {2, 8, 5})},
             ScalarType::kFloat32, 1, 16, 64);
}

TEST_F(IntegerOnLibtorch, RowsThatIntegersName) {
  const Tensor indices =
      Tensor::Of(ScalarType::kInt64, {2, 2}, std::vector<std::int64_t>{3, 0, 1, 3});
  ExpectSame("aten.embedding.default", {Operand("weight", {4, 5}), OperandOf("indices", indices)});
  const Tensor index = Tensor::Of(ScalarType::kInt64, {3}, std::vector<std::int64_t>{2, 2, 0});
  ExpectSame("aten.index_select.default",
             {Operand("self", {2, 3, 4}), {"dim", std::int64_t{1}}, OperandOf("index", index)});
}

TEST_F(IntegerOnLibtorch, AdaptiveMaxima) {
  ExpectSame("aten.adaptive_max_pool2d.default",
             {Operand("self", {2, 3, 7, 5}), {"output_size", Ints{3, 2}}}, ScalarType::kFloat32, 2);
}

TEST_F(IntegerOnLibtorch, StacksOfTensors) {
  const ir::Argument a = Operand("a", {2, 3}), b = Operand("b", {2, 3});
  ExpectSame("aten.stack.default",
             {{"tensors", std::vector<ir::ValueId>{std::get<ir::ValueId>(a.value),
                                                   std::get<ir::ValueId>(b.value)}},
              {"dim", std::int64_t{2}}});
}

// Nobody knows the operator where libtorch is not asked: exit code 2, and the operator's name.
TEST_F(IntegerOnLibtorch, AnUnknownOperatorIsUndecided) {
  const auto y = Append("aten.cumsum.default", {Operand("self", {4}), {"dim", std::int64_t{0}}},
                        ScalarType::kFloat32, 1);
  try {
    IntegerExecutor().Run(made_.program(), feeds_, y);
    FAIL() << "ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kUnproved);
    EXPECT_NE(std::string(error.what()).find("aten.cumsum.default"), std::string::npos);
  }
  IntegerExecutor with_torch([] { return OpenTorchExecutor(); });
  EXPECT_EQ(with_torch.Run(made_.program(), feeds_, y).at(y[0]).bytes,
            torch_->Run(made_.program(), feeds_, y).at(y[0]).bytes);
  EXPECT_NE(with_torch.Describe().find("aten.cumsum.default by torch"), std::string::npos);
}

// Nothing is wrong with a program whose operator, or an argument of it, this libtorch has not.
TEST_F(IntegerOnLibtorch, WhatLibtorchLacksIsUndecided) {
  const auto custom =
      Append("mylib.my_op.default", {Operand("self", {4})}, ScalarType::kFloat32, 1);
  const auto newer =
      Append("aten.cumsum.default",
             {Operand("self", {4}), {"dim", std::int64_t{0}}, {"steps", std::int64_t{2}}},
             ScalarType::kFloat32, 1);
  for (const char* name : {"integer", "eigen", "torch"}) {
    const auto executor = OpenExecutor(name);
    for (const auto& [results, target, why] :
         {std::tuple(custom, "mylib.my_op.default: libtorch ", " has no such operator"),
          std::tuple(newer, "aten.cumsum.default: argument 'steps' is ", "not known")}) {
      try {
        executor->Run(made_.program(), feeds_, results);
        ADD_FAILURE() << target << " ran";
      } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::kUnproved) << error.what();
        EXPECT_NE(std::string(error.what()).find(target), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace foldproof::exec::integer_on_libtorch_test
