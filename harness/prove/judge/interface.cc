// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/interface.h"

namespace foldproof::prove {
namespace {

void Add(const ir::Program& program, ir::ValueId value, std::string& out) {
  const auto& type = program.graph.value(value).type;
  out += (out.empty() ? "" : ", ") + (type ? type->ToString() : std::string("scalar"));
}

// "float32[1, 3, 8, 8], float32[1]"
std::string InputsOf(const ir::Program& program) {
  std::string out;
  for (const ir::ValueId input : program.UserInputs()) Add(program, input, out);
  return out;
}

// What is returned to the user; what is left in buffers is no part of it.
std::string OutputsOf(const ir::Program& program) {
  std::string out;
  for (std::size_t i = 0; i < program.graph.outputs().size(); ++i) {
    if (program.outputs[i].kind != ir::OutputSpec::Kind::kUserOutput) continue;
    if (const auto* value = std::get_if<ir::ValueId>(&program.graph.outputs()[i]))
      Add(program, *value, out);
    else
      out += out.empty() ? "constant" : ", constant";
  }
  return out;
}

// An archive that says nothing of its call is taken for one without keys; no keyword arguments are
// an empty dictionary.
bool IsPlain(std::string tree) {
  const std::string none = "builtins.dict([])[]";
  if (const std::size_t at = tree.find(none); at != tree.npos) tree.erase(at, none.size());
  return tree.find("dict") == std::string::npos;
}

bool SameTree(const std::string& before, const std::string& after) {
  if (before.empty() || after.empty()) return IsPlain(before) && IsPlain(after);
  return before == after;
}

}  // namespace

std::vector<StructureFinding> CompareInterface(const ir::Program& before,
                                               const ir::Program& after) {
  std::vector<StructureFinding> out;
  const auto compare = [&](const char* what, const std::string& b, const std::string& a,
                           bool same) {
    if (!same) out.push_back({"signature-changed", what, "", b + " became " + a, true});
    return same;
  };
  const std::string b_in = InputsOf(before), a_in = InputsOf(after);
  if (compare("inputs", b_in, a_in, b_in == a_in)) {
    compare("inputs", before.input_tree, after.input_tree,
            SameTree(before.input_tree, after.input_tree));
  }
  const std::string b_out = OutputsOf(before), a_out = OutputsOf(after);
  if (compare("outputs", b_out, a_out, b_out == a_out)) {
    compare("outputs", before.output_tree, after.output_tree,
            SameTree(before.output_tree, after.output_tree));
  }
  return out;
}

}  // namespace foldproof::prove
