// SPDX-License-Identifier: BSD-3-Clause
//
// Constants, attributes, operands, operators and quantizers.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "fuzz/judge/change_spots.h"

namespace foldproof::fuzz {
namespace {

// Calls change(x) on one element of a constant.
template <typename T, typename Change>
void ChangeElement(std::vector<std::byte>& bytes, std::size_t i, Change&& change) {
  T x{};
  std::memcpy(&x, bytes.data() + i * sizeof(T), sizeof(T));
  x = change(x);
  std::memcpy(bytes.data() + i * sizeof(T), &x, sizeof(T));
}

std::optional<ir::ValueId> ConstantOf(Sketch& sketch, Chooser& chooser,
                                      const AcceptsType& accepts) {
  const auto value = PickValue(sketch, chooser, Constants(sketch, accepts));
  return value && sketch.BytesOf(*value) != nullptr ? value : std::nullopt;
}

bool ChangeConstant(Sketch& sketch, Chooser& chooser) {
  const auto value = ConstantOf(sketch, chooser, [](const ir::TensorType& type) {
    return IsFloat32(type) || ir::IsInteger(type.dtype);
  });
  if (!value) return false;
  const ir::TensorType type = *sketch.value(*value).type;
  const std::size_t i = chooser.Below(static_cast<std::size_t>(*type.element_count()));
  const std::size_t how = chooser.Below(5);
  std::vector<std::byte>& bytes = *sketch.BytesOf(*value);
  const auto step = [&](auto x) { return static_cast<decltype(x)>(how % 2 == 0 ? x + 1 : x - 1); };
  switch (type.dtype) {
    case ir::ScalarType::kFloat32:
      ChangeElement<float>(bytes, i, [&](float x) {
        const float ways[] = {x + 1, -x, 2 * x, std::nextafter(x, 1e30F), x * 1.001F};
        return ways[how];
      });
      return true;
    case ir::ScalarType::kInt8: ChangeElement<std::int8_t>(bytes, i, step); return true;
    case ir::ScalarType::kUInt8: ChangeElement<std::uint8_t>(bytes, i, step); return true;
    case ir::ScalarType::kInt16: ChangeElement<std::int16_t>(bytes, i, step); return true;
    case ir::ScalarType::kInt32: ChangeElement<std::int32_t>(bytes, i, step); return true;
    case ir::ScalarType::kInt64: ChangeElement<std::int64_t>(bytes, i, step); return true;
    default: return false;
  }
}

bool NegateConstant(Sketch& sketch, Chooser& chooser) {
  const auto value = ConstantOf(sketch, chooser, IsFloat32);
  if (!value) return false;
  std::vector<std::byte>& bytes = *sketch.BytesOf(*value);
  for (std::size_t i = 0; i < bytes.size() / sizeof(float); ++i) {
    ChangeElement<float>(bytes, i, [](float x) { return -x; });
  }
  return true;
}

// The elements in another order.
bool RotateConstant(Sketch& sketch, Chooser& chooser) {
  const auto value = ConstantOf(sketch, chooser, [](const ir::TensorType& type) {
    return type.element_count().value_or(0) > 1;
  });
  if (!value) return false;
  std::vector<std::byte>& bytes = *sketch.BytesOf(*value);
  const auto width = static_cast<std::ptrdiff_t>(ir::ElementSize(sketch.value(*value).type->dtype));
  std::rotate(bytes.begin(), bytes.begin() + width, bytes.end());
  return true;
}

// The readers of a constant read another of the same type.
bool ExchangeConstants(Sketch& sketch, Chooser& chooser) {
  const auto constants = Constants(sketch, [](const ir::TensorType&) { return true; });
  const auto one = PickValue(sketch, chooser, constants);
  if (!one) return false;
  std::vector<ir::ValueId> others;
  for (const ir::ValueId id : constants) {
    if (id != *one && sketch.value(id).type == sketch.value(*one).type) others.push_back(id);
  }
  const auto spot = SpotAt(sketch, chooser, *one);
  if (others.empty() || !spot) return false;
  sketch.Redirect(spot->use, *one, chooser.Of(others));
  return true;
}

// A whole number among the arguments: an axis, a zero point, a bound of codes.
bool ChangeInteger(Sketch& sketch, Chooser& chooser) {
  struct Found {
    std::int64_t* number;
    bool may_be_small;  // of others libtorch takes no 0: a stride, a number of groups
  };
  std::vector<Found> found;
  for (SketchNode& node : sketch.nodes) {
    for (ir::Argument& argument : node.arguments) {
      auto* number = std::get_if<std::int64_t>(&argument.value);
      const std::string& name = argument.name;
      const bool free = name.starts_with("quant_") || name == "zero_point" ||
                        name.starts_with("dim") || name == "index" || name == "start";
      if (number != nullptr) found.push_back({number, free});
    }
  }
  if (found.empty()) return false;
  const Found& one = found[chooser.Below(found.size())];
  *one.number += chooser.Flip() ? -1 : 1;
  return one.may_be_small || *one.number > 0;
}

bool ExchangeOperands(Sketch& sketch, Chooser& chooser) {
  const auto nodes = NodesWhere(sketch, [&](const SketchNode& node) {
    const auto *self = FindArgument(node, "self"), *other = FindArgument(node, "other");
    return self && other && std::holds_alternative<ir::ValueId>(*self) &&
           std::holds_alternative<ir::ValueId>(*other) && *self != *other;
  });
  if (nodes.empty()) return false;
  SketchNode& node = sketch.nodes[chooser.Of(nodes)];
  std::swap(*FindArgument(node, "self"), *FindArgument(node, "other"));
  return true;
}

bool ReplaceOperand(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsAnyNumber);
  if (!spot) return false;
  const auto other = OtherValue(sketch, chooser, spot->type, spot->at, spot->value);
  if (!other) return false;
  Rewire(sketch, *spot, *other, false);
  return true;
}

bool ExchangeOperator(Sketch& sketch, Chooser& chooser) {
  const std::vector<std::vector<std::string>> families = {
      {"aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor", "aten.div.Tensor"},
      {"aten.add_.Tensor", "aten.sub_.Tensor", "aten.mul_.Tensor", "aten.div_.Tensor"},
      {"aten.maximum.default", "aten.minimum.default"},
      {"aten.relu.default", "aten.abs.default", "aten.sigmoid.default", "aten.silu.default",
       "aten.hardswish.default", "aten.tanh.default", "aten.mish.default", "aten.neg.default"},
      {"aten.relu_.default", "aten.abs_.default", "aten.sigmoid_.default", "aten.neg_.default"},
      {"aten.sqrt.default", "aten.rsqrt.default", "aten.reciprocal.default"},
      {"aten.max_pool2d.default", "aten.avg_pool2d.default"},
      {"aten.amax.default", "aten.amin.default"},
      {"aten.softmax.int", "aten.log_softmax.int", "aten.cumsum.default"},
  };
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t n = 0; n < sketch.nodes.size(); ++n) {
    for (std::size_t f = 0; f < families.size(); ++f) {
      const bool is_in =
          std::ranges::find(families[f], sketch.nodes[n].target) != families[f].end();
      if (is_in) found.emplace_back(n, f);
    }
  }
  if (found.empty()) return false;
  const auto [n, f] = found[chooser.Below(found.size())];
  std::string& target = sketch.nodes[n].target;
  const std::string other = chooser.Of(families[f]);
  if (other == target) return false;
  target = other;
  return true;
}

// The tensors of a list in another order.
bool ReorderList(Sketch& sketch, Chooser& chooser) {
  const auto nodes = NodesWhere(sketch, [](const SketchNode& node) {
    return node.target.starts_with("aten.cat.") && !node.arguments.empty();
  });
  if (nodes.empty()) return false;
  ir::ArgumentValue& value = sketch.nodes[chooser.Of(nodes)].arguments.front().value;
  auto* list = std::get_if<std::vector<ir::ValueId>>(&value);
  if (list == nullptr || list->size() < 2 || (*list)[0] == (*list)[1]) return false;
  std::swap((*list)[0], (*list)[1]);
  return true;
}

// The axis of an operator that keeps the shape.
bool ChangeAxis(Sketch& sketch, Chooser& chooser) {
  const auto nodes = NodesWhere(sketch, [](const SketchNode& node) {
    return node.target.find("softmax") != std::string::npos ||
           node.target.starts_with("aten.cumsum.");
  });
  if (nodes.empty()) return false;
  SketchNode& node = sketch.nodes[chooser.Of(nodes)];
  const auto& type = sketch.value(node.outputs.front()).type;
  auto* dim = std::get_if<std::int64_t>(FindArgument(node, "dim"));
  if (!type || dim == nullptr) return false;
  const std::int64_t old = *dim;
  *dim = static_cast<std::int64_t>(chooser.Below(type->rank()));
  return *dim != old;
}

// An operator goes: its readers read its first operand, where that has the same type.
bool TakeOut(Sketch& sketch, Chooser& chooser) {
  const std::vector<char> active = sketch.Active();
  const auto nodes = NodesWhere(sketch, [&](const SketchNode& node) {
    if (node.outputs.size() != 1 || node.arguments.empty()) return false;
    const auto* self = std::get_if<ir::ValueId>(&node.arguments[0].value);
    return self && active[self->index] != 0 &&
           sketch.value(*self).type == sketch.value(node.outputs[0]).type;
  });
  if (nodes.empty()) return false;
  const std::size_t n = chooser.Of(nodes);
  const SketchNode node = sketch.nodes[n];
  const auto self = std::get<ir::ValueId>(node.arguments[0].value);
  for (const SketchUse& use : sketch.UsesOf(node.outputs[0])) {
    sketch.Redirect(use, node.outputs[0], self);
  }
  sketch.nodes.erase(sketch.nodes.begin() + static_cast<std::ptrdiff_t>(n));
  return true;
}

// An operator is applied twice.
bool DoubleOperator(Sketch& sketch, Chooser& chooser) {
  const std::vector<char> active = sketch.Active();
  const auto nodes = NodesWhere(sketch, [&](const SketchNode& node) {
    if (node.outputs.size() != 1 || node.arguments.empty()) return false;
    const auto* self = std::get_if<ir::ValueId>(&node.arguments[0].value);
    return self && active[self->index] != 0 &&
           sketch.value(*self).type == sketch.value(node.outputs[0]).type;
  });
  if (nodes.empty()) return false;
  const std::size_t n = chooser.Of(nodes);
  const SketchNode node = sketch.nodes[n];
  const std::vector<SketchUse> uses = sketch.UsesOf(node.outputs[0]);
  std::vector<ir::Argument> arguments = node.arguments;
  arguments[0].value = node.outputs[0];
  const ir::ValueId again = sketch.InsertOne(n + 1, node.target, std::move(arguments),
                                             *sketch.value(node.outputs[0]).type);
  for (const SketchUse& use : uses) {
    sketch.Redirect({use.node + 1, use.argument}, node.outputs[0], again);
  }
  return true;
}

bool DropBias(Sketch& sketch, Chooser& chooser) {
  const auto nodes = NodesWhere(sketch, [](const SketchNode& node) {
    const auto* bias = FindArgument(node, "bias");
    return bias && std::holds_alternative<ir::ValueId>(*bias);
  });
  if (nodes.empty()) return false;
  *FindArgument(sketch.nodes[chooser.Of(nodes)], "bias") = ir::None();
  return true;
}

bool IsQuantizer(const SketchNode& node) {
  return node.target.starts_with("quantized_decomposed.") && FindArgument(node, "scale") != nullptr;
}

// A quantizer's scale, and that of the dequantizers behind it where `both`.
bool ChangeQuantizer(Sketch& sketch, Chooser& chooser) {
  const auto nodes = NodesWhere(sketch, IsQuantizer);
  if (nodes.empty()) return false;
  const std::size_t n = chooser.Of(nodes);
  const std::size_t what = chooser.Below(3);
  const bool both = chooser.Flip();
  const double factor = chooser.Of({2.0, 0.5, 1.0009765625, 1.5});
  const std::int64_t step = chooser.Flip() ? -1 : 1;
  const auto change = [&](SketchNode& node) {
    auto* scale = std::get_if<double>(FindArgument(node, "scale"));
    auto* zero = std::get_if<std::int64_t>(FindArgument(node, "zero_point"));
    auto* low = std::get_if<std::int64_t>(FindArgument(node, "quant_min"));
    auto* high = std::get_if<std::int64_t>(FindArgument(node, "quant_max"));
    if (!scale || !zero || !low || !high) return;
    if (what == 0) *scale *= factor;
    if (what == 1) *zero += step;
    if (what == 2) (step < 0 ? *high : *low) = (*low + *high) / 2 + (step < 0 ? 1 : -1);
  };
  change(sketch.nodes[n]);
  if (!both) return true;
  for (const ir::ValueId made : sketch.nodes[n].outputs) {
    for (const SketchUse& use : sketch.UsesOf(made)) {
      if (use.node < sketch.nodes.size() && IsQuantizer(sketch.nodes[use.node])) {
        change(sketch.nodes[use.node]);
      }
    }
  }
  return true;
}

// A value is quantized once more.
bool PutQuantizer(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot) return false;
  const double scale = chooser.Of({0.0625, 0.05, 0.3});
  const std::int64_t zero = chooser.Flip() ? 3 : 0, low = chooser.Flip() ? 10 : -128;
  std::vector<ir::Argument> arguments{{"input", spot->value},
                                      {"scale", scale},
                                      {"zero_point", zero},
                                      {"quant_min", low},
                                      {"quant_max", std::int64_t{127}},
                                      {"dtype", ir::ScalarType::kInt8}};
  const ir::ValueId codes =
      sketch.InsertOne(spot->at, "quantized_decomposed.quantize_per_tensor.default", arguments,
                       TypeOf(ir::ScalarType::kInt8, spot->type.sizes()));
  arguments[0].value = codes;
  const ir::ValueId back = sketch.InsertOne(
      spot->at + 1, "quantized_decomposed.dequantize_per_tensor.default", arguments, spot->type);
  Rewire(sketch, *spot, back, chooser.Flip());
  return true;
}

}  // namespace

std::vector<ChangeKind> ConstantChanges() {
  return {
      {"constant-changed", "numbers", "one element of a constant is another", ChangeConstant, 8},
      {"constant-negated", "numbers", "a constant's sign is turned, gamma's too", NegateConstant},
      {"constant-rotated", "numbers", "a constant's elements are in another order", RotateConstant},
      {"constants-exchanged", "numbers", "another constant of the same type is read",
       ExchangeConstants},
      {"integer-changed", "numbers", "a whole number among the arguments is another", ChangeInteger,
       6},
  };
}

std::vector<ChangeKind> OperatorChanges() {
  return {
      {"operands-exchanged", "numbers", "an operator's two operands are exchanged",
       ExchangeOperands},
      {"operand-replaced", "placement", "another value of the same type is read", ReplaceOperand,
       6},
      {"operator-exchanged", "numbers", "an operator of the same form stands in its place",
       ExchangeOperator, 6},
      {"operator-taken-out", "numbers", "an operator goes", TakeOut, 6},
      {"operator-doubled", "numbers", "an operator is applied twice", DoubleOperator},
      {"bias-dropped", "numbers", "a bias goes", DropBias, 2},
      {"list-reordered", "placement", "two tensors that are joined are exchanged", ReorderList, 6},
      {"axis-changed", "placement", "softmax or cumsum along another axis", ChangeAxis, 6},
  };
}

std::vector<ChangeKind> QuantizerChanges() {
  return {
      {"quantizer-changed", "numbers", "scale, zero point or range of a quantizer is another",
       ChangeQuantizer, 8, true},
      {"quantizer-put-in", "numbers", "a value is quantized once more", PutQuantizer, 4, true},
  };
}

}  // namespace foldproof::fuzz
