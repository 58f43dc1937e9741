// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/interface.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <utility>

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

// The names in the sizes of the caller's inputs.
std::set<std::string> SymbolsOf(const ir::Program& program) {
  const auto in_name = [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  };
  std::set<std::string> out;
  for (const ir::ValueId input : program.UserInputs()) {
    const auto& type = program.graph.value(input).type;
    for (const ir::Dim& dim : type ? type->dims : std::vector<ir::Dim>{}) {
      std::string name;
      for (const char c : dim.symbol + " ") {
        if (in_name(c)) {
          name += c;
        } else if (!name.empty()) {
          out.insert(std::exchange(name, {}));
        }
      }
    }
  }
  return out;
}

// Which values the symbols in the inputs' sizes may have, and the guards on inputs: outside of them
// PyTorch refuses the call. "s0 in [3, 64]". A size is at least 0, and without an upper end it has
// none. PyTorch writes a lower end of 2 for every size that it did not try below, and refuses no
// call for it.
std::string DemandsOnInputs(const ir::Program& program) {
  std::string out;
  for (const std::string& symbol : SymbolsOf(program)) {
    const auto range = program.size_ranges.find(symbol);
    if (range == program.size_ranges.end()) continue;
    const auto& [low, high] = range->second;
    const std::int64_t least = low.value_or(0) > 2 ? *low : 0;
    if (least == 0 && !high) continue;
    out += (out.empty() ? "" : ", ") + symbol + " in [" + std::to_string(least) + ", " +
           (high ? std::to_string(*high) + "]" : std::string("oo)"));
  }
  for (const std::string& guard : program.guards) out += (out.empty() ? "" : ", ") + guard;
  for (const std::string& fixed : program.fixed_inputs) {
    out += (out.empty() ? "" : ", ") + std::string("an input fixed to ") + fixed;
  }
  return out.empty() ? "any size" : out;
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
    const std::string b_sizes = DemandsOnInputs(before), a_sizes = DemandsOnInputs(after);
    compare("inputs", b_sizes, a_sizes, b_sizes == a_sizes);
  }
  const std::string b_out = OutputsOf(before), a_out = OutputsOf(after);
  if (compare("outputs", b_out, a_out, b_out == a_out)) {
    compare("outputs", before.output_tree, after.output_tree,
            SameTree(before.output_tree, after.output_tree));
  }
  return out;
}

}  // namespace foldproof::prove
