// SPDX-License-Identifier: BSD-3-Clause
//
// Every program of the corpus, and of golden/, runs or is refused by one line that says why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>

#include "harness/exec/eigen/eigen_executor.h"
#include "harness/exec/plan/run_plan.h"
#include "src/pt2/reader.h"
#include "tests/harness/exec/recorded_trace.h"
#include "tests/paths.h"

namespace foldproof::exec {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> ProgramsIn(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".pt2") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// Numbers of both signs that no float16 rounds, from -1 on.
Tensor Ramp(const ir::TensorType& type) {
  std::vector<std::int64_t> sizes;
  for (const ir::Dim& dim : type.dims)
    sizes.push_back(std::max<std::int64_t>(dim.is_static() ? dim.size : dim.hint, 1));
  Tensor out{type.dtype, sizes, {}};
  std::vector<float> elements;
  for (std::int64_t i = 0; i < out.count(); ++i) {
    elements.push_back(static_cast<float>(i * 37 % 128 - 64) / 64);
  }
  return Tensor::Of(ir::ScalarType::kFloat32, sizes, elements);
}

Tensors RampInputs(const ir::Program& program) {
  Tensors feeds;
  for (const ir::ValueId id : program.UserInputs()) {
    feeds.insert_or_assign(id, Ramp(*program.graph.value(id).type));
  }
  return feeds;
}

std::vector<ir::ValueId> OutputsOf(const ir::Program& program) {
  const std::set<ir::ValueId> returned = ReturnedValues(program.graph);
  return {returned.begin(), returned.end()};
}

struct Count {
  int run = 0;
  int refused = 0;
};

// Every output is there: of float64 where the program declares a floating-point type, and of the
// declared shape.
void ExpectDeclared(const ir::Program& program, const Tensors& outputs, const std::string& where) {
  for (const auto& [id, tensor] : outputs) {
    const auto& type = program.graph.value(id).type;
    ASSERT_TRUE(type) << where;
    if (type->is_static()) {
      EXPECT_EQ(tensor.sizes, type->sizes()) << where;
    }
    if (ir::IsFloat(type->dtype)) {
      EXPECT_EQ(tensor.dtype, ir::ScalarType::kFloat64) << where;
    }
  }
}

// PyTorch does not run it either: nothing is refused for want of an operator.
void ExpectTorchRefuses(const ir::Program& program, const std::string& where) {
  std::unique_ptr<Executor> torch;
  try {
    torch = OpenTorchExecutor();
  } catch (const Error& error) {
    std::cout << "SKIPPED: whether PyTorch refuses it too: " << error.what() << "\n";
    return;
  }
  EXPECT_THROW(torch->Run(program, RampInputs(program), OutputsOf(program)), Error) << where;
}

void RunOne(const fs::path& file, Count& count) {
  const ir::Program program = pt2::ReadProgram(file);
  try {
    const Tensors outputs = EigenExecutor().Run(program, RampInputs(program), OutputsOf(program));
    ++count.run;
    ExpectDeclared(program, outputs, file.string());
  } catch (const Error& error) {
    ++count.refused;
    std::cout << "refused: " << file.filename().string() << ": " << error.what() << "\n";
    EXPECT_EQ(error.code(), Error::Code::kInput);
    EXPECT_FALSE(error.place().empty()) << "names no node: " << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    ExpectTorchRefuses(program, file.string());
  }
}

// Folders that have tests of their own. `claims` and `reported` have operators that only libtorch
// knows, `weight_folds` a batch_norm of three results, of which this executor makes one.
const std::set<std::string> kApart{"big", "claims", "reported", "weight_folds", "weights"};

Count RunFolder(const fs::path& folder) {
  Count count;
  for (const fs::path& file : ProgramsIn(folder)) {
    if (!kApart.contains(file.parent_path().filename().string())) RunOne(file, count);
  }
  std::cout << folder.filename().string() << ": " << count.run << " programs run, " << count.refused
            << " are refused\n";
  return count;
}

// The refused ones are what a pass left broken: a bias of int32 codes, a bias of another length.
TEST(EigenCorpus, GoldenProgramsRunOrAreRefusedByOneLine) {
  const Count count = RunFolder(fs::path(tests::kSourceFolder) / "golden");
  EXPECT_EQ(count.run, 81);
  EXPECT_EQ(count.refused, 2);
}

TEST(EigenCorpus, ProgramsRunOrAreRefusedByOneLine) {
  if (!fs::is_directory(Corpus())) GTEST_SKIP() << "no corpus in " << Corpus();
  const Count count = RunFolder(Corpus());
  EXPECT_GE(count.run, 488);
  EXPECT_LE(count.refused, 7);
}

TEST(EigenCorpus, BigProgramsRunOnTheirRecordedInput) {
  const fs::path big = Corpus() / "big";
  if (!fs::is_directory(big)) GTEST_SKIP() << "no big programs in " << Corpus();
  for (const std::string side : {"before", "after"}) {
    const ir::Program program = pt2::ReadProgram(big / ("resnet18." + side + ".pt2"));
    const Tensors inputs = InputsOfRun(program, ReadNpz(big / "resnet18.io.npz"), 0);
    std::set<ir::ValueId> fed;
    for (const auto& [id, tensor] : inputs) fed.insert(id);
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const auto start = now();
    const auto prepared = EigenExecutor().Prepare(program, fed, OutputsOf(program));
    const auto ready = now();
    ExpectDeclared(program, prepared->Run(inputs), "resnet18." + side);
    const std::chrono::duration<double> prepare = ready - start, run = now() - ready;
    std::cout << "resnet18." << side << ": prepared in " << prepare.count() << " s, run in "
              << run.count() << " s\n";
  }
}

}  // namespace
}  // namespace foldproof::exec
