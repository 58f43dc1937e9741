// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/quant_fusion_anchors.h"

namespace foldproof::fold {
namespace {

using ir::ArgumentValue;
using P = FusionPattern;

bool IsNode(const ArgumentValue& value) { return std::holds_alternative<ir::ValueId>(value); }

FusionAnchors OfAdd(const FxGraph& fx, FxId add, FxId last) {
  FusionAnchors anchors;
  anchors.op = last;
  const char* line = "is_tensor_add = isinstance(add_node.args[0], fx.Node) and isinstance(";
  anchors.empty = !IsNode(ArgumentAt(fx, add, 0, line)) || !IsNode(ArgumentAt(fx, add, 1, line)) ||
                  fx.at(add).HasKeywords();
  anchors.inputs = {{add, 0}, {add, 1}};
  return anchors;
}

// A linear's bias counts where it is given, be it None; a convolution's where it is not None.
FusionAnchors OfProduct(const FxGraph& fx, FxId product, FxId last, bool linear) {
  FusionAnchors anchors;
  anchors.op = last;
  anchors.inputs = {{product, 0}};
  anchors.weights = {{product, 1}};
  const ArgumentValue* bias = fx.at(product).Positional(2);
  if (bias != nullptr && (linear || !std::holds_alternative<ir::None>(*bias))) {
    anchors.biases = {{product, 2}};
  }
  return anchors;
}

// The values that are read and the indices; with indices read it has two getitems.
FusionAnchors OfMaxPoolWithIndices(const FxGraph& fx, FxId pool) {
  FusionAnchors anchors;
  anchors.op = pool;
  anchors.inputs = {{pool, 0}};
  const auto& users = fx.at(pool).users;
  anchors.empty = users.size() != 1 || fx.at(users[0]).kind != FxNode::Kind::kGetItem ||
                  *fx.at(users[0]).Named("b") != ArgumentValue(std::int64_t{0});
  return anchors;
}

FusionAnchors OfCat(const FxGraph& fx, FxId cat) {
  FusionAnchors anchors;
  anchors.op = cat;
  const ArgumentValue& list = ArgumentAt(fx, cat, 0, "for i in range(1, len(cat_node.args[0])):");
  if (const auto* tensors = std::get_if<std::vector<ir::ValueId>>(&list)) anchors.list = *tensors;
  return anchors;
}

// Programs that were read from an archive have no meta["tensor_meta"]: the linear's check for it
// raises, the convolution's passes everything, the gru's nothing.
FusionAnchors OfMixed(const FxGraph& fx, P pattern, FxId node) {
  FusionAnchors anchors;
  anchors.op = node;
  anchors.has_output = false;
  const bool three = fx.at(node).PositionalCount() == 3 && !fx.at(node).HasKeywords();
  if (!three || pattern == P::kMixedW8A32Gru) {
    anchors.empty = true;
    return anchors;
  }
  if (pattern == P::kMixedW8A32Linear) {
    throw PythonError{"KeyError: 'tensor_meta'",
                      "input_shape = input_node.meta[\"tensor_meta\"].shape"};
  }
  anchors.weights = {{node, 1}};
  anchors.biases = {{node, 2}};
  return anchors;
}

}  // namespace

const ArgumentValue& ArgumentAt(const FxGraph& fx, FxId id, std::size_t i, const char* line) {
  const ArgumentValue* value = fx.at(id).Positional(i);
  if (value == nullptr) throw PythonError{"IndexError: tuple index out of range", line};
  return *value;
}

std::string PythonType(const ArgumentValue& value) {
  if (std::holds_alternative<ir::ValueId>(value)) return "Node";
  if (std::holds_alternative<ir::None>(value)) return "NoneType";
  if (std::holds_alternative<double>(value)) return "float";
  if (std::holds_alternative<std::int64_t>(value)) return "int";
  if (std::holds_alternative<bool>(value)) return "bool";
  if (std::holds_alternative<std::string>(value)) return "str";
  if (std::holds_alternative<ir::ScalarType>(value)) return "torch.dtype";
  if (std::holds_alternative<ir::Complex>(value)) return "complex";
  if (std::holds_alternative<ir::Layout>(value)) return "torch.layout";
  if (std::holds_alternative<ir::MemoryFormat>(value)) return "torch.memory_format";
  if (std::holds_alternative<ir::Device>(value)) return "torch.device";
  return "immutable_list";
}

FusionAnchors AnchorsOf(const FxGraph& fx, FusionPattern pattern, const std::vector<FxId>& match) {
  const FxId first = match.front(), last = match.back();
  FusionAnchors anchors;
  switch (pattern) {
    case P::kAdd:
    case P::kAddRelu0:
    case P::kAddRelu1: return OfAdd(fx, first, last);
    case P::kConv1d:
    case P::kConv2d:
    case P::kConv1dRelu0:
    case P::kConv1dRelu1:
    case P::kConv2dRelu0:
    case P::kConv2dRelu1:
    case P::kConv1dBNRelu0:
    case P::kConv1dBNRelu1:
    case P::kConv2dBNRelu0:
    case P::kConv2dBNRelu1: return OfProduct(fx, first, last, false);
    case P::kLinear: return OfProduct(fx, first, last, true);
    case P::kMaxPool2d: return OfMaxPoolWithIndices(fx, first);
    case P::kCat: return OfCat(fx, first);
    case P::kMixedW8A32Conv:
    case P::kMixedW8A32Gru:
    case P::kMixedW8A32Linear: return OfMixed(fx, pattern, first);
    case P::kAddmm:
      anchors = {false, first, {{first, 1}}, {{first, 2}}, {{first, 0}}, {}, true};
      return anchors;
    case P::kBmm:
    case P::kMatmul: anchors.inputs = {{first, 0}, {first, 1}}; break;
    case P::kMaxPool2dWithoutIndices:
    case P::kRelu0:
    case P::kRelu1: anchors.inputs = {{first, 0}}; break;
  }
  anchors.op = first;
  return anchors;
}

}  // namespace foldproof::fold
