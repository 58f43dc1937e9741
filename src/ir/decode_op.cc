// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <string_view>

#include "src/ir/decode_op_arguments.h"
#include "src/ir/graph.h"

namespace foldproof::ir {
namespace {

constexpr std::string_view kGetAttr = "get_attr";

Op DecodeGetAttr(const Graph& graph, const Node& node) {
  OpArguments arguments(graph, node, false);
  return GetAttr{arguments.String("attribute")};
}

const OpDecoder* Find(std::string_view target, bool in_place) {
  for (const auto table :
       {QuantizationDecoders(), ArithmeticDecoders(), ConvolutionDecoders(), LayoutDecoders()}) {
    for (const OpDecoder& row : table) {
      if (row.target == target && (!in_place || row.has_in_place)) return &row;
    }
  }
  return nullptr;
}

}  // namespace

std::string WithoutInPlaceMark(std::string_view target) {
  const std::size_t overload = target.rfind('.');
  if (overload == std::string_view::npos || overload < 2) return {};
  if (target[overload - 1] != '_' || target[overload - 2] == '_') return {};
  std::string out(target.substr(0, overload - 1));
  return out += target.substr(overload);
}

Op DecodeOp(const Graph& graph, const Node& node) {
  if (node.target == kGetAttr) return DecodeGetAttr(graph, node);
  bool in_place = false;
  const OpDecoder* row = Find(node.target, in_place);
  if (row == nullptr) {
    in_place = true;
    row = Find(WithoutInPlaceMark(node.target), in_place);
  }
  if (row == nullptr) return Opaque{};
  OpArguments arguments(graph, node, in_place);
  Op op = row->decode(arguments);
  return arguments.covered() ? std::move(op) : Op(Opaque{});
}

}  // namespace foldproof::ir
