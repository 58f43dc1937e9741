// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/module_paths.h"

#include <variant>

namespace foldproof::pt2 {
namespace {

std::size_t RankOf(const ir::Program& program, ir::ValueId value) {
  const auto& type = program.graph.value(value).type;
  return type ? type->rank() : 0;
}

// The name of the stored constant of as many dimensions that `value` is made of, through quantizers
// and through factors that a simulated fold multiplies it by; empty where it is none.
std::string StoredName(const ir::Program& program, ir::ValueId value) {
  constexpr int kDeepest = 6;
  const std::size_t rank = RankOf(program, value);
  for (int depth = 0; depth < kDeepest; ++depth) {
    for (const ir::InputSpec& spec : program.inputs) {
      if (spec.value == value) return RankOf(program, value) == rank ? spec.target : "";
    }
    const ir::Node* node = program.graph.ProducerOf(value);
    if (node == nullptr) return {};
    if (const auto* dq = std::get_if<ir::DequantizePerTensor>(&node->op)) {
      value = dq->input;
    } else if (const auto* of_channels = std::get_if<ir::DequantizePerChannel>(&node->op)) {
      value = of_channels->input;
    } else if (const auto* q = std::get_if<ir::QuantizePerTensor>(&node->op)) {
      value = q->input;
    } else if (const auto* per_channel = std::get_if<ir::QuantizePerChannel>(&node->op)) {
      value = per_channel->input;
    } else if (const auto* binary = std::get_if<ir::Binary>(&node->op)) {
      const auto* self = std::get_if<ir::ValueId>(&binary->self);
      if (self == nullptr) return {};
      value = *self;
    } else {
      return {};
    }
  }
  return {};
}

}  // namespace

std::string InnermostModule(std::string_view stack) {
  // The entries of a stack go from the outermost to the innermost: key, path, type.
  const std::size_t last = stack.rfind(';');
  const std::string_view entry = stack.substr(last == std::string_view::npos ? 0 : last + 1);
  const std::size_t begin = entry.find(',');
  if (begin == std::string_view::npos) return {};
  const std::size_t end = entry.find(',', begin + 1);
  if (end == std::string_view::npos) return {};
  return std::string(entry.substr(begin + 1, end - begin - 1));
}

void AddModulesOfWeights(const ir::Program& program, std::map<std::string, std::string>& paths) {
  constexpr std::string_view kWeight = ".weight";
  for (const ir::Node& node : program.graph.nodes()) {
    if (paths.contains(node.name)) continue;
    const auto* conv = std::get_if<ir::Convolution>(&node.op);
    const auto* linear = std::get_if<ir::Linear>(&node.op);
    if (conv == nullptr && linear == nullptr) continue;
    const std::string name = StoredName(program, conv != nullptr ? conv->weight : linear->weight);
    if (name.ends_with(kWeight)) paths[node.name] = name.substr(0, name.size() - kWeight.size());
  }
}

}  // namespace foldproof::pt2
