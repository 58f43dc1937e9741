// SPDX-License-Identifier: BSD-3-Clause
//
// Writes .pt2 files for tests/torch/round_trip.py.
//   test_rewrite IN OUT             reads a program, writes it with what its archive holds beside
//   test_rewrite bare IN OUT        from the program alone
//   test_rewrite cut VALUE IN OUT   the part of it that computes VALUE
//   test_rewrite built FOLDER       the programs of built_programs.h
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"
#include "tests/src/pt2/program_copy.h"
#include "tests/torch/built_programs.h"

namespace foldproof::pt2 {
namespace {

void WriteBuilt(const std::filesystem::path& folder) {
  WriteProgram(QuantizedConv(), {}, folder / "quantized_conv.pt2");
  WriteProgram(ListsAndViews(), {}, folder / "lists_and_views.pt2");
  WriteProgram(SymbolicSize(), {}, folder / "symbolic_size.pt2");
}

void Run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "built") return WriteBuilt(words[1]);
  const std::string& mode = words.front();
  const std::size_t options = mode == "bare" ? 1 : mode == "cut" ? 2 : 0;
  if (words.size() != options + 2) {
    throw Error(Error::Code::kUsage, "test_rewrite", "[bare | cut VALUE] IN OUT | built FOLDER");
  }
  Archive archive = ReadArchive(words[options]);
  if (mode == "bare") archive.remainder = {};
  if (mode == "cut") archive.program = CutAt(archive.program, {words[1]});
  WriteProgram(archive.program, archive.remainder, words.back());
}

}  // namespace
}  // namespace foldproof::pt2

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) words.emplace_back();
  try {
    foldproof::pt2::Run(words);
  } catch (const foldproof::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.exit_code());
  }
  return 0;
}
