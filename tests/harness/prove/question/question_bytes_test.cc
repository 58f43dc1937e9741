// SPDX-License-Identifier: BSD-3-Clause
//
// What a proof is kept under has to be other bytes where anything is another that the judge sees:
// each field is changed in turn, by hand and not by the lists that the bytes are made by.
#include "harness/prove/question/question_bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace foldproof::prove::question_bytes_test {
namespace {

constexpr ir::QuantParams kParams{0.5, 3, -128, 127, ir::ScalarType::kInt8};
constexpr std::array<std::byte, 4> kWeights{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
constexpr std::array<std::byte, 4> kOthers{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{5}};

ChannelConstant Constant() {
  return {{1.0f, 2.0f}, {1.5, 2.5}, {7, 8}, {0.5f, 1.5f}, {2.0f, 3.0f}};
}

// Every field has a number of its own, and every list a member.
SiteSide FullSide() {
  SiteSide side{};
  ConvSide& conv = side.conv;
  conv.op.bias = ir::ValueId{};
  conv.op.stride = {1, 2};
  conv.op.padding = {3, 4};
  conv.op.dilation = {5, 6};
  conv.op.output_padding = {7, 8};
  conv.op.groups = 2;
  conv.input_params = kParams;
  conv.input_range = {-128, 127};
  conv.weights.bytes = kWeights;
  conv.weights.stepped = {std::vector<SteppedCode>{{2, 3}, {3, 4}}, {{1, 7}}};
  conv.weight_scales = {0.25, 0.125};
  conv.weight_roots = {7, 8};
  conv.weight_remainders = {64, 128};
  conv.weight_zero_points = {1, 2};
  conv.channels = 2;
  conv.taps = 2;
  conv.kernel = 1;
  conv.bias = {
      ConvBias::Kind::kQuantized, {1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}, {0, 1}, ir::ValueId{}};
  conv.code_scales = {0.5};
  conv.sum_error = {0.25};
  conv.tap_classes = {{{0, 1}, {2, 3}}};
  Tail& tail = side.tail;
  const auto add = [&](TailOperator op) { tail.instructions.push_back({ir::NodeId{}, op}); };
  add(tail_op::Quantize{{0}, kParams});
  add(tail_op::Dequantize{{1}, kParams, kParams});
  add(tail_op::Add{{2u, Constant()}, 2, 3});
  add(tail_op::Mul{{3u, Constant()}});
  add(tail_op::Div{{Constant(), 4u}, ir::Binary::Rounding::kNone});
  add(tail_op::Extremum{{4u, 5u}, false});
  add(tail_op::Affine{{6},
                      {Constant(),
                       Constant(),
                       {1},
                       {2},
                       1e-5,
                       true,
                       StepwiseNorm{{1}, {2}, {3}, {{{4}, {5}, {6}}}}}});
  add(tail_op::Unary{{7}, ir::Unary::Kind::kSilu, {1, 2, 3}});
  add(tail_op::Clamp{{8}, -1.0, 1.0});
  add(tail_op::Move{{9}});
  add(tail_op::Prelu{{10}, Constant()});
  add(tail_op::Compare{{11u, Constant()}, ir::Compare::Kind::kGreater});
  add(tail_op::Where{{11u, Constant()}, 12});
  add(tail_op::Cast{{13}, ir::ScalarType::kFloat16, kParams});
  const auto requantizer = exec::Requantizer::Make(exec::Kernel::kQ31, 0.25).value();
  add(tail_op::Requantize{{0}, kParams, -1.0, 1.0, {{{4, requantizer, 0.5, 0.25}}, -5, 5}});
  tail.values.resize(tail.instructions.size() + 1);
  tail.frontiers = {{{}, std::nullopt, 10, {}, {0, 1, 2}, false, 0.5, true}};
  tail.channels = 2;
  side.search = {{{0, {1}}}, false, {1}, {0, 1}};
  side.is_last_quantizer = {0, 1};
  return side;
}

const ObservedSite& Observed() {
  static const ObservedSite site{3, {{-5, 5, 9, {1, 2}, {3, 4}}}};
  return site;
}

SiteQuestion Question() {
  SiteQuestion q{FullSide(), FullSide(), {0, 1}, {}, {}, Reach::kExact, &Observed()};
  q.pairs = {{0, 0, false, 0.5, false, std::pair{1u, 1u}, 0, {{0, 0}}}};
  q.options.tolerance_lsb = 1;
  return q;
}

template <typename Op>
Op& OpOf(SiteSide& side) {
  for (TailInstruction& instruction : side.tail.instructions) {
    if (auto* op = std::get_if<Op>(&instruction.op)) return *op;
  }
  throw std::logic_error("no such operator");
}

using Change = std::function<void(SiteQuestion&)>;
using SideChange = std::function<void(SiteSide&)>;
using Changes = std::vector<std::pair<std::string, SideChange>>;

#define CHANGE(expression)                        \
  Changes::value_type {                           \
#expression, [](SiteSide & s) { expression; } \
  }

Changes ConvChanges() {
  return {CHANGE(s.conv.op.bias.reset()),
          CHANGE(s.conv.op.stride[1] = 9),
          CHANGE(s.conv.op.padding[1] = 9),
          CHANGE(s.conv.op.dilation[1] = 9),
          CHANGE(s.conv.op.output_padding[1] = 9),
          CHANGE(s.conv.op.output_padding.pop_back()),
          CHANGE(s.conv.op.groups = 1),
          CHANGE(s.conv.op.transposed = true),
          CHANGE(s.conv.op.padding_mode = ir::Convolution::Padding::kSame),
          CHANGE(s.conv.input_params.scale = 0.25),
          CHANGE(s.conv.input_params.zero_point = 4),
          CHANGE(s.conv.input_params.quant_min = -127),
          CHANGE(s.conv.input_params.quant_max = 126),
          CHANGE(s.conv.input_params.dtype = ir::ScalarType::kUInt8),
          CHANGE(s.conv.input_range.low = -127),
          CHANGE(s.conv.input_range.high = 126),
          CHANGE(s.conv.weights.dtype = ir::ScalarType::kUInt8),
          CHANGE(s.conv.weights.bytes = kOthers),
          CHANGE(s.conv.weights.bytes = s.conv.weights.bytes.first(3)),
          CHANGE(s.conv.weights.difference = ir::ScalarType::kInt8),
          CHANGE(s.conv.weights.stepped[0][1].code = 6),
          CHANGE(s.conv.weights.stepped[0][1].place = 1),
          CHANGE(s.conv.weights.stepped[1][0].code = 6),
          CHANGE(std::swap(s.conv.weights.stepped[0], s.conv.weights.stepped[1])),
          CHANGE(s.conv.weights.stepped[1].clear()),
          CHANGE(s.conv.weight_scales[1] = 0.5),
          CHANGE(s.conv.weight_roots[1] = 0),
          CHANGE(s.conv.weight_roots.clear()),
          CHANGE(s.conv.weight_remainders[1] = 0),
          CHANGE(s.conv.weight_remainders.clear()),
          CHANGE(s.conv.weight_zero_points[1] = 3),
          CHANGE(s.conv.channels = 3),
          CHANGE(s.conv.taps = 3),
          CHANGE(s.conv.kernel = 2),
          CHANGE(s.conv.bias.kind = ConvBias::Kind::kFloat),
          CHANGE(s.conv.bias.value[1] = 0),
          CHANGE(s.conv.bias.ideal[1] = 0),
          CHANGE(s.conv.bias.codes[1] = 0),
          CHANGE(s.conv.bias.shifted[1] = 0),
          CHANGE(s.conv.bias.steps[1] = 0),
          CHANGE(s.conv.bias.rounding[1] = 0),
          CHANGE(s.conv.bias.source.reset()),
          CHANGE(s.conv.float_weights = true),
          CHANGE(s.conv.weight_format.bits = 8),
          CHANGE(s.conv.code_scales[0] = 1),
          CHANGE(s.conv.float_input = true),
          CHANGE(s.conv.in_box = true),
          CHANGE(s.conv.may_be_nan = true),
          CHANGE(s.conv.numbers.low = 5),
          CHANGE(s.conv.numbers.high = 5),
          CHANGE(s.conv.real = true),
          CHANGE(s.conv.sum_error[0] = 1),
          CHANGE(s.conv.reads_padded = true),
          CHANGE(s.conv.tap_classes[0].kernel_positions[1] = 2),
          CHANGE(s.conv.tap_classes[0].output_position[1] = 4),
          CHANGE(s.conv.tap_classes.push_back({})),
          CHANGE(s.conv.padded_zero_only = true)};
}

Changes OperatorChanges() {
  using namespace tail_op;
  return {CHANGE(OpOf<Quantize>(s).input = 1),
          CHANGE(OpOf<Quantize>(s).params.scale = 1),
          CHANGE(OpOf<Dequantize>(s).input = 0),
          CHANGE(OpOf<Dequantize>(s).params.zero_point = 1),
          CHANGE(OpOf<Dequantize>(s).made_with->zero_point = 1),
          CHANGE(OpOf<Dequantize>(s).made_with.reset()),
          CHANGE(OpOf<Add>(s).left = 1u),
          CHANGE(OpOf<Add>(s).right = 1u),
          CHANGE(OpOf<Add>(s).alpha = 1),
          CHANGE(OpOf<Add>(s).ideal_alpha = 1),
          CHANGE(std::get<ChannelConstant>(OpOf<Mul>(s).right).value[1] = 0),
          CHANGE(std::get<ChannelConstant>(OpOf<Mul>(s).right).value[1] = -2),
          CHANGE(std::get<ChannelConstant>(OpOf<Mul>(s).right).value.pop_back()),
          CHANGE(std::get<ChannelConstant>(OpOf<Mul>(s).right).ideal[1] = 0),
          CHANGE(std::get<ChannelConstant>(OpOf<Mul>(s).right).roots[1] = 0),
          CHANGE(std::get<ChannelConstant>(OpOf<Mul>(s).right).lower[1] = 0),
          CHANGE(std::get<ChannelConstant>(OpOf<Mul>(s).right).upper[1] = 0),
          CHANGE(OpOf<Div>(s).rounding = ir::Binary::Rounding::kFloor),
          CHANGE(std::swap(OpOf<Div>(s).left, OpOf<Div>(s).right)),
          CHANGE(OpOf<Extremum>(s).is_maximum = true),
          CHANGE(OpOf<Affine>(s).constants.scale.value[0] = 0),
          CHANGE(OpOf<Affine>(s).constants.shift.value[0] = 0),
          CHANGE(OpOf<Affine>(s).constants.centre[0] = 0),
          CHANGE(OpOf<Affine>(s).constants.variance[0] = 0),
          CHANGE(OpOf<Affine>(s).constants.eps = 1e-3),
          CHANGE(OpOf<Affine>(s).constants.fused = false),
          CHANGE(OpOf<Affine>(s).constants.stepwise->mean[0] = 0),
          CHANGE(OpOf<Affine>(s).constants.stepwise->weight[0] = 0),
          CHANGE(OpOf<Affine>(s).constants.stepwise->bias[0] = 0),
          CHANGE(OpOf<Affine>(s).constants.stepwise->inverse[1][0] = 0),
          CHANGE(OpOf<Affine>(s).constants.stepwise.reset()),
          CHANGE(OpOf<Unary>(s).function = ir::Unary::Kind::kMish),
          CHANGE(OpOf<Unary>(s).parameters[2] = 0),
          CHANGE(OpOf<Clamp>(s).low = -2),
          CHANGE(OpOf<Clamp>(s).low.reset()),
          CHANGE(OpOf<Clamp>(s).high = 2),
          CHANGE(OpOf<Move>(s).input = 8),
          CHANGE(OpOf<Prelu>(s).input = 9),
          CHANGE(OpOf<Prelu>(s).slope.value[1] = 0),
          CHANGE(OpOf<Prelu>(s).slope.ideal[1] = 0),
          CHANGE(OpOf<Compare>(s).left = 9u),
          CHANGE(std::get<ChannelConstant>(OpOf<Compare>(s).right).value[1] = 0),
          CHANGE(OpOf<Compare>(s).kind = ir::Compare::Kind::kLess),
          CHANGE(OpOf<Where>(s).left = 9u),
          CHANGE(std::get<ChannelConstant>(OpOf<Where>(s).right).value[1] = 0),
          CHANGE(OpOf<Where>(s).condition = 9),
          CHANGE(OpOf<Cast>(s).input = 9),
          CHANGE(OpOf<Cast>(s).to = ir::ScalarType::kBFloat16),
          CHANGE(OpOf<Cast>(s).made_with->zero_point = 1),
          CHANGE(OpOf<Cast>(s).made_with.reset()),
          CHANGE(OpOf<Requantize>(s).params.scale = 1),
          CHANGE(OpOf<Requantize>(s).low = 0),
          CHANGE(OpOf<Requantize>(s).high = 0),
          CHANGE(OpOf<Requantize>(s).kernel.low = 0),
          CHANGE(OpOf<Requantize>(s).kernel.high = 0),
          CHANGE(OpOf<Requantize>(s).kernel.channels[0].bias = 0),
          CHANGE(OpOf<Requantize>(s).kernel.channels[0].step = 1),
          CHANGE(OpOf<Requantize>(s).kernel.channels[0].bias_error = 1),
          CHANGE(OpOf<Requantize>(s).kernel.channels[0].requantizer =
                     exec::Requantizer::Make(exec::Kernel::kTosa, 0.25).value()),
          CHANGE(OpOf<Requantize>(s).kernel.channels[0].requantizer =
                     exec::Requantizer::Make(exec::Kernel::kQ31, 0.3).value()),
          CHANGE(OpOf<Requantize>(s).kernel.channels[0].requantizer =
                     exec::Requantizer::Make(exec::Kernel::kQ31, 0.5).value())};
}

Changes TailChanges() {
  return {CHANGE(s.tail.instructions.pop_back()),
          CHANGE(std::swap(s.tail.instructions[3], s.tail.instructions[4])),
          CHANGE(s.tail.values.pop_back()),
          CHANGE(s.tail.frontiers[0].reg = 9),
          CHANGE(s.tail.frontiers[0].path[2] = 3),
          CHANGE(s.tail.frontiers[0].codes = true),
          CHANGE(s.tail.frontiers[0].scale = 1),
          CHANGE(s.tail.frontiers[0].measured = false),
          CHANGE(s.tail.frontiers[0].output = 0),
          CHANGE(s.tail.frontiers[0].edge.argument = 1),
          CHANGE(s.tail.frontiers.clear()),
          CHANGE(s.tail.channels = 1),
          CHANGE(s.search.first_quantizers[0].instruction = 1),
          CHANGE(s.search.first_quantizers[0].path[0] = 0),
          CHANGE(s.search.has_partial_quantizer = true),
          CHANGE(s.search.is_cut[0] = 0),
          CHANGE(s.search.everything[1] = 2),
          CHANGE(s.is_last_quantizer[1] = 0)};
}

#undef CHANGE
#define CHANGE(expression)                            \
  std::pair<std::string, Change> {                    \
#expression, [](SiteQuestion & q) { expression; } \
  }

std::vector<std::pair<std::string, Change>> AllChanges() {
  std::vector<std::pair<std::string, Change>> out {
    CHANGE(q.joint[1] = 0), CHANGE(q.joint.clear()), CHANGE(q.pairs[0].before = 1),
        CHANGE(q.pairs[0].after = 1), CHANGE(q.pairs[0].identical = true),
        CHANGE(q.pairs[0].lsb = 1), CHANGE(q.pairs[0].float_unit = true),
        CHANGE(q.pairs[0].codes->first = 2), CHANGE(q.pairs[0].codes->second = 2),
        CHANGE(q.pairs[0].codes.reset()), CHANGE(q.pairs[0].dequantize_rounding = 1),
        CHANGE(q.pairs[0].aligned[0].first = 2), CHANGE(q.pairs[0].aligned[0].second = 2),
        CHANGE(q.pairs.clear()), CHANGE(q.options.tolerance_lsb = 2),
        CHANGE(q.options.tolerance_lsb.reset()), CHANGE(q.options.ideal_gap_lsb = 2),
        CHANGE(q.options.ideal_gap_lsb = 0), CHANGE(q.options.domain = Domain::kReachable),
        CHANGE(q.options.domain = Domain::kObserved), CHANGE(q.options.most_enumerated = 5),
        CHANGE(q.options.ideal_distance = true), CHANGE(q.options.changed_only = true),
        CHANGE(q.reach = Reach::kInterval), CHANGE(q.observed = nullptr),
        CHANGE(static ObservedSite o = Observed(); o.runs = 4; q.observed = &o),
        CHANGE(static ObservedSite o = Observed(); o.channels[0].low = -6; q.observed = &o),
        CHANGE(static ObservedSite o = Observed(); o.channels[0].high = 6; q.observed = &o),
        CHANGE(static ObservedSite o = Observed(); o.channels[0].count = 8; q.observed = &o),
        CHANGE(static ObservedSite o = Observed(); o.channels[0].values[1] = 4; q.observed = &o),
        CHANGE(static ObservedSite o = Observed(); o.channels[0].histogram[1] = 5; q.observed = &o)
  };
  for (const Changes& changes : {ConvChanges(), OperatorChanges(), TailChanges()}) {
    for (const auto& [name, change] : changes) {
      out.emplace_back("before: " + name, [change](SiteQuestion& q) { change(q.before); });
      out.emplace_back("after: " + name, [change](SiteQuestion& q) { change(q.after); });
    }
  }
  return out;
}

TEST(QuestionBytes, AreOthersWhereAnyFieldIsAnother) {
  std::map<std::string, std::string> seen{{QuestionBytes(Question()), "nothing"}};
  for (const auto& [name, change] : AllChanges()) {
    SiteQuestion question = Question();
    change(question);
    const auto [same, is_new] = seen.emplace(QuestionBytes(question), name);
    EXPECT_TRUE(is_new) << name << " gives the bytes of " << same->second;
  }
  EXPECT_GT(seen.size(), 275u);
}

TEST(QuestionBytes, AreTheSameForTheSameQuestion) {
  EXPECT_EQ(QuestionBytes(Question()), QuestionBytes(Question()));
}

// Where the numbers lie in memory is not judged.
TEST(QuestionBytes, DoNotKnowWhereTheWeightsLie) {
  SiteQuestion owned = Question();
  owned.before.conv.weights.Own({kWeights.begin(), kWeights.end()});
  EXPECT_EQ(QuestionBytes(owned), QuestionBytes(Question()));
}

// 0 and -0 divide differently, and so may two NaNs.
TEST(QuestionBytes, TellFloatsApartByTheirBits) {
  SiteQuestion plus = Question(), minus = Question();
  plus.before.conv.bias.value[0] = 0.0;
  minus.before.conv.bias.value[0] = -0.0;
  EXPECT_NE(QuestionBytes(plus), QuestionBytes(minus));
  plus.before.conv.bias.value[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(QuestionBytes(plus), QuestionBytes(plus));
}

// What stands in one list must not be taken for the beginning of the next.
TEST(QuestionBytes, KeepListsApart) {
  SiteQuestion first = Question(), second = Question();
  first.before.conv.op.stride = {1, 2, 3};
  first.before.conv.op.padding = {4};
  second.before.conv.op.stride = {1, 2};
  second.before.conv.op.padding = {3, 4};
  EXPECT_NE(QuestionBytes(first), QuestionBytes(second));
}

TEST(QuestionBytes, RefuseWhatStillHasANameInItsProgram) {
  SiteQuestion question = Question();
  question.after.tail.frontiers[0].value = ir::ValueId{4};
  EXPECT_ANY_THROW(QuestionBytes(question));
}

}  // namespace
}  // namespace foldproof::prove::question_bytes_test
