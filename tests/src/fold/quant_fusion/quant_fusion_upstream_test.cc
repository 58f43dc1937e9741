// SPDX-License-Identifier: BSD-3-Clause
//
// The mode `upstream` against what QuantFusionPass of ExecuTorch 1.5.1 made of the same programs.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "src/fold/quant_fusion/quant_fusion.h"
#include "src/ir/checker.h"
#include "src/ir/printer.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"
#include "tests/src/fold/corpus.h"

namespace foldproof::fold {
namespace {

ir::Program Fused(ir::Program program, PatternSet set) {
  ir::Editor editor(std::move(program));
  QuantFusion({QuantFusion::Mode::kUpstream, PatternsOf(set)}).Run(editor);
  ir::Program out = std::move(editor).Finish();
  ir::CheckProgram(out);
  return out;
}

// A value by what makes it: an input's name, or the place of a node and of a result.
std::string Origin(const ir::Program& program, ir::ValueId id) {
  const ir::Value& value = program.graph.value(id);
  if (!value.producer) return value.name;
  return "%" + std::to_string(value.producer->index) + "." + std::to_string(value.output);
}

// Every node with all its arguments and the type that it gives, every output.
std::vector<std::string> Everything(const ir::Program& program) {
  std::vector<std::string> lines;
  const auto print = [&](std::ostringstream& line, const ir::ArgumentValue& value) {
    bool reads = false;
    ir::ForEachRead(value, [&](ir::ValueId id) {
      line << Origin(program, id) << " ";
      reads = true;
    });
    if (!reads) line << ir::PrintArgument(program.graph, value);
  };
  for (const ir::Node& node : program.graph.nodes()) {
    std::ostringstream line;
    line << node.target;
    for (const ir::Argument& argument : node.arguments) {
      line << (argument.keyword ? " kw " : " ") << argument.name << "=";
      print(line, argument.value);
    }
    for (const ir::ValueId made : node.outputs) {
      const auto& type = program.graph.value(made).type;
      line << " -> " << (type ? type->ToString() : "?");
    }
    lines.push_back(line.str());
  }
  for (const ir::ArgumentValue& output : program.graph.outputs()) {
    std::ostringstream line;
    line << "return ";
    print(line, output);
    lines.push_back(line.str());
  }
  return lines;
}

std::vector<RecordedCase> FusionCases() {
  auto cases = CasesBelow(CorpusFolder() / "quant_fusion");
  if (!cases.empty()) return cases;
  return CasesBelow(std::filesystem::path(tests::kSourceFolder) / "golden" / "quant_fusion");
}

TEST(QuantFusionUpstream, GivesTheArgumentsThatExecuTorchGave) {
  const auto cases = FusionCases();
  for (const RecordedCase& recorded : cases) {
    SCOPED_TRACE(recorded.name);
    const ir::Program ours = Fused(pt2::ReadProgram(recorded.before), PatternSet::kFusedConvRelu);
    EXPECT_EQ(Everything(ours), Everything(pt2::ReadProgram(recorded.after)));
  }
  EXPECT_GE(cases.size(), 4u);
}

}  // namespace
}  // namespace foldproof::fold
