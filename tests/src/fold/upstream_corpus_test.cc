// SPDX-License-Identifier: BSD-3-Clause
//
// The policy `upstream` against what ExecuTorch 1.5.1's own passes made of the same programs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/fold/conv_bn_chain.h"
#include "src/fold/pipeline.h"
#include "src/fold/quantized_conv.h"
#include "src/fold/upstream/float32_bias.h"
#include "src/fold/upstream/upstream_quantize_bias.h"
#include "src/ir/constant_vector.h"
#include "src/pt2/reader.h"
#include "tests/src/fold/corpus.h"

namespace foldproof::fold {
namespace {

std::vector<std::string> Targets(const ir::Program& program) {
  std::vector<std::string> targets;
  for (const ir::Node& node : program.graph.nodes()) targets.push_back(node.target);
  return targets;
}

// The name of the input that stands for the constant.
std::string InputOf(const ir::Program& program, const std::string& constant) {
  for (const ir::InputSpec& spec : program.inputs) {
    if (spec.target == constant) return program.graph.value(spec.value).name;
  }
  return {};
}

using Constants = std::map<std::string, const ir::Constant*>;

// The constants that a node reads. (The recording of the big program has the others zeroed.)
Constants ReadConstants(const ir::Program& program) {
  Constants constants;
  for (const ir::InputSpec& spec : program.inputs) {
    const bool read = !program.graph.users(spec.value).empty();
    if (spec.kind != ir::InputSpec::Kind::kUserInput && read)
      constants[spec.target] = &program.constants.at(spec.target);
  }
  return constants;
}

// The codes of `norm`'s chain in `before` as they would be had the square root of channel c come
// out one float32 step lower or higher.
std::vector<std::int32_t> CodesOneStepOff(const ir::Program& before, const std::string& bias,
                                          std::size_t c) {
  for (const ir::Node& node : before.graph.nodes()) {
    if (!std::holds_alternative<ir::BatchNorm>(node.op)) continue;
    const auto match = MatchChain(before.graph, node);
    const auto* chain = std::get_if<ConvBnChain>(&match);
    if (chain == nullptr) continue;
    const ir::Node& conv = before.graph.node(chain->conv);
    if (conv.name + "_default_zero_bias" != bias) continue;
    const auto& norm = std::get<ir::BatchNorm>(node.op);
    const auto at = [&](ir::ValueId value) { return FloatsOf(before, value)->at(c); };
    const BatchNormChannel channel{at(*norm.weight), at(*norm.bias), at(*norm.running_mean),
                                   at(*norm.running_var)};
    const auto read = ReadQuantizedConv(before, conv);
    const auto& quantized = std::get<QuantizedConv>(read);
    const BiasParams params{quantized.input.scale * quantized.WeightScale(c), 0, -2147483648LL,
                            2147483647LL};
    const float root = Deviation32(channel.variance, norm.eps);
    std::vector<std::int32_t> codes;
    for (const float off : {std::nextafter(root, 0.0f), std::nextafter(root, 2 * root)}) {
      codes.push_back(FoldBias32(0, Correction32(channel, std::nullopt, off), params));
    }
    return codes;
  }
  return {};
}

struct Difference {
  std::string text;             // a line for each that nothing excuses
  std::size_t codes = 0;        // compared
  std::size_t other_roots = 0;  // of them other because of the wheel's square root
};

void CompareCodes(const ir::Program& before, const std::string& name,
                  const std::vector<std::int64_t>& ours, const std::vector<std::int64_t>& theirs,
                  Difference& out) {
  out.codes += ours.size();
  for (std::size_t c = 0; c < ours.size(); ++c) {
    if (ours[c] == theirs[c]) continue;
    const auto steps = CodesOneStepOff(before, name, c);
    if (std::find(steps.begin(), steps.end(), theirs[c]) != steps.end()) {
      ++out.other_roots;
    } else {
      out.text += name + "[" + std::to_string(c) + "]: " + std::to_string(ours[c]) + " for " +
                  std::to_string(theirs[c]) + "\n";
    }
  }
}

void CompareConstants(const ir::Program& before, const ir::Program& ours, const ir::Program& theirs,
                      Difference& out) {
  const Constants a = ReadConstants(ours), b = ReadConstants(theirs);
  for (const auto& [name, constant] : b) {
    const auto found = a.find(name);
    if (found == a.end()) {
      out.text += "missing " + name + "\n";
    } else if (found->second->type != constant->type) {
      out.text +=
          name + ": " + found->second->type.ToString() + " for " + constant->type.ToString() + "\n";
    } else if (constant->type.dtype == ir::ScalarType::kInt32) {
      const auto codes = [&](const ir::Program& program) {
        return *CodesOf(program, *program.graph.FindValue(InputOf(program, name)));
      };
      CompareCodes(before, name, codes(ours), codes(theirs), out);
    } else if (ours.BytesOf(*found->second) != theirs.BytesOf(*constant)) {
      out.text += name + ": other elements\n";
    }
  }
  for (const auto& [name, constant] : a) {
    if (!b.contains(name)) out.text += "added " + name + "\n";
  }
}

ir::Program Upstream(const RecordedCase& recorded) {
  ir::Program program = pt2::ReadProgram(recorded.before);
  if (recorded.name.starts_with("qbias_")) {
    ir::Editor editor(std::move(program));
    UpstreamQuantizeBias({UpstreamQuantizeBias::Targets::kAtenPass, true, false}).Run(editor);
    return std::move(editor).Finish();
  }
  FoldOptions options;
  options.policy = Policy::kUpstream;
  options.default_zero_bias = recorded.name != "hand_22_no_default_zero_bias";
  return Fold(std::move(program), options).program;
}

// Operators in their order, constants by name and bit for bit. PyTorch's wheel, which made the
// recordings, takes square roots that are one step off now and then; a code that is another one for
// that reason alone is counted and must be rare.
TEST(UpstreamCorpus, FoldsAsExecuTorchDid) {
  std::size_t compared = 0;
  Difference all;
  for (const RecordedCase& recorded : RecordedCases()) {
    if (recorded.after.empty()) continue;
    SCOPED_TRACE(recorded.name);
    const ir::Program theirs = pt2::ReadProgram(recorded.after);
    try {
      const ir::Program ours = Upstream(recorded);
      EXPECT_EQ(Targets(ours), Targets(theirs));
      Difference difference;
      CompareConstants(pt2::ReadProgram(recorded.before), ours, theirs, difference);
      EXPECT_EQ(difference.text, "");
      all.codes += difference.codes;
      all.other_roots += difference.other_roots;
      ++compared;
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_GE(compared, 20u);
  EXPECT_LE(all.other_roots * 1000, all.codes);
  std::printf("%zu programs, %zu codes, %zu of them other because of a square root\n", compared,
              all.codes, all.other_roots);
}

// Where ExecuTorch raised, ours refuses and names the node; where its result does not run, ours has
// the fault that keeps it from running, and says so in its structure.
TEST(UpstreamCorpus, RefusesWhatMadeExecuTorchRaise) {
  std::ifstream file(CorpusFolder() / "manifest.json");
  if (!file) GTEST_SKIP() << "the corpus is not beside the project";
  const auto manifest = nlohmann::json::parse(file);
  std::size_t raised = 0;
  for (const auto& entry : manifest) {
    const std::string name = entry.at("name");
    const auto before = CorpusFolder() / (name + ".before.pt2");
    if (!std::filesystem::exists(before)) continue;
    const bool wanted = entry.contains("upstream_error") && !entry.at("upstream_error").is_null();
    SCOPED_TRACE(name);
    bool threw = false;
    try {
      Upstream({name, before, {}});
    } catch (const Error& error) {
      threw = true;
      EXPECT_NE(std::string(error.what()).find("ExecuTorch 1.5.1 raises here"), std::string::npos)
          << error.what();
    }
    EXPECT_EQ(threw, wanted);
    raised += wanted;
  }
  std::printf("%zu programs raise\n", raised);
}

}  // namespace
}  // namespace foldproof::fold
