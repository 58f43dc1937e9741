// SPDX-License-Identifier: BSD-3-Clause
//
// What matching takes beside two programs whose weights are quantized in the graph, as TorchAO
// leaves them: w * (gamma / sqrt(var + eps)), which everything that a proof asks of a constant
// follows.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <string>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kChannels = 512, kTaps = 1024;
constexpr int kConvs = 6;

// The most memory that was resident since the last reset, in bytes; 0: the system does not tell.
std::size_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes << 10;
  }
  return 0;
}
bool ResetPeak() {
  std::ofstream file("/proc/self/clear_refs");
  return static_cast<bool>(file << "5" << std::flush);
}

ir::Program ComputedWeights() {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(0.5f, 1);
  const auto drawn = [&](std::int64_t count) {
    std::vector<float> out;
    for (std::int64_t i = 0; i < count; ++i) out.push_back(uniform(random));
    return out;
  };
  ConvSpec spec;
  spec.weights.assign(kChannels, std::vector<std::int16_t>(kTaps, 1));
  spec.weight_scales.assign(kChannels, 1);
  ConvProgram p(spec);
  ConstantProgram& nodes = p.nodes();
  const auto node = [&](const std::string& name, const std::string& target,
                        const ConstantProgram::Arguments& arguments,
                        const std::vector<std::int64_t>& sizes) {
    return nodes.Node(name, target, arguments, ir::ScalarType::kFloat32, sizes);
  };
  std::vector<ir::ValueId> outputs;
  for (int i = 0; i < kConvs; ++i) {
    const std::string n = std::to_string(i);
    const std::vector<std::int64_t> column{kChannels, 1, 1, 1}, sizes{kChannels, kTaps, 1, 1};
    const ir::ValueId weight = nodes.Floats("w" + n, sizes, drawn(kChannels * kTaps));
    const ir::ValueId var = nodes.Floats("var" + n, {kChannels}, drawn(kChannels));
    const ir::ValueId gamma = nodes.Floats("gamma" + n, {kChannels}, drawn(kChannels));
    const ir::ValueId root = node("root" + n, "aten.sqrt.default", {{"self", var}}, {kChannels});
    const ir::ValueId scale =
        node("scale" + n, "aten.div.Tensor", {{"self", gamma}, {"other", root}}, {kChannels});
    const ir::ValueId shaped =
        node("shaped" + n, "aten.reshape.default", {{"self", scale}, {"shape", column}}, column);
    const ir::ValueId product =
        node("product" + n, "aten.mul.Tensor", {{"self", weight}, {"other", shaped}}, sizes);
    const ir::ValueId conv = p.AddConvOf(p.Step(product, Int8(0.015, 0)), ir::None{});
    outputs.push_back(p.Step(conv, Int8(0.5, 0)));
  }
  return p.Return(outputs);
}

std::size_t StoredBytes(const ir::Program& program) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < program.storages.size(); ++i) out += program.storages[i].size();
  return out;
}

// Programs and what a proof takes beside them are to stay below four times the files.
TEST(MatchMemory, IsAFewTimesTheWeightsThatAreComputed) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "SKIPPED: a sanitized program keeps what is freed";
#endif
  const ir::Program before = ComputedWeights(), after = ComputedWeights();
  if (!ResetPeak() || PeakBytes() == 0) GTEST_SKIP() << "SKIPPED: /proc/self tells no peak";
  const std::size_t start = PeakBytes();
  const Side before_side(before), after_side(after);
  const Matching matching = MatchSites(before_side, after_side, BatchNormVariant::kFma);
  ASSERT_EQ(matching.sites.size(), static_cast<std::size_t>(kConvs));
  for (const MatchedSite& site : matching.sites) {
    ASSERT_TRUE(site.before && site.after);
    EXPECT_EQ(site.before->conv.weight_roots.size(), static_cast<std::size_t>(kChannels));
  }
  EXPECT_LE(PeakBytes() - start, 3 * (StoredBytes(before) + StoredBytes(after)));
}

}  // namespace
}  // namespace foldproof::prove
