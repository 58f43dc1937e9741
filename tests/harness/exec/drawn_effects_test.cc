// SPDX-License-Identifier: BSD-3-Clause
//
// Drawn programs that write through views: the executors of our own, which run the functional
// program, make libtorch's numbers of the original, bit for bit, or refuse with the node's name.
// FOLDPROOF_DRAWN_PROGRAMS=N runs N of them instead of those of a few seconds.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "harness/exec/eigen/eigen_executor.h"
#include "harness/exec/integer/integer_executor.h"
#include "src/ir/functional/memory_groups.h"
#include "tests/harness/exec/effect_program.h"

namespace foldproof::exec::drawn_effects_test {
namespace {

struct Tally {
  int equal = 0, refused = 0;
};

// As float32: the executor eigen holds float64, in which these numbers are exact, too.
std::vector<float> Floats(const Tensor& tensor) {
  if (tensor.dtype != ir::ScalarType::kFloat64) return tensor.Elements<float>();
  const std::vector<double> elements = tensor.Elements<double>();
  return {elements.begin(), elements.end()};
}

// Whether the executor gives the bytes that are expected; false where it refuses.
bool Compare(Executor& executor, const EffectProgram& drawn, const Tensors& feeds,
             const Tensors& expected, std::uint64_t seed) {
  try {
    const Tensors got = executor.Run(drawn.program(), feeds, drawn.outputs());
    for (const auto& [id, tensor] : expected) {
      EXPECT_EQ(Floats(got.at(id)), Floats(tensor))
          << "program " << seed << ", " << drawn.program().graph.value(id).name << " by "
          << executor.Describe();
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput) << error.what();
    EXPECT_FALSE(error.place().empty()) << error.what();
    return false;
  }
  return true;
}

// A write into what it also reads through another view gives what the order of its elements makes
// of it. libtorch refuses that of tensors without gaps; parts that a split made have some.
bool ReadsWhatItWrites(const ir::Program& program) {
  ir::MemoryGroups groups(program, {});
  bool splits = false, overlaps = false;
  for (const ir::Node& node : program.graph.nodes()) {
    splits |= node.target == "aten.split.Tensor";
    if (node.target != "aten.add_.Tensor" && node.target != "aten.copy_.default") continue;
    const auto self = std::get<ir::ValueId>(node.arguments.at(0).value);
    const auto other = std::get<ir::ValueId>(node.arguments.at(1).value);
    overlaps |= self != other && groups.Of(self) == groups.Of(other);
  }
  return splits && overlaps;
}

TEST(DrawnEffects, OwnExecutorsAgreeWithLibtorchOrRefuse) {
  std::unique_ptr<Executor> torch;
  try {
    torch = OpenTorchExecutor();
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  IntegerExecutor integer;
  EigenExecutor eigen;
  const char* wanted = std::getenv("FOLDPROOF_DRAWN_PROGRAMS");
  const std::uint64_t count = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 20000;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::vector<float> elements;
  for (int i = 0; i < 12; ++i) elements.push_back(static_cast<float>(i * 7 % 12) - 5.25f);
  const Tensor x = FloatTensor({2, 3, 2}, elements);
  Tally by_integer, by_eigen;
  int refused_by_torch = 0;
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    if (wanted == nullptr && std::chrono::steady_clock::now() > end) break;
    const EffectProgram drawn(seed);
    if (ReadsWhatItWrites(drawn.program())) continue;
    const Tensors feeds{{drawn.input(), x}};
    Tensors expected;
    try {
      expected = torch->Run(drawn.program(), feeds, drawn.outputs());
    } catch (const Error&) {
      ++refused_by_torch;  // a view of a copy with strides, or a write that overlaps what it reads
      continue;
    }
    ++(Compare(integer, drawn, feeds, expected, seed) ? by_integer.equal : by_integer.refused);
    ++(Compare(eigen, drawn, feeds, expected, seed) ? by_eigen.equal : by_eigen.refused);
    if (HasFailure()) break;
  }
  std::cout << "integer: " << by_integer.equal << " equal, " << by_integer.refused
            << " refused; eigen: " << by_eigen.equal << " equal, " << by_eigen.refused
            << " refused; libtorch refused " << refused_by_torch << "\n";
  EXPECT_GT(by_integer.equal, by_integer.refused);
  EXPECT_GT(by_eigen.equal, 100);
}

}  // namespace
}  // namespace foldproof::exec::drawn_effects_test
