// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "src/ir/printer.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"

namespace foldproof::pt2 {
namespace {

namespace fs = std::filesystem;

// Every archive of the shared corpus, where there is one beside the sources.
TEST(Corpus, IsReadWithoutExceptions) {
  const fs::path corpus = fs::path(tests::kSourceFolder) / ".." / "shared" / "corpus";
  if (!fs::exists(corpus)) GTEST_SKIP() << "no corpus at " << corpus << "; SKIPPED";
  int read = 0;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".pt2") continue;
    const ir::Program program = ReadProgram(entry.path());
    EXPECT_GT(program.graph.nodes().size(), 0u) << entry.path();
    EXPECT_FALSE(ir::Print(program).empty());
    EXPECT_FALSE(ir::PrintSites(program).empty());
    ++read;
  }
  EXPECT_GT(read, 400);
}

}  // namespace
}  // namespace foldproof::pt2
