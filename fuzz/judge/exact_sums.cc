// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/exact_sums.h"

#include <cmath>
#include <optional>

#include "harness/exec/integer/integer_executor.h"
#include "src/base/error.h"
#include "src/ir/op.h"

namespace foldproof::fuzz {
namespace {

// What a conv's input is dequantized from, through moves.
std::optional<ir::ValueId> CodesBehind(const ir::Graph& graph, ir::ValueId value) {
  for (int steps = 0; steps < 16; ++steps) {
    const ir::Node* node = graph.ProducerOf(value);
    if (node == nullptr) return std::nullopt;
    if (const auto* dequantize = std::get_if<ir::DequantizePerTensor>(&node->op)) {
      return dequantize->input;
    }
    if (const auto* reshape = std::get_if<ir::Reshape>(&node->op)) {
      value = reshape->input;
    } else if (const auto* permute = std::get_if<ir::Permute>(&node->op)) {
      value = permute->input;
    } else if (const auto* copy = std::get_if<ir::Copy>(&node->op)) {
      value = copy->input;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

exec::Tensor Magnitudes(const exec::Tensor& x) {
  std::vector<float> out = x.Elements<float>();
  for (float& element : out) element = std::fabs(element);
  return exec::Tensor::Of(ir::ScalarType::kFloat32, x.sizes, out);
}

// The conv's arguments by magnitude: how large the numbers are that are summed.
std::vector<float> SummedMagnitudes(const ir::Program& program, const ir::Node& conv,
                                    const exec::Tensors& values, exec::Executor& torch) {
  ir::Program alone;
  exec::Tensors feeds;
  std::vector<ir::Argument> arguments = conv.arguments;
  for (ir::Argument& argument : arguments) {
    const auto* id = std::get_if<ir::ValueId>(&argument.value);
    if (id == nullptr) continue;
    const ir::Value& value = program.graph.value(*id);
    const ir::ValueId input = alone.graph.AddInput(argument.name, value.type);
    alone.inputs.push_back({ir::InputSpec::Kind::kUserInput, input, "", true});
    feeds.emplace(input, Magnitudes(values.at(*id)));
    argument.value = input;
  }
  const ir::NodeId node =
      alone.graph.Append("conv", conv.target, std::move(arguments),
                         {{"conv_out", program.graph.value(conv.outputs.front()).type}});
  const ir::ValueId out = alone.graph.node(node).outputs.front();
  alone.graph.SetOutputs({out});
  alone.outputs.push_back({ir::OutputSpec::Kind::kUserOutput, "conv_out", ""});
  return torch.Run(alone, feeds, {out}).at(out).Elements<float>();
}

bool IsWithinRounding(const std::vector<float>& exact, const std::vector<float>& seen,
                      const std::vector<float>& magnitudes, std::size_t terms) {
  if (exact.size() != seen.size() || exact.size() != magnitudes.size()) return false;
  // Each product and each sum is rounded once, and so are the three dequantized operands.
  const double share = static_cast<double>(terms + 8) * 0x1p-23;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double off = std::fabs(static_cast<double>(exact[i]) - static_cast<double>(seen[i]));
    if (!(off <= share * static_cast<double>(magnitudes[i]) + 1e-30)) return false;
  }
  return true;
}

// The exact value of `conv`; nullopt where libtorch's own is further from it than rounding
// explains. Throws Error(kInput) where it is no sum of codes.
std::optional<exec::Tensor> ExactValue(const ir::Program& program, const ir::Node& conv,
                                       ir::ValueId codes, const exec::Tensors& values,
                                       exec::Executor& torch) {
  const ir::ValueId out = conv.outputs.front();
  const auto& weight = std::get<ir::Convolution>(conv.op).weight;
  exec::IntegerExecutor integer;
  const exec::Tensor exact = integer.Run(program, {{codes, values.at(codes)}}, {out}).at(out);
  const std::vector<float> magnitudes = SummedMagnitudes(program, conv, values, torch);
  const auto terms = static_cast<std::size_t>(values.at(weight).count());
  const bool holds = IsWithinRounding(exact.Elements<float>(), values.at(out).Elements<float>(),
                                      magnitudes, terms);
  return holds ? std::optional(exact) : std::nullopt;
}

}  // namespace

ExactSeen CallWithExactSums(const ir::Program& program, const std::vector<exec::Tensor>& inputs,
                            exec::Executor& torch) {
  ExactSeen out;
  exec::Tensors fixed;
  for (const ir::Node& node : program.graph.nodes()) {
    const auto* conv = std::get_if<ir::Convolution>(&node.op);
    if (conv == nullptr) continue;
    const auto codes = CodesBehind(program.graph, conv->input);
    if (!codes) {
      out.is_exact = false;
      continue;
    }
    std::vector<ir::ValueId> wanted{*codes, node.outputs.front(), conv->input, conv->weight};
    if (conv->bias) wanted.push_back(*conv->bias);
    try {
      ObservedProgram observed(program, torch);
      const exec::Tensors values = observed.Values(inputs, fixed, wanted);
      if (auto exact = ExactValue(program, node, *codes, values, torch)) {
        fixed.emplace(node.outputs.front(), *std::move(exact));
      }
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      out.is_exact = false;
    }
  }
  std::set<ir::ValueId> ids;
  for (const auto& [id, tensor] : fixed) ids.insert(id);
  out.seen = ObservedProgram(program, torch, ids).Call(inputs, fixed);
  return out;
}

}  // namespace foldproof::fuzz
