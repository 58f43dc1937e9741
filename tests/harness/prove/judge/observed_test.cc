// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/observed.h"
#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/conv/read_conv_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "harness/prove/conv/conv_accumulators.h"
#include "harness/prove/judge/prover.h"
#include "tests/harness/exec/recorded_trace.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

// Gives what it is fed for whatever is fetched: the programs here read their input through a
// quantizer of scale 1, which whole numbers pass unchanged.
class Echo : public exec::Executor {
 public:
  std::unique_ptr<exec::PreparedProgram> Prepare(const ir::Program&, const std::set<ir::ValueId>&,
                                                 const std::vector<ir::ValueId>& fetch) override {
    struct Prepared : exec::PreparedProgram {
      std::vector<ir::ValueId> fetch;
      exec::Tensors Run(const exec::Tensors& feeds) override {
        exec::Tensors out;
        for (const ir::ValueId value : fetch) out[value] = feeds.begin()->second;
        return out;
      }
    };
    auto prepared = std::make_unique<Prepared>();
    prepared->fetch = fetch;
    return prepared;
  }
  std::string Describe() const override { return "echo"; }
};

// Gives what a recorded trace has.
class Replay : public exec::Executor {
 public:
  explicit Replay(const exec::RecordedTrace& trace) : trace_(trace) {}

  std::unique_ptr<exec::PreparedProgram> Prepare(const ir::Program&, const std::set<ir::ValueId>&,
                                                 const std::vector<ir::ValueId>& fetch) override {
    struct Prepared : exec::PreparedProgram {
      const exec::RecordedTrace* trace = nullptr;
      std::vector<ir::ValueId> fetch;
      exec::Tensors Run(const exec::Tensors&) override {
        exec::Tensors out;
        for (const ir::ValueId value : fetch) out[value] = trace->ValueOf(value).value();
        return out;
      }
    };
    auto prepared = std::make_unique<Prepared>();
    prepared->trace = &trace_;
    prepared->fetch = fetch;
    return prepared;
  }
  std::string Describe() const override { return "replay"; }

 private:
  const exec::RecordedTrace& trace_;
};

std::vector<exec::Tensors> RunsOf(const ir::Program& program,
                                  const std::vector<std::vector<float>>& inputs) {
  const ir::ValueId x = program.UserInputs().at(0);
  std::vector<exec::Tensors> out;
  for (const auto& values : inputs) {
    const std::vector<std::int64_t> sizes{1, static_cast<std::int64_t>(values.size()), 1, 1};
    out.push_back({{x, exec::Tensor::Of(ir::ScalarType::kFloat32, sizes, values)}});
  }
  return out;
}

Observations ObservationsOf(const ir::Program& program,
                            const std::vector<std::vector<float>>& inputs) {
  Echo echo;
  const Side side(program);
  return Observe(side, echo, RunsOf(program, inputs));
}

struct Judged {
  std::unique_ptr<Observations> observed;  // the verification points into it
  Verification verification;
  const TailVerdict& tail() const { return verification.sites.at(0).tails.at(0); }
  const ChannelVerdict& channel() const { return tail().channels.at(0); }
};

Judged JudgeObserved(const ir::Program& before, const ir::Program& after,
                     const std::vector<std::vector<float>>& inputs,
                     Domain gate = Domain::kObserved) {
  const Side b(before);
  const Side a(after);
  Judged out{std::make_unique<Observations>(ObservationsOf(before, inputs)), {}};
  ProveOptions options;
  options.judge.domain = gate;
  options.observed = out.observed.get();
  out.verification = Prove(b, a, options).verification;
  return out;
}

// conv(x) with one tap of weight 1, + bias, -> quantizer.
ir::Program OneTap(std::optional<float> bias, const ir::QuantParams& quantizer) {
  ConvSpec spec;
  if (bias) spec.bias = std::vector<float>{*bias};
  ConvProgram p(spec);
  return p.Return({p.Step(p.conv(), quantizer)});
}

TEST(Observed, CountsEveryAccumulatorOfEveryRun) {
  ConvSpec spec;
  spec.weights = {{1, 10}, {-2, 0}};
  spec.weight_scales = {1, 1};
  ConvProgram p(spec);
  const ir::Program program = p.Return({p.Step(p.conv(), Int8(1.0, 0))});
  const Observations observed = ObservationsOf(program, {{3, 5}, {-7, 1}, {3, 5}});
  ASSERT_EQ(observed.size(), 1u);
  const ObservedSite& site = observed.begin()->second;
  EXPECT_EQ(site.runs, 3u);
  ASSERT_EQ(site.channels.size(), 2u);
  EXPECT_EQ(site.channels[0].values, (std::vector<std::int64_t>{3, 53}));  // -7 + 10; 3 + 50
  EXPECT_EQ(site.channels[0].count, 3);
  EXPECT_EQ(site.channels[0].low, 3);
  EXPECT_EQ(site.channels[0].high, 53);
  // 51 integers in bins of 2: the first holds one, the last, 53, two.
  ASSERT_EQ(site.channels[0].histogram.size(), 26u);
  EXPECT_EQ(site.channels[0].histogram.front(), 1);
  EXPECT_EQ(site.channels[0].histogram.back(), 2);
  EXPECT_EQ(site.channels[1].values, (std::vector<std::int64_t>{-6, 14}));
}

TEST(Observed, ThirtyTwoBinsAreEnoughAndOneIntegerIsTheLeast) {
  std::vector<std::vector<float>> inputs;
  for (int x = -128; x <= 127; ++x) inputs.push_back({static_cast<float>(x)});
  const Observations all = ObservationsOf(OneTap({}, Int8(1.0, 0)), inputs);
  const auto& histogram = all.begin()->second.channels[0].histogram;
  ASSERT_EQ(histogram.size(), 32u);
  EXPECT_EQ(std::ranges::count(histogram, 8), 32);
  const Observations one = ObservationsOf(OneTap({}, Int8(1.0, 0)), {{4}, {4}, {6}});
  EXPECT_EQ(one.begin()->second.channels[0].histogram, (std::vector<std::int64_t>{2, 0, 1}));
}

TEST(Observed, WhatIsNoCodeOfTheInputIsAnError) {
  EXPECT_THROW(ObservationsOf(OneTap({}, Int8(1.0, 0)), {{0.5f}}), Error);
  EXPECT_THROW(ObservationsOf(OneTap({}, Int8(1.0, 0)), {{128.0f}}), Error);
  EXPECT_THROW(ObservationsOf(OneTap({}, Int8(1.0, 0)), {{std::nanf("")}}), Error);
}

// rint and clamp in float32, by the formula of quantize_per_tensor.
float CodeOf(float v, float inverse_scale, float zero_point) {
  return std::clamp(std::nearbyint(v * inverse_scale) + zero_point, -128.0f, 127.0f);
}

TEST(Observed, FiguresAgreeWithALoopWrittenByHand) {
  // before: q(scale 0.5, z 3) of A + 1.25; after: the same of A + 9.75; one LSB is 0.5.
  const std::vector<std::vector<float>> inputs{{57}, {61}, {-70}, {57}};
  const Judged judged =
      JudgeObserved(OneTap(1.25f, Int8(0.5, 3)), OneTap(9.75f, Int8(0.5, 3)), inputs);
  const ChannelVerdict& channel = judged.channel();
  DomainFigures range;
  DomainFigures produced;
  for (int A = -128; A <= 127; ++A) {
    const auto v = static_cast<float>(A);
    const auto lsb =
        static_cast<double>(std::abs(CodeOf(v + 1.25f, 2, 3) - CodeOf(v + 9.75f, 2, 3)));
    const auto note = [&](DomainFigures& figures) {
      figures.lsb = std::max(figures.lsb, lsb);
      ++figures.count;
      figures.over += lsb > channel.allowed_lsb;
    };
    if (A >= -70 && A <= 61) note(range);
    if (A == -70 || A == 57 || A == 61) note(produced);
  }
  EXPECT_EQ(channel.observed.lsb, range.lsb);
  EXPECT_EQ(channel.observed.count, range.count);
  EXPECT_EQ(channel.observed.over, range.over);
  EXPECT_EQ(range.lsb, 18.0);  // at A = 0, see channel_judge_test.cc
  EXPECT_EQ(channel.produced.lsb, produced.lsb);
  EXPECT_EQ(channel.produced.count, produced.count);
  EXPECT_EQ(channel.produced.over, produced.over);
  // -70: -137.5 clips to -128, -120.5 rounds to -120, + 3. 57: 116 + 3, and 133.5 clips.
  EXPECT_EQ(produced.lsb, 11.0);
  EXPECT_EQ(channel.produced.accumulator, -70);
  EXPECT_EQ(channel.reachable.count, 256);
}

// q1 (scale 1/2) holds A = -64 .. 63; then + 1 or 4, then q2.
ir::Program Inner(float shift) {
  ConvProgram p(ConvSpec{});
  const auto inner = p.Step(p.conv(), Int8(0.5, 0));
  return p.Return(
      {p.Step(p.Call("aten.add.Tensor", inner, {{"other", p.PerChannel({shift})}}), Int8(1.0, 0))});
}

TEST(Observed, TheGateIsTheRangeAlone) {
  // After clips at 20 what before holds up to 63: nothing differs below.
  const ir::Program before = OneTap({}, Int8(0.5, 0));
  const ir::Program after = OneTap({}, {0.5, 0, -128, 40, ir::ScalarType::kInt8});
  EXPECT_EQ(JudgeObserved(before, after, {{-100}, {20}}).verification.verdict, Verdict::kWithin);
  EXPECT_EQ(JudgeObserved(before, after, {{-100}, {20}}, Domain::kReachable).verification.verdict,
            Verdict::kDiffers);
  const Judged over = JudgeObserved(before, after, {{-100}, {22}});
  EXPECT_EQ(over.verification.verdict, Verdict::kDiffers);
  ASSERT_TRUE(over.tail().witness);
  EXPECT_EQ(over.tail().witness->accumulator, 22);
}

TEST(Observed, TheRangeMayEndInsideAStep) {
  // Steps of 8: before's codes change at 5, 13, 21, ..., after's, which adds 4, at 1, 9, 17 (ties
  // to even move them by one).
  const Judged judged =
      JudgeObserved(OneTap(0.25f, Int8(8, 0)), OneTap(4.25f, Int8(8, 0)), {{6}, {9}, {11}});
  EXPECT_EQ(judged.channel().observed.count, 6);
  EXPECT_EQ(judged.channel().produced.count, 3);
  EXPECT_EQ(judged.channel().observed.lsb, 1.0);
}

TEST(Observed, TheWitnessMayBeOneThatNoRunMade) {
  // 21 differs by 2 codes and lies between what was observed; nothing observed differs.
  const ir::Program before = OneTap({}, Int8(0.5, 0));
  const ir::Program after = OneTap({}, {0.5, 0, 40, 127, ir::ScalarType::kInt8});
  const Judged judged = JudgeObserved(before, after, {{20}, {64}, {18}});
  EXPECT_EQ(judged.channel().produced.lsb, 4.0);  // 36 became 40
  EXPECT_EQ(judged.channel().observed.lsb, 4.0);
  EXPECT_EQ(judged.verification.verdict, Verdict::kDiffers);
}

TEST(Observed, AnEmptyDomainHasNothingToSay) {
  const Judged judged = JudgeObserved(Inner(1.0f), Inner(4.0f), {});
  EXPECT_EQ(judged.channel().observed.count, 0);
  EXPECT_EQ(judged.channel().observed.lsb, 0.0);
  EXPECT_FALSE(judged.channel().observed.accumulator);
  EXPECT_TRUE(judged.channel().over.empty());
}

TEST(Observed, UndefinedAccumulatorsOutsideTheRangeDoNotCount) {
  // v / 0 is NaN at A = 0 alone.
  ConvProgram p(ConvSpec{});
  const ir::Program program = p.Return({p.Step(
      p.Call("aten.div.Tensor", p.conv(), {{"other", p.PerChannel({0.0f})}}), Int8(1.0, 0))});
  const Judged beside = JudgeObserved(program, program, {{1}, {9}});
  EXPECT_EQ(beside.channel().observed.undefined, 0);
  EXPECT_NE(beside.verification.verdict, Verdict::kUnproved);
  EXPECT_TRUE(beside.tail().causes.empty());
  const Judged inside = JudgeObserved(program, program, {{-1}, {9}});
  EXPECT_EQ(inside.channel().observed.undefined, 1);
  EXPECT_EQ(inside.channel().observed.count, 11);
  EXPECT_EQ(inside.channel().produced.undefined, 0);
  EXPECT_EQ(inside.tail().reason, "undefined: 1 of 11");
}

TEST(Observed, TheGateStaysCalibratedWhereInputsAreGivenForTheirFigures) {
  const Judged judged = JudgeObserved(Inner(1.0f), Inner(4.0f), {{10}}, Domain::kCalibrated);
  EXPECT_EQ(judged.channel().observed.count, 1);
  EXPECT_EQ(judged.channel().observed.lsb, 3.0);
  EXPECT_EQ(judged.verification.verdict, Verdict::kDiffers);
}

// In every recorded trace, each conv's recorded float is that of the accumulator counted here,
// within the bound on a float32 sum (docs/numerics.md, eq. 8), and each accumulator is in the
// reach.
TEST(Observed, AccumulatorsAreThoseBehindTheRecordedFloats) {
  const auto files = exec::TraceFiles(exec::GoldenTraces());
  ASSERT_FALSE(files.empty());
  std::size_t convs = 0;
  for (const auto& file : files) {
    const exec::RecordedTrace trace = exec::ReadTrace(exec::GoldenTraces(), file);
    const Side side(trace.program);
    Replay replay(trace);
    const Observations observed = Observe(side, replay, {trace.inputs});
    for (const auto& [node, site] : observed) {
      const ConvSide conv =
          *ReadConvSide(side.view, side.constants, trace.program.graph.node(node)).side;
      const exec::Tensor recorded = trace.ValueOf(conv.output).value();
      const std::vector<float> floats = recorded.Elements<float>();
      const std::size_t batch = recorded.sizes.size() == conv.op.spatial() + 2
                                    ? static_cast<std::size_t>(recorded.sizes[0])
                                    : 1;
      const std::size_t plane = floats.size() / batch / conv.channels;
      for (std::size_t c = 0; c < conv.channels; ++c) {
        const double step = static_cast<double>(static_cast<float>(conv.input_params.scale)) *
                            conv.weight_scales[c];
        const auto largest = static_cast<double>(
            std::max(std::abs(conv.input_range.low), std::abs(conv.input_range.high)));
        double size = std::abs(conv.bias.value[c]);
        for (const std::int32_t w : conv.WeightsOf(c)) {
          size += std::abs(w) * step * largest;
        }
        const double bound = static_cast<double>(conv.taps + 1) * 0x1p-24 * size * 1.001;
        EXPECT_LT(bound, 0.5 * step) << "the test could not tell neighbours apart";
        const AccumulatorSet reach = ReachOf(conv, c, Reach::kExact);
        const ObservedChannel& channel = site.channels[c];
        EXPECT_EQ(channel.count, static_cast<std::int64_t>(batch * plane));
        EXPECT_EQ(
            std::accumulate(channel.histogram.begin(), channel.histogram.end(), std::int64_t{0}),
            channel.count);
        for (const std::int64_t a : channel.values) EXPECT_TRUE(reach.Contains(a));
        for (std::size_t b = 0; b < batch; ++b) {
          for (std::size_t i = 0; i < plane; ++i) {
            const double v = static_cast<double>(floats[(b * conv.channels + c) * plane + i]);
            const std::int64_t a = std::llround((v - conv.bias.value[c]) / step);
            EXPECT_TRUE(std::ranges::binary_search(channel.values, a)) << trace.name << " " << a;
          }
        }
      }
      ++convs;
    }
  }
  EXPECT_GT(convs, 0u);
}

}  // namespace
}  // namespace foldproof::prove
