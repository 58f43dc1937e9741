// SPDX-License-Identifier: BSD-3-Clause
//
// The GraphModule form: what QuantizeFusedConvBnBiasAtenPass(default_zero_bias=True) made of it in
// ExecuTorch 1.5.1, recorded through a re-export.
#include <gtest/gtest.h>

#include <string>

#include "src/base/error.h"
#include "src/fold/pipeline.h"
#include "src/pt2/reader.h"
#include "tests/src/fold/corpus.h"

namespace foldproof::fold {
namespace {

// A conv's bias as far as export keeps it: codes or floats, scales, and what dequantizes it.
std::string Biases(const ir::Program& program) {
  std::string out;
  for (const ir::Node& node : program.graph.nodes()) {
    const auto* conv = std::get_if<ir::Convolution>(&node.op);
    if (conv == nullptr) continue;
    out += node.target + ":";
    if (!conv->bias) {
      out += " none\n";
      continue;
    }
    ir::ValueId stored = *conv->bias;
    if (const ir::Node* dequantize = program.graph.ProducerOf(*conv->bias)) {
      out += " " + dequantize->target;
      if (const auto* op = std::get_if<ir::DequantizePerTensor>(&dequantize->op)) {
        out += " " + std::to_string(op->params.scale * 1e6);
        stored = op->input;
      } else if (const auto* channels = std::get_if<ir::DequantizePerChannel>(&dequantize->op)) {
        stored = channels->input;
        for (const std::byte b : program.BytesOf(*program.ConstantOf(channels->params.scales)))
          out += " " + std::to_string(std::to_integer<int>(b));
      }
    }
    const ir::Constant* constant = program.ConstantOf(stored);
    if (constant != nullptr) {
      out += " " + constant->type.ToString();
      for (const std::byte b : program.BytesOf(*constant))
        out += " " + std::to_string(std::to_integer<int>(b));
    }
    out += "\n";
  }
  return out;
}

TEST(PreExportCorpus, PreparesBiasesAsRecorded) {
  const auto folder = CorpusFolder() / "pre_export";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the corpus is not beside the project";
  std::size_t compared = 0;
  for (const RecordedCase& recorded : CasesBelow(folder)) {
    const auto after = folder / (recorded.name + ".after_bias.pt2");
    SCOPED_TRACE(recorded.name);
    FoldOptions options;
    options.policy = Policy::kUpstream;
    options.pipeline = Pipeline::kPreExport;
    options.until = Stage::kBiases;
    try {
      const FoldResult result = Fold(pt2::ReadProgram(recorded.before), options);
      if (!std::filesystem::exists(after)) continue;  // the re-export raised, see index.json
      EXPECT_EQ(Biases(result.program), Biases(pt2::ReadProgram(after)));
      ++compared;
    } catch (const Error& error) {
      EXPECT_FALSE(std::filesystem::exists(after)) << error.what();
    }
  }
  EXPECT_GT(compared, 10u);
}

}  // namespace
}  // namespace foldproof::fold
