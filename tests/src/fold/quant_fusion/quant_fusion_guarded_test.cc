// SPDX-License-Identifier: BSD-3-Clause
//
// One small chain that is fused, and for each guard the same chain with the one thing that the
// guard is there for.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/exec/quantized/code_vector.h"
#include "src/fold/quant_fusion/quant_fusion.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::fold::quant_fusion_guarded_test {
namespace {

using exec::FloatTensor;
using exec::FloatType;
using exec::SmallProgram;
using ir::ScalarType;
using ir::ValueId;
using Sizes = std::vector<std::int64_t>;

struct Quantizer {
  double scale = 0.5;
  std::int64_t zero_point = 0;
  std::int64_t low = -128, high = 127;
  ScalarType dtype = ScalarType::kInt8;
};

// dq(x), dq(w), dq(b) ─ conv [─ relu] ─ q, and what can be otherwise in it.
struct Chain {
  Quantizer input{0.25, 3}, weight{0.125, 0},
      bias{0.03125, 0, ~2147483647LL, 2147483647LL, ScalarType::kInt32};
  Quantizer output{0.5, -128};
  std::vector<std::int64_t> weight_codes{1, -2, 3, 4};  // [2, 2, 1, 1]
  std::vector<std::int64_t> bias_codes{100, -100};
  std::string conv = "aten.conv2d.default";
  bool float_bias = false, per_channel = false, relu = true, batched = true;
  bool second_reader = false, returned = false, written = false;
};

class Made {
 public:
  ValueId Dequantize(const std::string& name, ValueId codes, const Quantizer& q, Sizes sizes) {
    return made.Node(name, "quantized_decomposed.dequantize_per_tensor.default", Params(codes, q),
                     FloatType(std::move(sizes)));
  }
  ValueId Quantize(const std::string& name, ValueId value, const Quantizer& q, Sizes sizes) {
    return made.Node(name, "quantized_decomposed.quantize_per_tensor.default", Params(value, q),
                     ir::MakeTensorType(q.dtype, sizes));
  }
  ValueId Codes(const std::string& name, const Quantizer& q, Sizes sizes,
                const std::vector<std::int64_t>& codes) {
    return made.Buffer(name, exec::TensorOfIntegers(q.dtype, sizes, codes));
  }

  SmallProgram made;

 private:
  static std::vector<ir::Argument> Params(ValueId value, const Quantizer& q) {
    return {{"input", value},     {"scale", q.scale},    {"zero_point", q.zero_point},
            {"quant_min", q.low}, {"quant_max", q.high}, {"dtype", q.dtype}};
  }
};

ValueId WeightOf(Made& out, const Chain& chain) {
  const ValueId codes = out.Codes("w", chain.weight, {2, 2, 1, 1}, chain.weight_codes);
  if (!chain.per_channel) return out.Dequantize("dq_w", codes, chain.weight, {2, 2, 1, 1});
  const ValueId scales = out.made.Buffer("w_scales", FloatTensor({2}, {0.125f, 0.25f}));
  const ValueId zeros = out.Codes("w_zeros", {1, 0, 0, 0, ScalarType::kInt64}, {2}, {0, 0});
  return out.made.Node("dq_w", "quantized_decomposed.dequantize_per_channel.default",
                       {{"input", codes},
                        {"scales", scales},
                        {"zero_points", zeros},
                        {"axis", std::int64_t{0}},
                        {"quant_min", std::int64_t{-128}},
                        {"quant_max", std::int64_t{127}},
                        {"dtype", ScalarType::kInt8}},
                       FloatType({2, 2, 1, 1}));
}

ir::Program ProgramOf(const Chain& chain) {
  Made out;
  const Sizes in = chain.batched ? Sizes{1, 2, 3, 3} : Sizes{2, 3, 3};
  const ValueId x = out.made.Input("x", ir::MakeTensorType(chain.input.dtype, in));
  const auto count = static_cast<std::int64_t>(chain.bias_codes.size());
  const ValueId bias = chain.float_bias ? out.made.Buffer("b", FloatTensor({2}, {1, 2}))
                                        : out.Codes("b", chain.bias, {count}, chain.bias_codes);
  const ValueId weight = WeightOf(out, chain);
  const ValueId dq = out.Dequantize("dq_x", x, chain.input, in);
  const ValueId dq_bias =
      chain.float_bias ? bias : out.Dequantize("dq_b", bias, chain.bias, {count});
  std::vector<ir::Argument> arguments{{"input", dq}, {"weight", weight}, {"bias", dq_bias}};
  if (chain.conv == "aten.conv2d.padding") {
    arguments.push_back({"stride", Sizes{1, 1}});
    arguments.push_back({"padding", std::string("same")});
  }
  if (chain.written) {
    out.made.Node("wrote", "aten.relu_.default", {{"self", dq}}, FloatType(in));
  }
  const ValueId conv = out.made.Node("conv", chain.conv, arguments, FloatType(in));
  ValueId last = conv;
  if (chain.relu) {
    last = out.made.Node("relu", "aten.relu.default", {{"self", last}}, FloatType(in));
  }
  const ValueId q = out.Quantize("q", last, chain.output, in);
  std::vector<ValueId> results{q};
  if (chain.second_reader) {
    results.push_back(out.made.Node("other", "aten.neg.default", {{"self", last}}, FloatType(in)));
  }
  if (chain.returned) results.push_back(last);
  return out.made.Returning(results);
}

struct Outcome {
  std::size_t fused = 0;
  std::vector<ir::Miss> missed;
  ir::Program program;

  std::string Rule() const { return missed.size() == 1 ? missed.front().rule : "not one miss"; }
};

Outcome Fuse(ir::Program program) {
  ir::Editor editor(std::move(program));
  ir::PassReport report = QuantFusion({}).Run(editor);
  return {report.rewritten.size(), std::move(report.missed), std::move(editor).Finish()};
}

// The one rule that the chain is refused by.
std::string RuleOf(const std::function<void(Chain&)>& change) {
  Chain chain;
  change(chain);
  const Outcome outcome = Fuse(ProgramOf(chain));
  EXPECT_EQ(outcome.fused, 0u);
  return outcome.Rule();
}

TEST(QuantFusionGuarded, FusesTheChain) {
  const Outcome outcome = Fuse(ProgramOf({}));
  EXPECT_EQ(outcome.fused, 1u);
  EXPECT_TRUE(outcome.missed.empty());
  ASSERT_EQ(outcome.program.graph.nodes().size(), 1u);
  const ir::Node& node = outcome.program.graph.nodes().front();
  EXPECT_EQ(node.target, "cadence.quantized_conv2d_nchw.per_tensor");
  EXPECT_EQ(*node.Find("bias_scale"), ir::ArgumentValue(0.25 * 0.125));
  EXPECT_EQ(*node.Find("out_zero_point"), ir::ArgumentValue(std::int64_t{-128}));
  // 0.03125 / 0.5 = 1/16 = 0.5 · 2^-3
  EXPECT_EQ(*node.Find("out_multiplier"), ir::ArgumentValue(std::int64_t{1} << 30));
  EXPECT_EQ(*node.Find("out_shift"), ir::ArgumentValue(std::int64_t{-3}));
}

TEST(QuantFusionGuarded, DoesNotFuseWhereOthersReadTheValue) {
  EXPECT_EQ(RuleOf([](Chain& c) { c.second_reader = true; }), "other-reader");
  EXPECT_EQ(RuleOf([](Chain& c) { c.returned = true; }), "other-reader");
}

TEST(QuantFusionGuarded, DoesNotFuseAReluThatTheClampIsNot) {
  EXPECT_EQ(RuleOf([](Chain& c) { c.output.zero_point = -127; }), "relu-lost");
  EXPECT_EQ(RuleOf([](Chain& c) { c.output.zero_point = 0; }), "relu-lost");
}

TEST(QuantFusionGuarded, DoesNotDropABias) {
  EXPECT_EQ(RuleOf([](Chain& c) { c.float_bias = true; }), "float-bias");
  EXPECT_EQ(RuleOf([](Chain& c) { c.bias.scale = 0.0625; }), "bias-scale");
  EXPECT_EQ(RuleOf([](Chain& c) { c.bias.zero_point = 1; }), "bias-scale");
  EXPECT_EQ(RuleOf([](Chain& c) { c.bias_codes = {1}; }), "bias-length");
}

TEST(QuantFusionGuarded, DoesNotFuseWhatNoOperatorTakes) {
  EXPECT_EQ(RuleOf([](Chain& c) { c.per_channel = true; }), "per-channel-weight");
  EXPECT_EQ(RuleOf([](Chain& c) { c.conv = "aten.conv2d.padding"; }), "padding");
  EXPECT_EQ(RuleOf([](Chain& c) { c.batched = false; }), "unbatched");
}

TEST(QuantFusionGuarded, DoesNotFuseAnotherRangeOrType) {
  EXPECT_EQ(RuleOf([](Chain& c) { c.output.low = -127; }), "narrow-range");
  EXPECT_EQ(RuleOf([](Chain& c) {
              c.output = {0.5, 0, 0, 255, ScalarType::kUInt8};
            }),
            "output-type");
}

// Output 0: codes 1 and -2, of x - 3 in [-131, 124]; highest 124 + 262 + 100, lowest -131 - 248.
// With a bias of 2^31 - 1 - 386 int32 holds it just so, with one more it does not.
TEST(QuantFusionGuarded, DoesNotFuseSumsThatInt32DoesNotHold) {
  Chain chain;
  chain.bias_codes = {2147483647LL - 386, 0};
  EXPECT_EQ(Fuse(ProgramOf(chain)).fused, 1u);
  EXPECT_EQ(RuleOf([](Chain& c) { c.bias_codes = {2147483647LL - 385, 0}; }), "accumulator");
  // Output 1: codes 3 and 4; lowest 7 · -131 = -917.
  chain.bias_codes = {0, -2147483648LL + 917};
  EXPECT_EQ(Fuse(ProgramOf(chain)).fused, 1u);
  EXPECT_EQ(RuleOf([](Chain& c) { c.bias_codes = {0, -2147483648LL + 916}; }), "accumulator");
}

TEST(QuantFusionGuarded, DoesNotFuseWhatIsWrittenInPlace) {
  Chain chain;
  chain.written = true;
  const Outcome outcome = Fuse(ProgramOf(chain));
  EXPECT_EQ(outcome.fused, 0u);
  // The conv is refused, and so is the relu_ itself, whose value nobody quantizes.
  ASSERT_EQ(outcome.missed.size(), 2u);
  EXPECT_EQ(outcome.missed[1].rule, "written-in-place");
  EXPECT_EQ(outcome.missed[1].node, "conv");
}

// add and relu of one or two inputs.
struct Small {
  Made out;
  ValueId Input(const std::string& name, const Quantizer& q) {
    const ValueId x = out.made.Input(name, ir::MakeTensorType(q.dtype, {4}));
    return out.Dequantize("dq_" + name, x, q, {4});
  }
};

Outcome RunAdd(const std::function<ValueId(Small&)>& right, std::vector<ir::Argument> more = {}) {
  Small small;
  const ValueId x = small.Input("x", {0.25, 1});
  std::vector<ir::Argument> arguments{{"self", x}, {"other", right(small)}};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ValueId sum = small.out.made.Node("sum", "aten.add.Tensor", arguments, FloatType({4}));
  return Fuse(small.out.made.Returning({small.out.Quantize("q", sum, {0.5, 2}, {4})}));
}

TEST(QuantFusionGuarded, FusesAnAddOfTwoDequantized) {
  const auto outcome = RunAdd([](Small& s) { return s.Input("y", {0.5, 0}); });
  EXPECT_EQ(outcome.fused, 1u);
}

TEST(QuantFusionGuarded, PassesByAnAddOfWhatIsNotDequantized) {
  const auto outcome = RunAdd([](Small& s) { return s.out.made.Input("y", FloatType({4})); });
  EXPECT_EQ(outcome.fused, 0u);
  EXPECT_EQ(outcome.Rule(), "no-dequantize");
}

TEST(QuantFusionGuarded, DoesNotFuseAnAddWithAlphaOrTwoTypes) {
  const auto same = [](Small& s) { return s.Input("y", {0.5, 0}); };
  EXPECT_EQ(RunAdd(same, {{"alpha", std::int64_t{2}, true}}).Rule(), "alpha");
  EXPECT_EQ(RunAdd(same, {{"alpha", std::int64_t{1}, true}}).fused, 1u);
  const auto unsigned_codes = [](Small& s) {
    return s.Input("y", {0.5, 0, 0, 255, ScalarType::kUInt8});
  };
  EXPECT_EQ(RunAdd(unsigned_codes).Rule(), "code-type");
}

// ρ = 0.25 / 0.5 = 0.5 · 2^0; the references take -m.
TEST(QuantFusionGuarded, GivesReluTheSignThatItsReferenceTakes) {
  Small small;
  const ValueId x = small.Input("x", {0.25, 1});
  const ValueId relu =
      small.out.made.Node("relu", "aten.relu.default", {{"self", x}}, FloatType({4}));
  const Outcome outcome =
      Fuse(small.out.made.Returning({small.out.Quantize("q", relu, {0.5, 7}, {4})}));
  ASSERT_EQ(outcome.fused, 1u);
  const ir::Node& node = outcome.program.graph.nodes().front();
  EXPECT_EQ(*node.Find("out_multiplier"), ir::ArgumentValue(-(std::int64_t{1} << 30)));
  EXPECT_EQ(*node.Find("out_shift"), ir::ArgumentValue(std::int64_t{0}));
}

Outcome RunPool(const Quantizer& output, std::vector<ir::Argument> window) {
  Made out;
  const Quantizer input{0.25, 1};
  const ValueId x = out.made.Input("x", ir::MakeTensorType(input.dtype, {1, 1, 4, 4}));
  window.insert(window.begin(), {"self", out.Dequantize("dq", x, input, {1, 1, 4, 4})});
  const ValueId pool =
      out.made.Node("pool", "aten.max_pool2d.default", window, FloatType({1, 1, 2, 2}));
  return Fuse(out.made.Returning({out.Quantize("q", pool, output, {1, 1, 2, 2})}));
}

TEST(QuantFusionGuarded, FusesMaxPoolOfOneQuantizerAlone) {
  EXPECT_EQ(RunPool({0.25, 1}, {{"kernel_size", Sizes{2, 2}}}).fused, 1u);
  EXPECT_EQ(RunPool({0.25, 2}, {{"kernel_size", Sizes{2, 2}}}).Rule(), "pool-scale");
  EXPECT_EQ(RunPool({0.5, 1}, {{"kernel_size", Sizes{2, 2}}}).Rule(), "pool-scale");
  EXPECT_EQ(RunPool({0.25, 1}, {{"kernel_size", Sizes{2, 2}},
                                {"stride", Sizes{2, 2}},
                                {"padding", Sizes{1, 1}},
                                {"dilation", Sizes{2, 2}}})
                .Rule(),
            "pool-window");
}

}  // namespace
}  // namespace foldproof::fold::quant_fusion_guarded_test
