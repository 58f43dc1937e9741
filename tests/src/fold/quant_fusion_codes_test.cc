// SPDX-License-Identifier: BSD-3-Clause
//
// The mode `guarded`, judged by running: each fused operator against the chain that it replaced, on
// the same codes.
//
// How far the two may lie apart is docs/quant_fusion.md, eq. 6: before rounding the real positions
// of their codes differ by at most E, so the codes by at most floor(E) + 1. Add and max_pool2d
// round as the chain does, or not at all: their codes are equal.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/quantized/code_vector.h"
#include "src/base/error.h"
#include "src/fold/quant_fusion/quant_fusion.h"
#include "src/fold/quant_fusion/quantized_product.h"
#include "src/fold/quant_fusion/quantized_tail.h"
#include "src/ir/checker.h"
#include "src/ir/constant_vector.h"
#include "src/pt2/reader.h"
#include "tests/harness/exec/small_programs.h"
#include "tests/paths.h"
#include "tests/src/fold/corpus.h"

namespace foldproof::fold {
namespace {

// n·u / (1 - n·u), u = 2^-24: what n float32 roundings in a row can do, relative.
double Gamma(double n) { return n * 0x1p-24 / (1 - n * 0x1p-24); }

// A fused operator and the chain that it stands for.
struct FusedPair {
  const ir::Node* anchor;    // before
  const ir::Node* quantize;  // before
  const ir::Node* fused;     // after
  ir::QuantParams out;
};

// E of a sum of products: (γ_{n+7} + γ_5) · max over outputs of Σ |x - z_x| |w - z_w| + |b|, in
// codes. n terms, the bias among them.
double ProductBound(const ir::Program& before, const QuantizedProduct& product, double out_scale) {
  const auto weights = *CodesOf(before, product.weight_codes);
  std::vector<std::int64_t> bias(static_cast<std::size_t>(product.outputs), 0);
  if (product.bias_codes) bias = *CodesOf(before, *product.bias_codes);
  const std::int64_t z = product.input.zero_point;
  const auto reach = static_cast<double>(
      std::max(ir::HighestOf(product.input.dtype) - z, z - ir::LowestOf(product.input.dtype)));
  const std::size_t terms = weights.size() / bias.size();
  double largest = 0;
  for (std::size_t o = 0; o < bias.size(); ++o) {
    double sum = std::abs(static_cast<double>(bias[o]));
    for (std::size_t i = 0; i < terms; ++i) {
      sum +=
          reach * std::abs(static_cast<double>(weights[o * terms + i] - product.weight.zero_point));
    }
    largest = std::max(largest, sum);
  }
  const auto n = static_cast<double>(terms + 1);
  return (Gamma(n + 7) + Gamma(5)) * largest * product.scale() / out_scale;
}

double BoundOf(const ir::Program& before, const FusedPair& pair) {
  const auto product = [&](ir::ValueId x, ir::ValueId w, std::optional<ir::ValueId> b) {
    return std::get<QuantizedProduct>(ReadQuantizedProduct(before, *pair.anchor, x, w, b));
  };
  if (const auto* conv = std::get_if<ir::Convolution>(&pair.anchor->op)) {
    return ProductBound(before, product(conv->input, conv->weight, conv->bias), pair.out.scale);
  }
  if (const auto* linear = std::get_if<ir::Linear>(&pair.anchor->op)) {
    return ProductBound(before, product(linear->input, linear->weight, linear->bias),
                        pair.out.scale);
  }
  if (const auto* relu = std::get_if<ir::Unary>(&pair.anchor->op)) {
    const auto& in = DequantizeOf(before.graph, relu->input)->params;
    const auto reach = static_cast<double>(ir::HighestOf(in.dtype) - in.zero_point);
    return Gamma(7) * reach * in.scale / pair.out.scale;
  }
  return 0;
}

bool IsExact(const FusedPair& pair) {
  return pair.fused->target == "cadence.quantized_add.per_tensor" ||
         pair.fused->target == "cadence.quantized_max_pool2d_nchw.default";
}

// Fused nodes stand where the quantizes stood, so both lists have one order.
std::vector<FusedPair> PairsOf(const ir::Program& before, const ir::Program& after,
                               const ir::PassReport& report) {
  std::vector<FusedPair> pairs;
  for (const ir::Rewrite& rewrite : report.rewritten) {
    for (const ir::Node& node : before.graph.nodes()) {
      if (node.name != rewrite.node) continue;
      const auto tail = std::get<QuantizedTail>(MatchTail(before.graph, node));
      pairs.push_back({&node, &before.graph.node(tail.quantize), nullptr, tail.out});
    }
  }
  std::sort(pairs.begin(), pairs.end(),
            [](const FusedPair& a, const FusedPair& b) { return a.quantize->id < b.quantize->id; });
  std::size_t i = 0;
  for (const ir::Node& node : after.graph.nodes()) {
    if (node.target.starts_with("cadence.")) pairs.at(i++).fused = &node;
  }
  EXPECT_EQ(i, pairs.size());
  return pairs;
}

// The codes that a fused node takes, in the order of its arguments, and those of the chain.
std::vector<std::pair<ir::ValueId, ir::ValueId>> InputsOf(const ir::Program& before,
                                                          const FusedPair& pair) {
  const auto after = [&](const char* name) {
    return std::get<ir::ValueId>(*pair.fused->Find(name));
  };
  const auto codes = [&](ir::ValueId value) { return DequantizeOf(before.graph, value)->input; };
  if (const auto* conv = std::get_if<ir::Convolution>(&pair.anchor->op)) {
    return {{codes(conv->input), after("input")}};
  }
  if (const auto* linear = std::get_if<ir::Linear>(&pair.anchor->op)) {
    return {{codes(linear->input), after("src")}};
  }
  if (const auto* relu = std::get_if<ir::Unary>(&pair.anchor->op)) {
    return {{codes(relu->input), after("X")}};
  }
  if (const auto* add = std::get_if<ir::Binary>(&pair.anchor->op)) {
    return {{codes(std::get<ir::ValueId>(add->self)), after("X")},
            {codes(std::get<ir::ValueId>(add->other)), after("Y")}};
  }
  return {{codes(std::get<ir::ValueId>(*pair.anchor->Find("self"))), after("input")}};
}

// Codes of the value's type: all lowest, all highest, anything.
exec::Tensor Codes(const ir::TensorType& type, int kind, std::mt19937& random) {
  const std::int64_t low = ir::LowestOf(type.dtype), high = ir::HighestOf(type.dtype);
  std::vector<std::int64_t> codes(static_cast<std::size_t>(*type.element_count()));
  std::uniform_int_distribution<std::int64_t> any(low, high);
  for (auto& code : codes) code = kind == 0 ? low : kind == 1 ? high : any(random);
  return exec::TensorOfIntegers(type.dtype, type.sizes(), codes);
}

struct Tally {
  std::size_t programs = 0, operators = 0;
  std::size_t codes = 0, different = 0;
  std::size_t loose = 0;  // operators of which E >= 1 says no more than it says
  std::int64_t worst = 0;
  std::map<std::string, std::size_t> targets;
};

class QuantFusionCodes : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      executor_ = exec::OpenTorchExecutor();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  std::vector<std::int64_t> Run(const ir::Program& program, const exec::Tensors& feeds,
                                ir::ValueId fetch) {
    return exec::IntegersOf(executor_->Run(program, feeds, {fetch}).at(fetch));
  }

  void Compare(const ir::Program& before, const ir::Program& after, const FusedPair& pair,
               Tally& tally) {
    const double bound = BoundOf(before, pair);
    const auto most = IsExact(pair) ? 0 : static_cast<std::int64_t>(std::floor(bound)) + 1;
    tally.loose += bound >= 1;
    ++tally.operators;
    ++tally.targets[pair.fused->target];
    std::mt19937 random(static_cast<std::uint32_t>(tally.operators));
    for (int kind = 0; kind < 4; ++kind) {
      exec::Tensors before_feeds, after_feeds;
      for (const auto& [old, now] : InputsOf(before, pair)) {
        const exec::Tensor codes = Codes(*before.graph.value(old).type, kind, random);
        before_feeds[old] = codes;
        after_feeds[now] = codes;
      }
      const auto wanted = Run(before, before_feeds, pair.quantize->outputs.front());
      const auto got = Run(after, after_feeds, pair.fused->outputs.front());
      ASSERT_EQ(wanted.size(), got.size());
      std::int64_t worst = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        worst = std::max(worst, std::abs(got[i] - wanted[i]));
        tally.different += got[i] != wanted[i];
      }
      tally.codes += got.size();
      tally.worst = std::max(tally.worst, worst);
      EXPECT_LE(worst, most) << pair.fused->target << " for " << pair.anchor->name;
    }
  }

  void CompareFile(const std::filesystem::path& path, Tally& tally) {
    SCOPED_TRACE(path.filename().string());
    CompareProgram(pt2::ReadProgram(path), tally);
  }

  void CompareProgram(const ir::Program& before, Tally& tally) {
    ir::Editor editor(before);
    const ir::PassReport report = QuantFusion({}).Run(editor);
    const ir::Program after = std::move(editor).Finish();
    ir::CheckProgram(after);
    tally.programs += report.changed();
    for (const FusedPair& pair : PairsOf(before, after, report)) {
      Compare(before, after, pair, tally);
    }
  }

  // What is recorded behind a fusion is fused already, behind a fold not.
  enum class Recorded { kFusions, kFolds };

  void CompareFolder(const std::filesystem::path& folder, Recorded what, Tally& tally) {
    for (const RecordedCase& recorded : CasesBelow(folder)) {
      CompareFile(recorded.before, tally);
      const bool after = what == Recorded::kFolds && !recorded.after.empty();
      if (after) CompareFile(recorded.after, tally);
    }
  }

  static void Print(const Tally& tally) {
    std::printf("%zu programs, %zu operators (%zu with E >= 1), %zu codes, %zu different\n",
                tally.programs, tally.operators, tally.loose, tally.codes, tally.different);
    for (const auto& [target, count] : tally.targets) {
      std::printf("  %zu %s\n", count, target.c_str());
    }
  }

  std::unique_ptr<exec::Executor> executor_;
};

TEST_F(QuantFusionCodes, GoldenProgramsKeepTheirs) {
  Tally tally;
  const std::filesystem::path golden = std::filesystem::path(tests::kSourceFolder) / "golden";
  CompareFolder(golden / "quant_fusion", Recorded::kFusions, tally);
  CompareFolder(golden / "pt2", Recorded::kFolds, tally);
  EXPECT_GE(tally.operators, 20u);
  EXPECT_LE(tally.loose * 10, tally.operators);
  EXPECT_LE(tally.worst, 1);
  Print(tally);
}

TEST_F(QuantFusionCodes, CorpusProgramsKeepTheirs) {
  if (!std::filesystem::exists(CorpusFolder())) GTEST_SKIP() << "the corpus is not here";
  Tally tally;
  CompareFolder(CorpusFolder() / "quant_fusion", Recorded::kFusions, tally);
  CompareFolder(CorpusFolder(), Recorded::kFolds, tally);
  // Every operator but max_pool2d, which no recording has.
  EXPECT_EQ(tally.targets.size(), 6u);
  EXPECT_GE(tally.operators, 400u);
  EXPECT_LE(tally.loose * 10, tally.operators);
  EXPECT_LE(tally.worst, 1);
  Print(tally);
}

// max_pool2d of one quantizer, whose windows reach over the edge.
TEST_F(QuantFusionCodes, MaxPoolKeepsThem) {
  using Sizes = std::vector<std::int64_t>;
  exec::SmallProgram made;
  const ir::TensorType codes = ir::MakeTensorType(ir::ScalarType::kInt8, {2, 3, 7, 6});
  const ir::TensorType pooled = ir::MakeTensorType(ir::ScalarType::kInt8, {2, 3, 4, 3});
  const auto quantizer = [](ir::ValueId value) -> std::vector<ir::Argument> {
    return {{"input", value},
            {"scale", 0.037},
            {"zero_point", std::int64_t{-5}},
            {"quant_min", std::int64_t{-128}},
            {"quant_max", std::int64_t{127}},
            {"dtype", ir::ScalarType::kInt8}};
  };
  const auto x = made.Input("x", codes);
  const auto dq =
      made.Node("dq", std::string(kDequantizeTarget), quantizer(x), exec::FloatType({2, 3, 7, 6}));
  const auto pool = made.Node("pool", "aten.max_pool2d.default",
                              {{"self", dq},
                               {"kernel_size", Sizes{3, 2}},
                               {"stride", Sizes{2, 2}},
                               {"padding", Sizes{1, 0}}},
                              exec::FloatType({2, 3, 4, 3}));
  const auto q = made.Node("q", std::string(kQuantizeTarget), quantizer(pool), pooled);
  Tally tally;
  CompareProgram(made.Returning({q}), tally);
  EXPECT_EQ(tally.operators, 1u);
  EXPECT_EQ(tally.different, 0u);
}

}  // namespace
}  // namespace foldproof::fold
