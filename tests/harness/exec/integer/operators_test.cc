// SPDX-License-Identifier: BSD-3-Clause
//
// One node at a time, the integer executor against libtorch, on floats of every kind.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "harness/exec/integer/integer_executor.h"
#include "harness/exec/quantized/half.h"
#include "tests/harness/exec/float_distance.h"
#include "tests/harness/exec/operators_on_libtorch.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec::operators_test {
namespace {

using ir::ScalarType;
using Sizes = std::vector<std::int64_t>;
using Reals = std::vector<double>;
using Integers = std::vector<std::int64_t>;

// Any bit pattern, small numbers, multiples of a half (ties), zeros of both signs, infinities, NaN.
std::vector<float> EveryKind(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<float> out{0.0f,
                         -0.0f,
                         std::numeric_limits<float>::infinity(),
                         -std::numeric_limits<float>::infinity(),
                         std::numeric_limits<float>::quiet_NaN(),
                         std::numeric_limits<float>::denorm_min(),
                         -std::numeric_limits<float>::denorm_min(),
                         std::numeric_limits<float>::max()};
  while (out.size() < count) {
    const std::uint64_t bits = random();
    const auto small = static_cast<double>(static_cast<std::int8_t>(bits >> 16));
    const auto any = std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32));
    out.push_back(bits % 3 == 0 ? any : static_cast<float>(small / (bits % 3 == 1 ? 2.0 : 16.7)));
  }
  out.resize(count);
  return out;
}

std::size_t CountIn(const Sizes& sizes) {
  std::size_t count = 1;
  for (const std::int64_t size : sizes) count *= static_cast<std::size_t>(size);
  return count;
}

enum class Promise { kBits, kTwoSteps };

struct OneNode {
  std::string target;
  std::vector<ir::Argument> more;  // besides the operands
  std::vector<Sizes> operands;     // self, other
  Promise promise = Promise::kBits;
};

std::vector<OneNode> Nodes() {
  std::vector<OneNode> out;
  const std::vector<std::pair<Sizes, Sizes>> shapes{{{2, 3, 5, 7}, {2, 3, 5, 7}},
                                                    {{2, 3, 5, 7}, {1, 3, 1, 1}},
                                                    {{3, 1, 1}, {2, 3, 5, 7}},
                                                    {{2, 3, 5, 7}, {7}},
                                                    {{4, 1, 6}, {1, 5, 1}},
                                                    {{}, {3, 4}},
                                                    {{9}, {}}};
  for (const auto& [left, right] : shapes) {
    for (const char* target : {"aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor",
                               "aten.div.Tensor", "aten.minimum.default", "aten.maximum.default"}) {
      out.push_back({target, {}, {left, right}});
    }
  }
  out.push_back({"aten.sub.Tensor", {{"alpha", std::int64_t{-1}, true}}, {{64}, {64}}});
  for (const char* mode : {"floor", "trunc"}) {
    out.push_back({"aten.div.Tensor_mode",
                   {{"rounding_mode", std::string(mode), true}},
                   {{2, 500}, {2, 500}}});
  }
  for (const char* target :
       {"aten.relu.default", "aten.neg.default", "aten.abs.default", "aten.sqrt.default",
        "aten.reciprocal.default", "aten.clone.default"}) {
    out.push_back({target, {}, {{3, 501}}});
  }
  for (const char* target :
       {"aten.rsqrt.default", "aten.sigmoid.default", "aten.tanh.default", "aten.exp.default"}) {
    out.push_back({target, {}, {{3, 501}}, Promise::kTwoSteps});
  }
  out.push_back({"aten.hardtanh.default", {{"min_val", 0.0}, {"max_val", 6.0}}, {{3, 501}}});
  out.push_back({"aten.clamp.default", {{"min", -0.3}}, {{3, 501}}});
  out.push_back({"aten.leaky_relu.default", {{"negative_slope", 0.01}}, {{3, 501}}});
  out.push_back({"aten.permute.default", {{"dims", Integers{2, 0, 3, 1}}}, {{2, 3, 5, 7}}});
  out.push_back(
      {"aten.max_pool2d.default",
       {{"kernel_size", Integers{3, 2}}, {"stride", Integers{2, 1}}, {"padding", Integers{1, 1}}},
       {{2, 3, 9, 8}}});
  out.push_back({"aten.max_pool2d.default",
                 {{"kernel_size", Integers{3}},
                  {"stride", Integers{2}},
                  {"padding", Integers{1}},
                  {"dilation", Integers{1}},
                  {"ceil_mode", true}},
                 {{3, 8, 8}}});
  out.push_back({"aten.constant_pad_nd.default",
                 {{"pad", Integers{1, 2, 0, 3}}, {"value", 0.5}},
                 {{2, 3, 4, 5}}});
  out.push_back({"aten.reflection_pad1d.default", {{"padding", Integers{2, 3}}}, {{2, 3, 6}}});
  out.push_back(
      {"aten.replication_pad2d.default", {{"padding", Integers{2, 0, 1, 3}}}, {{1, 3, 6, 4}}});
  out.push_back({"aten.slice.Tensor",
                 {{"dim", std::int64_t{-1}},
                  {"start", std::int64_t{1}},
                  {"end", std::int64_t{-1}},
                  {"step", std::int64_t{2}}},
                 {{2, 3, 9}}});
  out.push_back(
      {"aten.select.int", {{"dim", std::int64_t{1}}, {"index", std::int64_t{-1}}}, {{2, 3, 9}}});
  out.push_back({"aten.expand.default", {{"size", Integers{4, 3, -1}}}, {{3, 1}}});
  return out;
}

class Operators : public HeldToLibtorch {
 protected:
  // Both executors on the one node.
  void Check(const OneNode& node, unsigned seed) {
    SmallProgram made;
    Tensors feeds;
    std::vector<ir::Argument> arguments;
    for (std::size_t i = 0; i < node.operands.size(); ++i) {
      const std::string name = i == 0 ? "self" : "other";
      const ir::ValueId id = made.Input(name, FloatType(node.operands[i]));
      feeds.emplace(
          id, FloatTensor(node.operands[i], EveryKind(CountIn(node.operands[i]),
                                                      seed + 1000 * static_cast<unsigned>(i))));
      arguments.push_back({name, id});
    }
    arguments.insert(arguments.end(), node.more.begin(), node.more.end());
    const ir::ValueId out = made.Node("out", node.target, arguments, FloatType({1}));
    const Tensor got = integer_.Run(made.program(), feeds, {out}).at(out);
    const Tensor wanted = torch_->Run(made.program(), feeds, {out}).at(out);
    ASSERT_EQ(got.sizes, wanted.sizes) << node.target;
    const auto a = got.Elements<float>(), b = wanted.Elements<float>();
    const bool floors = node.target == "aten.div.Tensor_mode";
    for (std::size_t i = 0; i < a.size(); ++i) {
      // libtorch's vector and scalar kernels differ where the quotient is not finite.
      if (floors && !(std::isfinite(a[i]) && std::isfinite(b[i]))) continue;
      // libtorch's exp gives 0 where the true value is subnormal.
      const bool tiny = std::fabs(a[i]) < std::numeric_limits<float>::min() &&
                        std::fabs(b[i]) < std::numeric_limits<float>::min();
      const bool holds = node.promise == Promise::kBits
                             ? SameBits(a[i], b[i]) || (a[i] == 0 && b[i] == 0)
                             : StepsBetween(a[i], b[i]) <= 2 || tiny;
      ASSERT_TRUE(holds) << node.target << " at " << i << ": " << std::hexfloat << a[i]
                         << ", libtorch " << b[i];
    }
  }

  IntegerExecutor integer_;
};

TEST_F(Operators, GiveWhatLibtorchGives) {
  for (const OneNode& node : Nodes()) {
    for (unsigned seed = 1; seed <= 5; ++seed) ASSERT_NO_FATAL_FAILURE(Check(node, seed));
  }
}

TEST_F(Operators, AnUnknownOneIsOneClearLine) {
  SmallProgram made;
  const auto x = made.Input("x", FloatType({4}));
  const auto y = made.Node("fft", "aten.fft_fft.default", {{"self", x}}, FloatType({4}));
  try {
    integer_.Prepare(made.program(), {x}, {y});
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput);
    EXPECT_EQ(std::string(error.what()),
              "fft: aten.fft_fft.default: the executor integer does not know this operator");
  }
}

// Every float16 and bfloat16 there is, through libtorch's conversion.
TEST_F(Operators, HalfFloatsWidenAsInLibtorch) {
  std::vector<std::uint16_t> bits(65536);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
  for (const ScalarType type : {ScalarType::kFloat16, ScalarType::kBFloat16}) {
    SmallProgram made;
    const auto x = made.Input("x", ir::MakeTensorType(type, {65536}));
    const auto y = made.Node("y", "aten.to.dtype", {{"self", x}, {"dtype", ScalarType::kFloat32}},
                             FloatType({65536}));
    const Tensors feeds{{x, Tensor::Of<std::uint16_t>(type, {65536}, bits)}};
    const auto ours = integer_.Run(made.program(), feeds, {y}).at(y).Elements<float>();
    const auto theirs = torch_->Run(made.program(), feeds, {y}).at(y).Elements<float>();
    for (std::size_t i = 0; i < bits.size(); ++i) {
      ASSERT_TRUE(SameBits(ours[i], theirs[i])) << ir::Name(type) << " " << i;
    }
  }
}

TEST_F(Operators, FloatsNarrowToHalfAsInLibtorch) {
  const std::vector<float> floats = EveryKind(100'000, 77);
  for (const ScalarType type : {ScalarType::kFloat16, ScalarType::kBFloat16}) {
    SmallProgram made;
    const auto x = made.Input("x", FloatType({100'000}));
    const auto y = made.Node("y", "aten.to.dtype", {{"self", x}, {"dtype", type}},
                             ir::MakeTensorType(type, {100'000}));
    const Tensors feeds{{x, FloatTensor({100'000}, floats)}};
    const auto ours = integer_.Run(made.program(), feeds, {y}).at(y).Elements<std::uint16_t>();
    const auto theirs = torch_->Run(made.program(), feeds, {y}).at(y).Elements<std::uint16_t>();
    for (std::size_t i = 0; i < floats.size(); ++i) {
      if (std::isnan(floats[i])) continue;  // its payload is no number
      ASSERT_EQ(ours[i], theirs[i]) << ir::Name(type) << " of " << floats[i];
    }
  }
}

}  // namespace
}  // namespace foldproof::exec::operators_test
