// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/notes.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/exec/arrays/runs.h"

namespace foldproof::verify {
namespace {

constexpr std::size_t kMostNotes = 16;  // on inputs

std::ptrdiff_t BatchNormsIn(const ir::Program& program) {
  return std::ranges::count_if(program.graph.nodes(), [](const ir::Node& node) {
    return std::holds_alternative<ir::BatchNorm>(node.op);
  });
}

}  // namespace

Notes NotesOnOrder(const SourceProgram& before, const SourceProgram& after) {
  if (!after.identity || BatchNormsIn(before.program) > 0) return {};
  const auto norms = BatchNormsIn(after.program);
  if (norms == 0) return {};
  return {
      fmt::format("the program before has no batch_norm, and the one after has {}; a fold takes "
                  "them out: did you swap the two?",
                  norms)};
}

void AddNonfinite(const std::string& file, const exec::Arrays& arrays, Notes& notes) {
  for (const std::string& found : exec::NonfiniteInputs(arrays)) {
    if (notes.size() == kMostNotes) notes.emplace_back("more arrays hold NaN or infinite numbers");
    if (notes.size() > kMostNotes) return;
    notes.push_back(file + ": " + found);
  }
}

}  // namespace foldproof::verify
