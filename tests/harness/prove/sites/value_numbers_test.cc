// SPDX-License-Identifier: BSD-3-Clause
//
// docs/proof.md, eq. 1: equal numbers mean equal bits for every input. So each test has values that
// are equal on paper, and values that look alike and are not.
#include "harness/prove/sites/value_numbers.h"

#include <gtest/gtest.h>

#include <deque>
#include <span>
#include <vector>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

using ir::ValueId;
using Overrides = std::vector<std::pair<Edge, ValueNumber>>;

class Numbered {
 public:
  Numbered(ir::Program program, NumberTable& table, const Overrides& overrides)
      : program_(std::move(program)),
        side_(program_),
        numbering_(side_.view, side_.constants, table) {
    for (const auto& [edge, number] : overrides) numbering_.Override(edge, {number, number});
    for (const ir::Node& node : Graph().nodes()) numbering_.Visit(node);
  }
  Numbered(const Numbered&) = delete;

  ValueNumber operator[](std::size_t output) const {
    return numbering_.Of(std::get<ValueId>(Graph().outputs().at(output)));
  }
  ValueNumber Of(ValueId value) const { return numbering_.Of(value); }
  const ir::Graph& Graph() const { return side_.view.program().graph; }
  const Numbering& numbering() const { return numbering_; }
  // Of the conv that is output 0.
  std::string SiteKey() {
    const ir::Node& node = *Graph().ProducerOf(std::get<ValueId>(Graph().outputs().at(0)));
    return numbering_.SiteKey(node, ReadConvSide(side_.view, side_.constants, node).side.value());
  }

 private:
  ir::Program program_;
  Side side_;
  Numbering numbering_;
};

// Programs that share one table, which points into their constants.
class ValueNumbers : public testing::Test {
 protected:
  Numbered& Number(ir::Program program, const Overrides& overrides = {}) {
    return numbered_.emplace_back(std::move(program), table_, overrides);
  }
  // The number of the one value that `make` returns of a program.
  template <typename Make>
  ValueNumber NumberOf(Make make) {
    const ConvSpec spec;
    ConvProgram p(spec);
    const ValueId value = make(p);
    return Number(p.Return({value}))[0];
  }

 private:
  NumberTable table_;
  std::deque<Numbered> numbered_;
};

ValueId Stored(ConvProgram& p, ir::ScalarType dtype, std::vector<std::int64_t> sizes,
               const std::vector<std::int8_t>& elements) {
  return p.nodes().Stored("stored", exec::Tensor::Of(dtype, std::move(sizes), elements));
}
ValueId Times(ConvProgram& p, ValueId value, const ir::ArgumentValue& other) {
  return p.Call("aten.mul.Tensor", value, {{"other", other}});
}

TEST_F(ValueNumbers, AnInputIsItsPosition) {
  const auto make = [](const std::string& second) {
    ConvProgram p(ConvSpec{});
    const ValueId y =
        p.nodes().UserInput(second, ir::MakeTensorType(ir::ScalarType::kFloat32, {1}));
    return p.Return({p.x(), y});
  };
  const Numbered& one = Number(make("y"));
  const Numbered& other = Number(make("another_name"));
  EXPECT_EQ(one[0], other[0]);
  EXPECT_EQ(one[1], other[1]);
  EXPECT_NE(one[0], one[1]);
}

TEST_F(ValueNumbers, AConstantIsItsTypeItsSizesAndItsBytes) {
  const auto of = [&](ir::ScalarType dtype, std::vector<std::int64_t> sizes,
                      const std::vector<std::int8_t>& elements) {
    return NumberOf([&](ConvProgram& p) { return Stored(p, dtype, sizes, elements); });
  };
  const ValueNumber number = of(ir::ScalarType::kInt8, {2}, {1, 2});
  EXPECT_EQ(of(ir::ScalarType::kInt8, {2}, {1, 2}), number);
  EXPECT_NE(of(ir::ScalarType::kUInt8, {2}, {1, 2}), number);
  EXPECT_NE(of(ir::ScalarType::kInt8, {2, 1}, {1, 2}), number);
  EXPECT_NE(of(ir::ScalarType::kInt8, {2}, {1, 3}), number);
}

TEST_F(ValueNumbers, ZerosOfUnlikeSignAreNotEqual) {
  const auto of = [&](float x) {
    return NumberOf([&](ConvProgram& p) { return p.PerChannel({x}); });
  };
  EXPECT_EQ(of(0.0f), of(0.0f));
  EXPECT_NE(of(0.0f), of(-0.0f));  // 1 / x tells them apart
}

// 65 floats are 260 bytes; the table's key holds the first 256 of them, so the last float alone
// decides.
TEST_F(ValueNumbers, ALongConstantIsComparedToItsLastByte) {
  std::vector<float> elements(65, 1.0f);
  const auto of = [&](float last) {
    elements.back() = last;
    return NumberOf([&](ConvProgram& p) { return p.PerChannel(elements); });
  };
  EXPECT_EQ(of(2.0f), of(2.0f));
  EXPECT_NE(of(2.0f), of(3.0f));
}

// What is stored is there to be compared; of what is computed and large a digest is.
TEST(NumberTable, KnowsManyBytesThatNobodyKeeps) {
  std::vector<std::byte> kept(10'000, std::byte{3});
  NumberTable table;
  const auto of = [&](const std::vector<std::byte>& bytes) {
    return table.OfPassing(ir::ScalarType::kInt8, {10'000}, {bytes});
  };
  const ValueNumber number = table.OfConstant(ir::ScalarType::kInt8, {10'000}, kept);
  std::vector<std::byte> others = kept;
  EXPECT_EQ(of(others), number);
  others.back() = std::byte{4};
  const ValueNumber other = of(others);
  EXPECT_NE(other, number);
  EXPECT_EQ(of(others), other);
  const std::vector<std::byte> kept_later = others;
  EXPECT_EQ(table.OfConstant(ir::ScalarType::kInt8, {10'000}, kept_later), other);
  EXPECT_NE(table.OfConstant(ir::ScalarType::kUInt8, {10'000}, kept_later), other);
  EXPECT_NE(table.OfConstant(ir::ScalarType::kInt8, {100, 100}, kept_later), other);
  // One behind the other they are as many, and no less than one of them.
  const std::span<const std::byte> all(others);
  const auto pieces = [&](std::size_t first) {
    return table.OfPassing(ir::ScalarType::kInt8, {10'000}, {all.first(first), all.subspan(first)});
  };
  EXPECT_EQ(pieces(5000), other);
}

TEST_F(ValueNumbers, AComputedConstantIsWhatComesOut) {
  const auto product = [&](float a, float b) {
    return NumberOf([&](ConvProgram& p) { return Times(p, p.PerChannel({a}), p.PerChannel({b})); });
  };
  const auto stored = [&](float x) {
    return NumberOf([&](ConvProgram& p) { return p.PerChannel({x}); });
  };
  EXPECT_EQ(product(2, 3), stored(6));
  EXPECT_EQ(product(2, 3), product(3, 2));  // both are 6
  EXPECT_NE(product(2, 3), stored(7));
  // (1 + 2^-23)^2 = 1 + 2^-22 + 2^-46, of which float32 keeps 1 + 2^-22.
  EXPECT_EQ(product(1 + 0x1p-23f, 1 + 0x1p-23f), stored(1 + 0x1p-22f));
}

// 0x3800 is 0.5 of float16: beside a float32 tensor PyTorch computes with 0.5 of float32, elsewhere
// in float16.
TEST_F(ValueNumbers, AHalfConstantCountsAsFloat32BesideFloat32) {
  const auto half = [](ConvProgram& p, std::uint16_t bits, std::vector<std::int64_t> sizes) {
    exec::Tensor tensor{ir::ScalarType::kFloat16, std::move(sizes), {}};
    tensor.bytes = {static_cast<std::byte>(bits & 255), static_cast<std::byte>(bits >> 8)};
    return p.nodes().Stored("half", tensor);
  };
  const auto sum = [&](ConvProgram& p, ValueId constant) {
    return p.Call("aten.add.Tensor", p.x(), {{"other", constant}});
  };
  const ValueNumber real = NumberOf([&](ConvProgram& p) { return sum(p, p.PerChannel({0.5f})); });
  EXPECT_EQ(NumberOf([&](ConvProgram& p) { return sum(p, half(p, 0x3800, {1, 1, 1})); }), real);
  EXPECT_NE(NumberOf([&](ConvProgram& p) { return sum(p, half(p, 0x3801, {1, 1, 1})); }), real);
  EXPECT_NE(NumberOf([&](ConvProgram& p) {
              return half(p, 0x3800, {1, 1, 1});
            }),
            NumberOf([&](ConvProgram& p) { return p.PerChannel({0.5f}); }));
  // Beside itself it is float16 all the way.
  const auto doubled = [&](ConvProgram& p, ValueId c) {
    return p.Call("aten.add.Tensor", c, {{"other", c}});
  };
  EXPECT_NE(NumberOf([&](ConvProgram& p) {
              return doubled(p, half(p, 0x3800, {1, 1, 1}));
            }),
            NumberOf([&](ConvProgram& p) { return doubled(p, p.PerChannel({0.5f})); }));
}

// 2 * 3 = 3 * 2 = 6, but a reader of codes sees 2 and 3.
TEST_F(ValueNumbers, ADequantizedConstantIsItsCodesAndParameters) {
  const auto of = [&](std::int8_t code, double scale) {
    return NumberOf([&](ConvProgram& p) {
      return p.Dequantize(Stored(p, ir::ScalarType::kInt8, {1}, {code}), Int8(scale, 0));
    });
  };
  EXPECT_EQ(of(2, 3), of(2, 3));
  EXPECT_NE(of(2, 3), of(3, 2));
}

TEST_F(ValueNumbers, ANodeIsItsOperatorItsAttributesAndItsOperands) {
  const auto call = [&](const std::string& target, const ConvProgram::Arguments& more = {}) {
    return NumberOf([&](ConvProgram& p) { return p.Call(target, p.x(), more); });
  };
  const ValueNumber leaky = call("aten.leaky_relu.default", {{"negative_slope", 0.25}});
  EXPECT_EQ(call("aten.leaky_relu.default", {{"negative_slope", 0.25}}), leaky);
  EXPECT_NE(call("aten.leaky_relu.default", {{"negative_slope", 0.5}}), leaky);
  EXPECT_NE(call("aten.leaky_relu.default"), leaky);
  EXPECT_NE(call("aten.elu.default", {{"alpha", 0.25}}), leaky);
  EXPECT_NE(NumberOf([](ConvProgram& p) {
              return p.Call("aten.leaky_relu.default", p.conv(), {{"negative_slope", 0.25}});
            }),
            leaky);
}

// 0.0 and -0.0 are one number to ==, and two attributes; so are 1, 1.0 and True, by their kind.
TEST_F(ValueNumbers, AttributesAreComparedBitForBit) {
  ConvProgram p(ConvSpec{});
  const Numbered& made = Number(p.Return({p.x()}));
  const auto key = [&](const ir::ArgumentValue& value) { return made.numbering().KeyOf(value); };
  EXPECT_EQ(key(0.0), key(0.0));
  EXPECT_NE(key(0.0), key(-0.0));
  EXPECT_NE(key(1.0), key(std::int64_t{1}));
  EXPECT_NE(key(true), key(std::int64_t{1}));
  EXPECT_NE(key(std::vector<std::int64_t>{1, 2}), key(std::vector<std::int64_t>{2, 1}));
  EXPECT_NE(key(std::string("ab")), key(std::vector<std::string>{"ab"}));
  EXPECT_NE(key(std::vector<std::string>{"a", "b"}), key(std::vector<std::string>{"ab"}));
}

TEST_F(ValueNumbers, WhatIsDrawnOrUnknownIsEqualToNothing) {
  for (const std::string target : {"aten.rand_like.default", "mylib.my_op.default"}) {
    const auto make = [&] {
      ConvProgram p(ConvSpec{});
      const ValueId one = p.Call(target, p.x()), other = p.Call(target, p.x());
      return p.Return({one, other, p.Call("aten.relu.default", one)});
    };
    const Numbered& before = Number(make());
    const Numbered& after = Number(make());
    EXPECT_NE(before[0], before[1]) << target;
    EXPECT_NE(before[0], after[0]) << target;
    EXPECT_NE(before[2], after[2]) << target;  // nor is what is computed of it
  }
}

// Behind a pair of frontiers a reader is told the number of the other program's value: relu (node
// 4, argument 0) of conv counts as relu of x, at that edge alone.
TEST_F(ValueNumbers, AnOverrideCountsAtItsEdgeAlone) {
  const auto make = [](bool of_conv) {
    ConvProgram p(ConvSpec{});
    const ValueId read = of_conv ? p.conv() : p.x();
    return p.Return({p.Call("aten.relu.default", read), p.Call("aten.neg.default", read)});
  };
  const Numbered& of_x = Number(make(false));
  const ValueNumber x = of_x.Of(of_x.Graph().inputs()[0]);
  const Numbered& plain = Number(make(true));
  const Numbered& told = Number(make(true), {{{4, 0, 0}, x}});
  EXPECT_NE(plain[0], of_x[0]);
  EXPECT_EQ(told[0], of_x[0]);
  EXPECT_NE(told[1], of_x[1]);
  EXPECT_EQ(told[1], plain[1]);
}

TEST_F(ValueNumbers, ASiteIsItsInputAndItsWeightButNotItsBias) {
  const auto key_of = [&](const ConvSpec& spec) {
    ConvProgram p(spec);
    return Number(p.Return({p.conv()})).SiteKey();
  };
  ConvSpec spec;
  spec.weights = {{3}};
  const std::string key = key_of(spec);
  ConvSpec biased = spec;
  biased.bias = std::vector<float>{5};
  EXPECT_EQ(key_of(biased), key);
  ConvSpec heavier = spec;
  heavier.weights = {{4}};
  EXPECT_NE(key_of(heavier), key);
  ConvSpec scaled = spec;
  scaled.weight_scales = {2.0f};
  EXPECT_NE(key_of(scaled), key);
  ConvSpec shifted = spec;
  shifted.input.zero_point = 1;
  EXPECT_NE(key_of(shifted), key);
}

// A conv (node 3) whose input is told to be that of another one, but in steps of another size.
TEST_F(ValueNumbers, ASiteHasItsInputsScaleWhateverTheInputIsTakenFor) {
  const auto conv_of = [](double scale) {
    ConvSpec spec;
    spec.input = Int8(scale, 0);
    ConvProgram p(spec);
    return p.Return({p.conv()});
  };
  Numbered& half = Number(conv_of(0.5));
  const ValueNumber input = half.Of(half.Graph().nodes()[1].outputs[0]);
  EXPECT_EQ(Number(conv_of(0.5), {{{3, 0, 0}, input}}).SiteKey(), half.SiteKey());
  EXPECT_NE(Number(conv_of(0.25), {{{3, 0, 0}, input}}).SiteKey(), half.SiteKey());
}

TEST_F(ValueNumbers, ADefaultThatIsSpeltOutIsNoOtherConv) {
  ConvProgram p(ConvSpec{});
  const ir::ValueId weight = p.AddWeight(ConvSpec{});
  const auto conv = [&](const std::string& name, std::vector<std::int64_t> dilation) {
    return p.nodes().Node(name, "aten.conv2d.default",
                          {{"input", p.input()},
                           {"weight", weight},
                           {"bias", ir::None{}},
                           {"stride", std::vector<std::int64_t>{1, 1}},
                           {"padding", std::vector<std::int64_t>{0, 0}},
                           {"dilation", std::move(dilation)}},
                          ir::ScalarType::kFloat32, p.Image(1));
  };
  const ValueId spelt = conv("spelt", {1, 1}), dilated = conv("dilated", {1, 2});
  const ir::Program program = p.Return({p.conv(), spelt, dilated});
  const auto attributes = [&](std::size_t output) {
    const ir::Graph& graph = program.graph;
    return Numbering::Attributes(*graph.ProducerOf(std::get<ValueId>(graph.outputs()[output])));
  };
  EXPECT_EQ(attributes(0), attributes(1));
  EXPECT_NE(attributes(0), attributes(2));
}

// aten.convolution is both, and only this argument tells which.
TEST_F(ValueNumbers, ATransposedConvolutionHasOtherAttributes) {
  ConvProgram p(ConvSpec{});
  const ValueId weight = p.AddWeight(ConvSpec{});
  const auto conv = [&](const std::string& name, bool transposed) {
    const std::vector<std::int64_t> one{1, 1}, none{0, 0};
    return p.nodes().Node(name, "aten.convolution.default",
                          {{"input", p.input()},
                           {"weight", weight},
                           {"bias", ir::None{}},
                           {"stride", one},
                           {"padding", none},
                           {"dilation", one},
                           {"transposed", transposed},
                           {"output_padding", none},
                           {"groups", std::int64_t{1}}},
                          ir::ScalarType::kFloat32, p.Image(1));
  };
  const ValueId plain = conv("plain", false), transposed = conv("transposed", true);
  const ir::Program program = p.Return({plain, transposed});
  EXPECT_NE(Numbering::Attributes(*program.graph.ProducerOf(plain)),
            Numbering::Attributes(*program.graph.ProducerOf(transposed)));
}

}  // namespace
}  // namespace foldproof::prove
