// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "harness/compare/element_places.h"
#include "harness/compare/probes.h"
#include "harness/compare/site_groups.h"
#include "harness/exec/arrays/runs.h"
#include "harness/exec/open/open_executor.h"
#include "tests/harness/compare/program_pairs.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::compare {
namespace {

CompareOptions Random(std::size_t runs) {
  CompareOptions options;
  options.random_runs = runs;
  return options;
}

// The runs x0, x1, ... of `arrays`, one after the other.
NextInputs Recorded(const ir::Program& program, exec::Arrays arrays) {
  return [&program, arrays = std::move(arrays), next = std::size_t{0}]() mutable {
    if (next == exec::CountRuns(program, arrays)) return std::optional<exec::Tensors>();
    return std::optional(exec::InputsOfRun(program, arrays, next++));
  };
}

struct GoldenPair {
  explicit GoldenPair(const std::string& name)
      : before(Golden(name + ".before.pt2")), after(Golden(name + ".after.pt2")) {}
  Comparison Compare(const CompareOptions& options, exec::Executor& executor) const {
    return compare::Compare(before.side, after.side, options, executor);
  }
  Loaded before, after;
};

// The dequantized value before the probed conv.
exec::Tensor CutOf(const Loaded& before, const prove::ConvSide& conv, const Probe& probe,
                   exec::Executor& executor) {
  if (probe.input.level == prove::Witness::Level::kSite) return probe.input.tensor;
  const exec::Tensors inputs = InputsOf(before.program, probe.input);
  return executor.Run(before.program, inputs, {conv.input_cut}).at(conv.input_cut);
}

std::int64_t ElementOf(const Loaded& before, const prove::ConvSide& conv,
                       const prove::Witness& witness) {
  const auto sizes = before.program.graph.value(conv.output).type->sizes();
  std::int64_t element = witness.channel;
  for (std::size_t d = 0; d < conv.op.spatial(); ++d)
    element = element * sizes[sizes.size() - conv.op.spatial() + d] + witness.output_position[d];
  return element;
}

// Summed up again from what is fed, a witness makes the accumulator that it was made for.
TEST(AccumulatorReader, ReadsWhatAWitnessWasMadeFor) {
  OPEN_TORCH_OR_SKIP(torch);
  int read = 0;
  for (const PairOfFiles& files : PairsIn(Golden(""))) {
    const Loaded before(files.before), after(files.after);
    const prove::Proof proof = prove::Prove(before.side, after.side, {});
    for (const Probe& probe : MakeProbes(before.side, proof, 3).probes) {
      const prove::ConvSide& conv = proof.matching.sites[probe.site].before->conv;
      const auto sum = AccumulatorReader(before.side, conv)
                           .Read(CutOf(before, conv, probe, *torch),
                                 ElementOf(before, conv, probe.witness), probe.witness.channel);
      ASSERT_TRUE(sum);
      EXPECT_EQ(sum->accumulator, probe.witness.accumulator) << files.before;
      ++read;
    }
  }
  EXPECT_GT(read, 30);
}

TEST(Compare, AProgramAndItselfNeverPart) {
  OPEN_TORCH_OR_SKIP(torch);
  const Loaded program(Golden("fused_residual.before.pt2"));
  const Comparison out = compare::Compare(program.side, program.side, Random(20), *torch);
  EXPECT_EQ(out.verdict, prove::Verdict::kEqual);
  EXPECT_GT(out.nodes.size(), 10u);
  EXPECT_FALSE(FirstDivergence(out.nodes));
  for (const auto& site : out.sites) {
    for (const TailObservation& tail : site) EXPECT_EQ(tail.Total().lsb.max(), 0);
  }
}

// The folds of fused_residual change what the convs' chains give, and nothing before: the first
// value that both programs have and that differs is the first chain's end.
TEST(Compare, TheFirstDivergenceIsTheEndOfTheFirstFoldedChain) {
  OPEN_TORCH_OR_SKIP(torch);
  const GoldenPair pair("fused_residual");
  const Comparison out = pair.Compare(Random(20), *torch);
  const auto first = FirstDivergence(out.nodes);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->node, "dequantize_per_tensor_5");
  EXPECT_GT(first->lsb, 0);
  EXPECT_EQ(out.nodes.front().node, "quantize_per_tensor");
  EXPECT_EQ(out.nodes.front().differing, 0);
}

// The only site reads the program's input, and its tail ends in the output: what is observed there
// is what running both programs gives.
TEST(Compare, ObservesWhatTheProgramsGive) {
  OPEN_TORCH_OR_SKIP(torch);
  const GoldenPair pair("default_conv2d_nobias");
  exec::Tensor x{ir::ScalarType::kFloat32, {2, 3, 12, 12}, {}};
  std::vector<float> numbers(864);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<float>((i * 37) % 256) / 32.0f - 4.0f;
  x = exec::Tensor::Of(ir::ScalarType::kFloat32, x.sizes, numbers);
  CompareOptions options;
  const exec::Arrays arrays{{"x0", x}};
  options.recorded = Recorded(pair.before.side.view.program(), arrays);
  const auto output = [&](const Loaded& side) {
    const auto runs = exec::InputsOfAllRuns(side.program, arrays);
    return exec::RunAll(*torch, side.program, runs).at("y0").Elements<float>();
  };
  const std::vector<float> b = output(pair.before), a = output(pair.after);
  // Both ends are batch_norm's and dequantize's floats; one LSB is the smaller scale, that of the
  // after-program's dequantize, which is also before's: 0.03303335979580879.
  double most = 0;
  for (std::size_t i = 0; i < b.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  prove::Proof proof = prove::Prove(pair.before.side, pair.after.side, {});
  proof.verification.sites[0].tails[0].witness.reset();  // no adversarial run
  for (auto& channel : proof.verification.sites[0].tails[0].channels)
    channel.reachable.accumulator = channel.calibrated.accumulator = std::nullopt;
  const Comparison out =
      CompareProved(std::move(proof), pair.before.side, pair.after.side, options, *torch);
  ASSERT_EQ(out.runs.size(), 1u);
  EXPECT_EQ(out.runs[0].kind, "recorded");
  EXPECT_EQ(out.sites[0][0].Total().lsb.count(), static_cast<std::int64_t>(b.size()));
  EXPECT_EQ(out.sites[0][0].Total().lsb.max(), most * (1.0 / 0.03303335979580879));
  EXPECT_EQ(out.outputs[0].lsb.max(), most * (1.0 / 0.03303335979580879));
}

// x -> q -> dq -> conv -> q -> dq -> conv: both convs 1x1 with weight 1, all scales 1. `bias` is
// the first conv's.
ir::Program Chain(std::optional<std::vector<float>> bias) {
  prove::ConvProgram p(prove::ConvSpec{.bias = std::move(bias)});
  const ir::ValueId middle = p.Step(p.conv(), prove::Int8(1, 0));
  const ir::ValueId last =
      p.nodes().Node("last", "aten.conv2d.default",
                     {{"input", middle}, {"weight", p.AddWeight({})}, {"bias", ir::None{}}},
                     ir::ScalarType::kFloat32, {1, 1, 1, 1});
  return p.Return({last});
}

// A program built here, and what the prover keeps of it.
struct Built {
  explicit Built(ir::Program built) : program(std::move(built)), side(program) {}
  Built(const Built&) = delete;
  ir::Program program;
  prove::Side side;
};

// With a bias of 3 the first conv gives 3 codes more, unless they clip. The second conv is the same
// on both sides: given the same codes it shows nothing, and end to end the 3 go through it.
TEST(Compare, EachSiteIsSeenAloneAndTheWholeEndToEnd) {
  const Built before(Chain(std::nullopt)), after(Chain(std::vector<float>{3}));
  const auto integer = exec::OpenExecutor("integer");
  CompareOptions options = Random(20);
  options.arithmetic = Arithmetic::kExact;
  const Comparison out = compare::Compare(before.side, after.side, options, *integer);
  ASSERT_EQ(out.sites.size(), 2u);
  const LsbDistribution first = out.sites[0].at(0).Total().lsb;
  EXPECT_EQ(first.max(), 3);
  EXPECT_EQ(first.Quantile(0.5), 3);
  const LsbDistribution second = out.sites[1].at(0).Total().lsb;
  EXPECT_EQ(second.max(), 0);
  EXPECT_EQ(second.count(), first.count() + 1);  // its worst accumulator, given to it alone
  EXPECT_EQ(out.outputs.at(0).lsb.max(), 3);
  ASSERT_TRUE(FirstDivergence(out.nodes));
  EXPECT_EQ(FirstDivergence(out.nodes)->node, "dequantize_per_tensor_1");
  EXPECT_EQ(FirstDivergence(out.nodes)->lsb, 3);
  EXPECT_TRUE(out.findings.empty());
}

// What is fed would hide what the conv before it gives.
TEST(SiteGroups, AConvAndTheOneBehindItAreFedInDifferentRuns) {
  const Built before(Chain(std::nullopt)), after(Chain(std::vector<float>{3}));
  const prove::Proof proof = prove::Prove(before.side, after.side, {});
  std::vector<prove::FeedPoint> feeds;
  for (const auto& site : proof.matching.sites)
    feeds.push_back(prove::FeedPointOf(before.side, after.side, site));
  EXPECT_TRUE(feeds.at(1).codes);
  EXPECT_EQ(GroupSites(proof.matching, feeds), (std::vector<std::vector<std::size_t>>{{0}, {1}}));
}

// The int8 input is at 127 or -128: the first conv's codes clip in before and in after.
TEST(Compare, CountsCodesAtTheEnds) {
  const Built before(Chain(std::nullopt)), after(Chain(std::vector<float>{3}));
  const auto integer = exec::OpenExecutor("integer");
  CompareOptions options;
  exec::Arrays x;
  const float inputs[] = {127, -128, 124, 0};
  for (std::size_t i = 0; i < std::size(inputs); ++i) {
    x.emplace("x" + std::to_string(i),
              exec::Tensor::Of<float>(ir::ScalarType::kFloat32, {1, 1, 1, 1}, {inputs[i]}));
  }
  options.recorded = Recorded(before.side.view.program(), x);
  prove::Proof proof = prove::Prove(before.side, after.side, {});
  auto& tail = proof.verification.sites[0].tails.at(0);
  tail.witness.reset();  // no adversarial run
  tail.channels[0].reachable.accumulator = tail.channels[0].calibrated.accumulator = std::nullopt;
  auto& other = proof.verification.sites[1].tails.at(0);
  other.channels[0].reachable.accumulator = other.channels[0].calibrated.accumulator = std::nullopt;
  const Comparison out =
      CompareProved(std::move(proof), before.side, after.side, options, *integer);
  const Observation seen = out.sites[0][0].Total();
  // before: 127, -128, 124, 0; after: 127 (clipped from 130), -125, 127, 3.
  EXPECT_EQ(seen.before.share(), 2.0 / 4);
  EXPECT_EQ(seen.after.share(), 2.0 / 4);
  EXPECT_EQ(seen.lsb.count(), 4);
  EXPECT_EQ(seen.lsb.mean(), (0 + 3 + 3 + 3) / 4.0);
  EXPECT_EQ(seen.agreement.cosine(), (127. * 127 + 128. * 125 + 124. * 127) /
                                         (std::sqrt(127. * 127 + 128. * 128 + 124. * 124) *
                                          std::sqrt(127. * 127 + 125. * 125 + 127. * 127 + 9)));
}

// neg_ changes the conv's own value, and once alone: who reads that later sees what neg_ left.
TEST(NodeByNode, AReaderBehindAnInPlaceNodeSeesWhatThatLeft) {
  prove::ConvProgram p{prove::ConvSpec{}};
  p.Call("aten.neg_.default", p.conv());
  const ir::ValueId late = p.Call("aten.relu.default", p.conv());
  const Built program(p.Return({late}));
  const auto one = exec::OpenExecutor("integer");
  std::vector<std::unique_ptr<exec::Executor>> others;
  others.push_back(exec::OpenExecutor("integer"));
  if (auto torch = TorchOrNull()) others.push_back(std::move(torch));
  for (const auto& other : others) {
    const Comparison out =
        compare::Compare(program.side, program.side, Random(20), *one, other.get());
    EXPECT_GT(out.before_executors->nodes.size(), 3u);
    EXPECT_TRUE(out.before_executors->not_run.empty());
    EXPECT_FALSE(FirstDivergence(out.before_executors->nodes)) << other->Describe();
  }
}

// The fold leaves conv2d_1 with raw int32 codes as its bias, which PyTorch refuses; the proof
// knows it.
TEST(Compare, AnAfterProgramThatCannotBeRunIsToldBesideTheProof) {
  OPEN_TORCH_OR_SKIP(torch);
  const GoldenPair pair("hand_05_float_bias_two_convs");
  const Comparison out = pair.Compare(Random(3), *torch);
  EXPECT_EQ(out.verdict, prove::Verdict::kDiffers);
  EXPECT_TRUE(out.after_fault.starts_with("conv2d_1: ")) << out.after_fault;
  EXPECT_TRUE(out.runs.empty());
  for (const auto& site : out.sites) {
    for (const TailObservation& tail : site) EXPECT_FALSE(tail.why_not.empty());
  }
}

// An executor that adds three codes to one node's result: found at that node, and no further, since
// every node is fed the first executor's values.
TEST(NodeByNode, FindsTheNodeThatComputesSomethingElse) {
  OPEN_TORCH_OR_SKIP(torch);
  const Loaded program(Golden("fused_residual.before.pt2"));
  ChangedExecutor changed(*torch, [](const ir::Program& of, ir::ValueId id, exec::Tensor& tensor) {
    if (of.graph.value(id).name != "quantize_per_tensor_2") return;
    auto codes = tensor.Elements<std::int8_t>();
    codes[5] = static_cast<std::int8_t>(codes[5] > 0 ? codes[5] - 3 : codes[5] + 3);
    tensor = exec::Tensor::Of(tensor.dtype, tensor.sizes, codes);
  });
  const Comparison out = compare::Compare(program.side, program.side, Random(3), *torch, &changed);
  ASSERT_TRUE(out.before_executors);
  const auto first = FirstDivergence(out.before_executors->nodes);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->node, "quantize_per_tensor_2");
  EXPECT_EQ(first->lsb, 3);
  EXPECT_TRUE(out.before_executors->not_run.empty());
  int differing = 0;
  for (const NodeDistance& node : out.before_executors->nodes) differing += node.differing > 0;
  EXPECT_EQ(differing, 1);
}

TEST(NodeByNode, NamesWhatTheSecondCannotRun) {
  OPEN_TORCH_OR_SKIP(torch);
  class WithoutConvolutions : public exec::Executor {
   public:
    explicit WithoutConvolutions(exec::Executor& inner) : inner_(inner) {}
    std::unique_ptr<exec::PreparedProgram> Prepare(const ir::Program& program,
                                                   const std::set<ir::ValueId>& fed,
                                                   const std::vector<ir::ValueId>& fetch) override {
      const ir::Node* node = program.graph.ProducerOf(fetch[0]);
      if (std::holds_alternative<ir::Convolution>(node->op))
        throw Error(Error::Code::kInput, node->name, "is a convolution");
      return inner_.Prepare(program, fed, fetch);
    }
    std::string Describe() const override { return "without convolutions"; }

   private:
    exec::Executor& inner_;
  };
  const Loaded program(Golden("default_conv2d_nobias.before.pt2"));
  WithoutConvolutions second(*torch);
  const Comparison out = compare::Compare(program.side, program.side, Random(1), *torch, &second);
  ASSERT_EQ(out.before_executors->not_run.size(), 1u);
  EXPECT_EQ(out.before_executors->not_run[0].node, "conv2d");
  EXPECT_EQ(out.before_executors->not_run[0].reason, "is a convolution");
  EXPECT_FALSE(FirstDivergence(out.before_executors->nodes));
}

}  // namespace
}  // namespace foldproof::compare
