// SPDX-License-Identifier: BSD-3-Clause
//
// What a reader wants to know of a program first: which convolutions it has, whether they compute
// on codes or on floats, and where their weights and biases come from.
#include <string>
#include <string_view>

#include "src/base/error.h"
#include "src/ir/printer.h"

namespace foldproof::ir {
namespace {

std::string Range(std::int64_t low, std::int64_t high) {
  return std::to_string(low) + " to " + std::to_string(high);
}

std::string Describe(const QuantParams& params) {
  return std::string(Name(params.dtype)) + " per tensor, scale " + PrintNumber(params.scale) +
         ", zero point " + std::to_string(params.zero_point) + ", codes " +
         Range(params.quant_min, params.quant_max);
}

std::string Describe(const Graph& graph, const ChannelQuantParams& params) {
  std::string out = std::string(Name(params.dtype)) + " per channel of dimension " +
                    std::to_string(params.axis) + ", scales " + PrintValue(graph, params.scales);
  out += params.zero_points ? ", zero points " + PrintValue(graph, *params.zero_points)
                            : std::string(", no zero points");
  return out + ", codes " + Range(params.quant_min, params.quant_max);
}

// The value that `id` is a copy of, through ops that move elements alone.
ValueId BehindLayout(const Graph& graph, ValueId id) {
  while (const Node* node = graph.ProducerOf(id)) {
    if (const auto* reshape = std::get_if<Reshape>(&node->op)) {
      id = reshape->input;
    } else if (const auto* permute = std::get_if<Permute>(&node->op)) {
      id = permute->input;
    } else if (const auto* copy = std::get_if<Copy>(&node->op)) {
      id = copy->input;
    } else {
      break;
    }
  }
  return id;
}

std::string_view ConstantKind(const Constant& constant) {
  switch (constant.kind) {
    case Constant::Kind::kParameter: return "parameter";
    case Constant::Kind::kBuffer: return "buffer";
    case Constant::Kind::kTensorConstant: return "constant";
  }
  FP_CHECK(!"a kind of constant");
  return {};
}

// "%w : int8[8, 3, 3, 3], buffer conv.weight_int8"
std::string Origin(const Program& program, ValueId id) {
  const Value& value = program.graph.value(id);
  std::string out = PrintValue(program.graph, id);
  if (value.type) out += " : " + value.type->ToString();
  if (const Constant* constant = program.ConstantOf(id)) {
    out += ", ";
    out += ConstantKind(*constant);
    return out + " " + Printable(constant->name);
  }
  const Node* producer = program.graph.ProducerOf(id);
  return out + (producer == nullptr ? ", user input" : ", from " + Printable(producer->target));
}

// How the value that a conv reads is quantized, and where it comes from.
std::string DescribeOperand(const Program& program, ValueId operand) {
  const Graph& graph = program.graph;
  const ValueId id = BehindLayout(graph, operand);
  const Node* node = graph.ProducerOf(id);
  if (node != nullptr) {
    if (const auto* tensor = std::get_if<DequantizePerTensor>(&node->op)) {
      return Describe(tensor->params) + "; codes " + Origin(program, tensor->input);
    }
    if (const auto* channel = std::get_if<DequantizePerChannel>(&node->op)) {
      return Describe(graph, channel->params) + "; codes " + Origin(program, channel->input);
    }
  }
  return "not quantized; " + Origin(program, id);
}

std::string Numbers(const std::vector<std::int64_t>& numbers) {
  std::string out = "[";
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) out += ", ";
    out += std::to_string(numbers[i]);
  }
  return out + "]";
}

std::string Padding(const Convolution& op) {
  switch (op.padding_mode) {
    case Convolution::Padding::kNumbers: return Numbers(op.padding);
    case Convolution::Padding::kSame: return "'same'";
    case Convolution::Padding::kValid: return "'valid'";
  }
  FP_CHECK(!"a padding mode");
  return {};
}

std::string PrintSite(const Program& program, const Node& node, const Convolution& op) {
  const auto& weight = program.graph.value(op.weight).type;
  std::string out = Printable(node.name) + ": " + Printable(node.target);
  if (weight) out += ", weight " + weight->ToString();
  out += ", stride " + Numbers(op.stride) + ", padding " + Padding(op) + ", dilation " +
         Numbers(op.dilation) + ", groups " + std::to_string(op.groups) +
         (op.transposed ? ", transposed\n" : "\n");
  out += "  input:  " + DescribeOperand(program, op.input) + "\n";
  out += "  weight: " + DescribeOperand(program, op.weight) + "\n";
  out += "  bias:   " + (op.bias ? DescribeOperand(program, *op.bias) : std::string("none"));
  return out + "\n";
}

}  // namespace

std::string PrintSites(const Program& program) {
  std::string out;
  for (const Node& node : program.graph.nodes()) {
    const auto* op = std::get_if<Convolution>(&node.op);
    if (op == nullptr) continue;
    out += PrintSite(program, node, *op);
  }
  return out.empty() ? "no convolution\n" : out;
}

}  // namespace foldproof::ir
