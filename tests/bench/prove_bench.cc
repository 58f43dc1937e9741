// SPDX-License-Identifier: BSD-3-Clause
//
// What a proof costs: whole programs, and one channel against taps, bits and enumeration.
#include <benchmark/benchmark.h>

#include <cmath>
#include <filesystem>
#include <random>
#include <string>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/judge/prover.h"
#include "harness/prove/tail/step_function.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"

namespace foldproof::prove {
namespace {

using Path = std::filesystem::path;

const Path kRoot = foldproof::tests::kSourceFolder;

// The 20 folds of resnet18 where the corpus lies beside the project.
Path Resnet(const char* side) {
  return kRoot.parent_path() / "shared" / "corpus" / "big" /
         (std::string("resnet18.") + side + ".pt2");
}

// What a benchmark's program has besides.
struct Extras {
  bool silu = false;      // a SiLU in front of the last quantize
  double requantize = 1;  // weight codes times this, rounded, and their scale divided by it
};

// x -> quantize -> dequantize -> conv2d(int8 weights, int32 bias) -> [div, batch_norm] -> quantize
// -> dequantize: a chain before the fold, or what a right fold makes of it.
ir::Program ConvProgram(std::int64_t inputs, std::int64_t channels, ir::ScalarType codes,
                        bool folded, const Extras& extras = {}) {
  ir::Program program;
  std::mt19937 random(7);
  const auto constant = [&](const std::string& name, ir::ScalarType dtype,
                            std::vector<std::int64_t> sizes, std::vector<std::byte> bytes) {
    ir::Constant stored{
        name, ir::Constant::Kind::kBuffer,           true, ir::MakeTensorType(dtype, sizes), {},
        0,    program.storages.Add(std::move(bytes))};
    stored.strides.assign(sizes.size(), 1);
    for (std::size_t d = sizes.size(); d-- > 1;)
      stored.strides[d - 1] = stored.strides[d] * sizes[d];
    const ir::ValueId value = program.graph.AddInput("b_" + name, stored.type);
    program.inputs.push_back({ir::InputSpec::Kind::kBuffer, value, name, true});
    program.constants.emplace(name, std::move(stored));
    return value;
  };
  std::vector<std::byte> weight(static_cast<std::size_t>(inputs * channels * 9));
  for (std::byte& w : weight) {
    const auto code = static_cast<std::int8_t>(random() & 0xff);
    w = static_cast<std::byte>(std::lround(code * extras.requantize));
  }
  std::vector<std::byte> bias(static_cast<std::size_t>(channels) * 4);
  if (folded) bias[0] = std::byte{40};
  const ir::ValueId w =
      constant("w", ir::ScalarType::kInt8, {channels, inputs, 3, 3}, std::move(weight));
  const ir::ValueId b = constant("b", ir::ScalarType::kInt32, {channels}, std::move(bias));
  const auto image = ir::MakeTensorType(ir::ScalarType::kFloat32, {1, inputs, 8, 8});
  const ir::ValueId x = program.graph.AddInput("x", image);
  program.inputs.push_back({ir::InputSpec::Kind::kUserInput, x, "", true});
  const auto result = ir::MakeTensorType(ir::ScalarType::kFloat32, {1, channels, 8, 8});
  const auto quantized = [&](const char* op, const std::string& name, ir::ValueId value,
                             double scale, ir::ScalarType dtype, ir::TensorType type) {
    const std::string target = std::string("quantized_decomposed.") + op + "_per_tensor.default";
    const ir::NodeId node = program.graph.Append(name, target,
                                                 {{"input", value, false},
                                                  {"scale", scale, false},
                                                  {"zero_point", std::int64_t{0}, false},
                                                  {"quant_min", ir::LowestOf(dtype), false},
                                                  {"quant_max", ir::HighestOf(dtype), false},
                                                  {"dtype", dtype, false}},
                                                 {{name, std::move(type)}});
    return program.graph.node(node).outputs[0];
  };
  const auto coded = [](ir::TensorType type, ir::ScalarType dtype) {
    type.dtype = dtype;
    return type;
  };
  const ir::ValueId qx = quantized("quantize", "qx", x, 0.05, ir::ScalarType::kInt8,
                                   coded(image, ir::ScalarType::kInt8));
  const ir::ValueId dx = quantized("dequantize", "dx", qx, 0.05, ir::ScalarType::kInt8, image);
  const ir::ValueId dw =
      quantized("dequantize", "dw", w, 0.01 / extras.requantize, ir::ScalarType::kInt8,
                ir::MakeTensorType(ir::ScalarType::kFloat32, {channels, inputs, 3, 3}));
  const ir::ValueId db = quantized("dequantize", "db", b, 0.0005, ir::ScalarType::kInt32,
                                   ir::MakeTensorType(ir::ScalarType::kFloat32, {channels}));
  const std::vector<std::int64_t> ones{1, 1};
  const ir::NodeId conv = program.graph.Append("conv", "aten.conv2d.default",
                                               {{"input", dx, false},
                                                {"weight", dw, false},
                                                {"bias", db, false},
                                                {"stride", ones, false},
                                                {"padding", ones, false}},
                                               {{"conv", result}});
  ir::ValueId tail = program.graph.node(conv).outputs[0];
  const double scale = codes == ir::ScalarType::kInt8 ? 0.5 : 0.5 / 256;
  tail = quantized("quantize", "q1", tail, scale, codes, coded(result, codes));
  tail = quantized("dequantize", "d1", tail, scale, codes, result);
  if (!folded) {
    const ir::NodeId div =
        program.graph.Append("div", "aten.div.Tensor",
                             {{"self", tail, false}, {"other", 0.75, false}}, {{"div", result}});
    const ir::NodeId mul = program.graph.Append(
        "mul", "aten.mul.Tensor",
        {{"self", program.graph.node(div).outputs[0], false}, {"other", 0.75, false}},
        {{"mul", result}});
    tail = program.graph.node(mul).outputs[0];
  }
  if (extras.silu) {
    const ir::NodeId silu = program.graph.Append("silu", "aten.silu.default",
                                                 {{"self", tail, false}}, {{"silu", result}});
    tail = program.graph.node(silu).outputs[0];
  }
  tail = quantized("quantize", "q2", tail, scale, codes, coded(result, codes));
  tail = quantized("dequantize", "d2", tail, scale, codes, result);
  program.graph.SetOutputs({tail});
  program.outputs.push_back({ir::OutputSpec::Kind::kUserOutput, "d2", ""});
  return program;
}

void Count(benchmark::State& state, const Proof& proof) {
  double channels = 0, evaluations = 0, largest = 0, accumulators = 0;
  for (const SiteVerdict& site : proof.verification.sites) {
    channels += static_cast<double>(site.channels);
    evaluations += static_cast<double>(site.evaluations);
    for (const auto& reach : site.reach) {
      accumulators += static_cast<double>(reach.high - reach.low + 1);
      largest = std::max(largest, static_cast<double>(reach.high - reach.low + 1));
    }
  }
  state.counters["channels"] = channels;
  state.counters["channel_time"] = benchmark::Counter(
      channels, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["largest_reach"] = largest;
  // Both tails enumerated would be two evaluations an accumulator.
  state.counters["accumulators_per_evaluation"] = 2 * accumulators / std::max(evaluations, 1.0);
}

void BM_ReadResnet18(benchmark::State& state) {
  if (!std::filesystem::exists(Resnet("before")))
    return state.SkipWithError("no ../shared/corpus/big here");
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(pt2::ReadProgram(Resnet("before")));
    benchmark::DoNotOptimize(pt2::ReadProgram(Resnet("after")));
  }
}
BENCHMARK(BM_ReadResnet18)->Unit(benchmark::kMillisecond);

void BM_ProveResnet18(benchmark::State& state) {
  if (!std::filesystem::exists(Resnet("before")))
    return state.SkipWithError("no ../shared/corpus/big here");
  const ir::Program before = pt2::ReadProgram(Resnet("before"));
  const ir::Program after = pt2::ReadProgram(Resnet("after"));
  ProveOptions options;
  options.threads = static_cast<int>(state.range(0));
  Proof proof;
  for ([[maybe_unused]] auto _ : state) {
    const Side before_side(before);
    const Side after_side(after);
    proof = Prove(before_side, after_side, options);
  }
  Count(state, proof);
}
BENCHMARK(BM_ProveResnet18)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void BM_VerifySmallPair(benchmark::State& state) {
  const Path golden = kRoot / "golden" / "pt2";
  const Path stem = golden / "default_conv2d_bias_relu";
  if (!std::filesystem::exists(stem.string() + ".before.pt2"))
    return state.SkipWithError("golden pair is missing");
  for ([[maybe_unused]] auto _ : state) {
    const ir::Program before = pt2::ReadProgram(stem.string() + ".before.pt2");
    const ir::Program after = pt2::ReadProgram(stem.string() + ".after.pt2");
    const Side before_side(before);
    const Side after_side(after);
    benchmark::DoNotOptimize(Prove(before_side, after_side, {}));
  }
}
BENCHMARK(BM_VerifySmallPair)->Unit(benchmark::kMillisecond);

// A whole pair against taps (inputs * 9), channels and bits of the tail's quantizers.
void ProvePair(benchmark::State& state, const ProveOptions& options, bool silu = false,
               double requantize = 1) {
  const auto codes = state.range(2) == 8 ? ir::ScalarType::kInt8 : ir::ScalarType::kInt16;
  const ir::Program before = ConvProgram(state.range(0) / 9, state.range(1), codes, false, {silu});
  const ir::Program after =
      ConvProgram(state.range(0) / 9, state.range(1), codes, true, {silu, requantize});
  Proof proof;
  for ([[maybe_unused]] auto _ : state) {
    const Side before_side(before);
    const Side after_side(after);
    proof = Prove(before_side, after_side, options);
  }
  Count(state, proof);
}

void BM_ProvePair(benchmark::State& state) { ProvePair(state, {}); }
BENCHMARK(BM_ProvePair)
    ->ArgNames({"taps", "channels", "bits"})
    ->ArgsProduct({{9, 288, 4608}, {16, 256}, {8}})
    ->Args({288, 16, 16})
    ->Unit(benchmark::kMicrosecond);

// The same with a SiLU, whose ideal gap is bounded over cells.
void BM_ProveSiluPair(benchmark::State& state) { ProvePair(state, {}, true); }
BENCHMARK(BM_ProveSiluPair)
    ->ArgNames({"taps", "channels", "bits"})
    ->ArgsProduct({{9, 288, 4608}, {16}, {8}})
    ->Unit(benchmark::kMicrosecond);

// The same with weights that the fold requantized: a pair of sums, and its bounds.
void BM_ProveRequantizedPair(benchmark::State& state) { ProvePair(state, {}, false, 0.97); }
BENCHMARK(BM_ProveRequantizedPair)
    ->ArgNames({"taps", "channels", "bits"})
    ->ArgsProduct({{9, 576, 4608}, {256}, {8}})
    ->Unit(benchmark::kMicrosecond);

// The same with the distances from before's ideal.
void BM_ProvePairAndIdealDistance(benchmark::State& state) {
  ProveOptions options;
  options.judge.ideal_distance = true;
  ProvePair(state, options);
}
BENCHMARK(BM_ProvePairAndIdealDistance)
    ->ArgNames({"taps", "channels", "bits"})
    ->ArgsProduct({{9, 288, 4608}, {256}, {8}})
    ->Args({288, 16, 16})
    ->Unit(benchmark::kMicrosecond);

// The same tail by search and by enumeration, by the same evaluator.
void BM_Steps(benchmark::State& state, bool search) {
  const ir::Program program = ConvProgram(state.range(0) / 9, 1, ir::ScalarType::kInt8, false);
  const Side side(program);
  for (const ir::Node& node : program.graph.nodes()) {
    if (node.name != "conv") continue;
    const SiteSide site =
        MakeSiteSide(side.view, side.constants, *ReadConvSide(side.view, side.constants, node).side,
                     BatchNormVariant::kFma);
    const TailEvaluator evaluator(site.tail, site.conv, 0);
    const AccumulatorSet reach = ReachOf(site.conv, 0, Reach::kInterval);
    SearchScratch scratch;
    for ([[maybe_unused]] auto _ : state) {
      benchmark::DoNotOptimize(
          search ? SearchSteps(evaluator, site.search, 0, reach.lo(), reach.hi(), scratch)
                 : EnumerateSteps(evaluator, site.search, 0, reach.lo(), reach.hi()));
    }
    state.counters["reach"] = static_cast<double>(reach.hi() - reach.lo() + 1);
  }
}
BENCHMARK_CAPTURE(BM_Steps, search, true)
    ->ArgName("taps")
    ->Arg(9)
    ->Arg(288)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Steps, enumerate, false)
    ->ArgName("taps")
    ->Arg(9)
    ->Arg(288)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace foldproof::prove
