// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/admitted_sizes.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <string_view>

namespace foldproof::prove {
namespace {

// The caller chooses its value: some input has it for a size.
bool IsChosen(const ir::Program& program, const ir::Dim& dim) {
  for (const ir::ValueId input : program.UserInputs()) {
    const auto& type = program.graph.value(input).type;
    if (type && std::ranges::find(type->dims, dim) != type->dims.end()) return true;
  }
  return false;
}

// Conditions on the inputs that no range says: guards, and nodes that compute nothing, which are
// there to check something.
bool HasConditions(const ir::Program& program) {
  return !program.guards.empty() ||
         std::ranges::any_of(program.graph.nodes(),
                             [](const auto& node) { return node.outputs.empty(); });
}

}  // namespace

std::string_view NameOfSymbol(std::string_view text) {
  const auto in_name = [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c));
  };
  constexpr std::string_view kOpens = "Symbol('";
  std::string_view name = text;
  if (text.starts_with(kOpens)) {
    if (std::ranges::count(text, '(') != 1 || text.find(')') != text.size() - 1) return {};
    name = text.substr(kOpens.size());
    const std::size_t end = name.find('\'');
    if (end == std::string_view::npos) return {};
    name = name.substr(0, end);
  }
  const bool is_name = !name.empty() && std::ranges::all_of(name, in_name) &&
                       !std::isdigit(static_cast<unsigned char>(name.front()));
  return is_name ? name : std::string_view{};
}

AdmittedSizes SizesOf(const ir::Program& program, const ir::Dim& dim) {
  AdmittedSizes out;
  if (dim.is_static()) {
    out.low = out.high = dim.size;
    out.all_occur = true;
    return out;
  }
  out.high = std::numeric_limits<std::int64_t>::max();
  const std::string_view symbol = NameOfSymbol(dim.symbol);
  const auto range = program.size_ranges.find(symbol);
  if (!symbol.empty() && range != program.size_ranges.end() && IsChosen(program, dim)) {
    // PyTorch writes 2 for every size that it did not try below, and takes 1 all the same.
    const std::int64_t low = range->second.low.value_or(out.low);
    if (low > 2) out.low = low;
    out.high = range->second.high.value_or(out.high);
    out.all_occur = !HasConditions(program);
    if (out.all_occur) out.symbol = symbol;
  }
  if (dim.hint >= out.low && dim.hint <= out.high) out.traced = dim.hint;
  return out;
}

}  // namespace foldproof::prove
