// SPDX-License-Identifier: BSD-3-Clause
//
// Every constant node of the corpus's traced programs against what PyTorch computed there.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "harness/exec/arrays/npz.h"
#include "harness/prove/constants/constant_values.h"
#include "src/pt2/reader.h"
#include "tests/harness/prove/constant_program.h"
#include "tests/paths.h"

namespace foldproof::prove {
namespace {

namespace fs = std::filesystem;

// float32 steps between two numbers; 0 for equal bits and for two NaN, whose bits mean nothing.
std::int64_t StepsBetween(float a, float b) {
  if (std::isnan(a) && std::isnan(b)) return 0;
  if (std::isnan(a) || std::isnan(b)) return std::int64_t{1} << 40;
  const auto key = [](float x) {
    std::int32_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    return bits >= 0 ? std::int64_t{bits} : -std::int64_t{1} - (bits & 0x7fffffff);
  };
  return std::abs(key(a) - key(b));
}

// The largest distance in steps; of integers 0 where they are equal.
std::int64_t Distance(const exec::Tensor& a, const exec::Tensor& b) {
  constexpr std::int64_t kFar = std::int64_t{1} << 40;
  if (a.dtype != b.dtype || a.sizes != b.sizes) return kFar;
  if (a.dtype != ir::ScalarType::kFloat32) return a == b ? 0 : kFar;
  const auto x = a.Elements<float>();
  const auto y = b.Elements<float>();
  std::int64_t most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, StepsBetween(x[i], y[i]));
  return most;
}

bool IsSqrt(const ir::Node& node) {
  const auto* unary = std::get_if<ir::Unary>(&node.op);
  return unary != nullptr &&
         (unary->kind == ir::Unary::Kind::kSqrt || unary->kind == ir::Unary::Kind::kRsqrt);
}

// The node alone, on operands as they were recorded, where they were.
std::optional<exec::Tensor> OnRecordedOperands(const ir::Program& program, const ir::Node& node,
                                               const ConstantValues& constants,
                                               const exec::Arrays& recorded) {
  ConstantProgram alone;
  ConstantProgram::Arguments arguments;
  for (const ir::Argument& argument : node.arguments) {
    ir::ArgumentValue value = argument.value;
    if (auto* operand = std::get_if<ir::ValueId>(&value)) {
      const std::string name = program.graph.value(*operand).name;
      const auto found = recorded.find(name);
      const exec::Tensor tensor =
          found != recorded.end() ? found->second : constants.Find(*operand)->value;
      *operand = alone.Stored(name, tensor);
    }
    arguments.push_back({argument.name, value});
  }
  const ir::TensorType& type = *program.graph.value(node.outputs[0]).type;
  const ir::ValueId made = alone.Node(node.name, node.target, arguments, type.dtype, type.sizes());
  const ConstantValues values(alone.program());
  const auto found = values.Find(made);
  return found == nullptr ? std::nullopt : std::optional(found->value);
}

struct Tally {
  int nodes = 0;
  int behind_sqrt = 0;  // not equal from the parameters on, equal from recorded operands
  int roots = 0;        // sqrt and rsqrt nodes that differ, by one step
};

void CheckProgram(const ir::Program& program, const exec::Arrays& recorded, Tally& tally) {
  const ConstantValues constants(program);
  for (const ir::Node& node : program.graph.nodes()) {
    const auto array = recorded.find(node.name);
    if (array == recorded.end() || node.outputs.size() != 1) continue;
    EXPECT_EQ(constants.WhyNot(node.outputs[0]), "") << node.name;
    const auto found = constants.Find(node.outputs[0]);
    if (found == nullptr) continue;
    ++tally.nodes;
    if (Distance(found->value, array->second) == 0) continue;
    const auto again = OnRecordedOperands(program, node, constants, recorded);
    ASSERT_TRUE(again.has_value()) << node.name;
    const std::int64_t distance = Distance(*again, array->second);
    EXPECT_LE(distance, IsSqrt(node) ? 1 : 0) << node.name << " " << node.target;
    ++(IsSqrt(node) ? tally.roots : tally.behind_sqrt);
  }
}

TEST(ConstantValuesCorpus, EveryTracedConstantNodeIsPyTorchs) {
  const fs::path corpus = fs::path(tests::kSourceFolder) / "../shared/corpus";
  if (!fs::exists(corpus / "trace")) GTEST_SKIP() << "no recorded traces beside the sources";
  Tally tally;
  int programs = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(corpus / "trace")) {
    const std::string name = entry.path().filename().string();
    const std::size_t end = name.find(".trace.npz");
    if (end == std::string::npos) continue;
    SCOPED_TRACE(name);
    const ir::Program program = pt2::ReadProgram(corpus / (name.substr(0, end) + ".pt2"));
    ASSERT_NO_FATAL_FAILURE(CheckProgram(program, exec::ReadNpz(entry.path()), tally));
    ++programs;
  }
  EXPECT_GT(programs, 100);
  EXPECT_GT(tally.nodes, 500);
  RecordProperty("nodes", tally.nodes);
  RecordProperty("roots_one_step_off", tally.roots);
  RecordProperty("nodes_behind_them", tally.behind_sqrt);
}

}  // namespace
}  // namespace foldproof::prove
