// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/printer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "tests/src/ir/small_program.h"

namespace foldproof::ir {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Print, SmallProgram) {
  EXPECT_EQ(Print(SmallProgram()),
            "ExportedProgram\n"
            "inputs:\n"
            "  %p_weight : float32[2, 3, 1, 1]  parameter conv.weight\n"
            "  %x : float32[1, 3, 4, 4]  user input\n"
            "nodes:\n"
            "  %q : int8[1, 3, 4, 4] = quantized_decomposed.quantize_per_tensor(%x, scale=0.1, "
            "zero_point=-2, quant_min=-128, quant_max=127, dtype=int8)\n"
            "  %dq : float32[1, 3, 4, 4] = quantized_decomposed.dequantize_per_tensor(%q, "
            "scale=0.1, zero_point=-2, quant_min=-128, quant_max=127, dtype=int8)\n"
            "  %y : float32[1, 2, 4, 4] = aten.conv2d(%dq, %p_weight, bias=None, stride=[1, 1])"
            "  # node conv2d\n"
            "outputs:\n"
            "  %y  user output\n");
}

TEST(PrintSites, SmallProgram) {
  EXPECT_EQ(PrintSites(SmallProgram()),
            "conv2d: aten.conv2d.default, weight float32[2, 3, 1, 1], stride [1, 1], "
            "padding [0, 0], dilation [1, 1], groups 1\n"
            "  input:  int8 per tensor, scale 0.1, zero point -2, codes -128 to 127; "
            "codes %q : int8[1, 3, 4, 4], from quantized_decomposed.quantize_per_tensor.default\n"
            "  weight: not quantized; %p_weight : float32[2, 3, 1, 1], parameter conv.weight\n"
            "  bias:   none\n");
}

TEST(PrintSites, SaysThatThereIsNone) { EXPECT_EQ(PrintSites(Program()), "no convolution\n"); }

TEST(Print, NamesAStaleSignature) {
  Program program = SmallProgram();
  program.outputs[0].name = "batch_norm";
  EXPECT_THAT(Print(program),
              HasSubstr("%y  user output  # the signature calls it 'batch_norm'\n"));
}

TEST(Print, EscapesNames) {
  Program program;
  program.graph.AddInput("x\x1b[31m\n", Float({1}));
  program.inputs = {{InputSpec::Kind::kUserInput, ValueId{0}, {}}};
  const std::string text = Print(program);
  EXPECT_THAT(text, HasSubstr("%x\\x1b[31m\\x0a : float32[1]"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(Print, ShowsSeveralResults) {
  Program program;
  program.graph.AddInput("x", Float({4}));
  program.graph.Append("split", "aten.split.Tensor",
                       {{"self", ValueId{0}}, {"split_size", std::int64_t{2}}},
                       {{"a", Float({2})}, {"b", Float({2})}});
  program.graph.Append("sink", "aten._assert.default", {{"self", ValueId{1}}}, {});
  const std::string text = Print(program);
  EXPECT_THAT(text, HasSubstr("  %a : float32[2], %b : float32[2] = aten.split.Tensor(%x, "
                              "split_size=2)  # node split\n"));
  EXPECT_THAT(text, HasSubstr("  aten._assert(%a)  # node sink\n"));
}

TEST(PrintNumber, IsTheShortestThatReadsBack) {
  EXPECT_EQ(PrintNumber(0.1), "0.1");
  EXPECT_EQ(PrintNumber(1), "1.0");
  EXPECT_EQ(PrintNumber(-0.0), "-0.0");
  EXPECT_EQ(PrintNumber(1e-5), "1e-05");
  EXPECT_EQ(PrintNumber(1e22), "1e+22");
  EXPECT_EQ(PrintNumber(0.04308924823999405), "0.04308924823999405");
  EXPECT_EQ(PrintNumber(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(PrintNumber(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(PrintNumber(std::nan("")), "nan");
}

TEST(PrintNumber, ReadsBackBitForBit) {
  std::mt19937_64 random(20240601);
  for (int i = 0; i < 20'000; ++i) {
    const double number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    const double back = std::strtod(PrintNumber(number).c_str(), nullptr);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(back), std::bit_cast<std::uint64_t>(number));
  }
}

TEST(PrintArgument, EachKind) {
  Graph graph;
  const ValueId x = graph.AddInput("x", Float({1}));
  const auto print = [&](ArgumentValue value) { return PrintArgument(graph, value); };
  EXPECT_EQ(print(None{}), "None");
  EXPECT_EQ(print(x), "%x");
  EXPECT_EQ(print(std::vector<ValueId>{x, x}), "[%x, %x]");
  EXPECT_EQ(print(std::vector<std::optional<ValueId>>{x, std::nullopt}), "[%x, None]");
  EXPECT_EQ(print(std::int64_t{-7}), "-7");
  EXPECT_EQ(print(std::vector<std::int64_t>{1, 2}), "[1, 2]");
  EXPECT_EQ(print(std::vector<IntOrValue>{std::int64_t{1}, x}), "[1, %x]");
  EXPECT_EQ(print(0.5), "0.5");
  EXPECT_EQ(print(std::vector<double>{}), "[]");
  EXPECT_EQ(print(true), "True");
  EXPECT_EQ(print(std::vector<bool>{true, false}), "[True, False]");
  EXPECT_EQ(print(std::string("same")), "'same'");
  EXPECT_EQ(print(std::vector<std::string>{"a", "b"}), "['a', 'b']");
  EXPECT_EQ(print(ScalarType::kFloat16), "float16");
  EXPECT_EQ(print(Layout{}), "strided");
  EXPECT_EQ(print(MemoryFormat{2}), "channels_last");
  EXPECT_EQ(print(MemoryFormat{-1}), "memory_format -1");
  EXPECT_EQ(print(Device{"cuda", 1}), "device 'cuda:1'");
  EXPECT_EQ(print(Complex{1, -2}), "complex(1.0, -2.0)");
  EXPECT_EQ(print(Unsupported{"as_operator", "\"add\""}), "as_operator \"add\"");
}

}  // namespace
}  // namespace foldproof::ir
