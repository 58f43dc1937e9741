// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/build_tail.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/prove/tail/channel_constants.h"

namespace foldproof::prove {
namespace {

using Code = TailInstruction::Code;

// Where the elements of a register lie in its tensor: the layout ops it went through, as a text,
// and the dimension along which the conv's output channel varies.
struct Placement {
  std::string moves;
  std::optional<std::size_t> channel_axis;
};

class Builder {
 public:
  Builder(const FunctionalView& view, const ConstantValues& constants, const ConvSide& side,
          BatchNormVariant variant)
      : view_(view),
        graph_(view.program().graph),
        constants_(constants),
        side_(side),
        variant_(variant) {
    tail_.channels = side.channels;
  }

  Tail Build() {
    const auto& type = graph_.value(side_.output).type;
    FP_CHECK(type.has_value() && type->rank() > side_.op.spatial());
    Register(side_.output, {"", type->rank() - side_.op.spatial() - 1});
    for (std::size_t n = side_.node.index + 1; n < graph_.nodes().size(); ++n) {
      const ir::Node& node = graph_.nodes()[n];
      if (view_.IsLive(node.id) && Reads(node)) Absorb(node);
    }
    CollectFrontiers();
    return std::move(tail_);
  }

 private:
  void Register(ir::ValueId value, Placement placement) {
    registers_[value] = static_cast<std::uint32_t>(tail_.values.size());
    tail_.values.push_back(value);
    placements_.push_back(std::move(placement));
  }

  std::optional<std::uint32_t> RegisterOf(const ir::Node& node, ir::ValueId operand) const {
    const auto found = registers_.find(view_.Read(node.id, operand));
    return found == registers_.end() ? std::nullopt : std::optional(found->second);
  }

  bool Reads(const ir::Node& node) const {
    bool reads = false;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value,
                      [&](ir::ValueId v) { reads |= RegisterOf(node, v).has_value(); });
    }
    return reads;
  }

  bool HasType(ir::ValueId value, ir::ScalarType dtype) const {
    const auto& type = graph_.value(value).type;
    return type.has_value() && type->dtype == dtype;
  }

  void Absorb(const ir::Node& node);
  bool Fill(const ir::Node& node, const ir::QuantizePerTensor& op, TailInstruction& out);
  bool Fill(const ir::Node& node, const ir::DequantizePerTensor& op, TailInstruction& out);
  bool Fill(const ir::Node& node, const ir::BatchNorm& op, TailInstruction& out);
  bool Fill(const ir::Node& node, const ir::Binary& op, TailInstruction& out);
  bool Fill(const ir::Node& node, const ir::Unary& op, TailInstruction& out);
  bool Fill(const ir::Node& node, const ir::Clamp& op, TailInstruction& out);
  bool Fill(const ir::Node& node, const ir::Reshape& op, TailInstruction& out);
  bool Fill(const ir::Node& node, const ir::Permute& op, TailInstruction& out);
  bool Fill(const ir::Node& node, const ir::Copy& op, TailInstruction& out);
  bool Fill(const ir::Node& node, const ir::Cast& op, TailInstruction& out);
  template <typename Other>
  bool Fill(const ir::Node&, const Other&, TailInstruction&) {
    return false;
  }

  bool FillOperand(const ir::Node& node, const ir::Operand& operand, const ir::TensorType& shape,
                   const Placement& placement, TailOperand& out);
  bool KeepsPlacement(const ir::Node& node, ir::ValueId input, TailInstruction& out);
  void CollectFrontiers();
  void AddFrontier(Edge edge, std::optional<std::uint32_t> output, ir::ValueId value);

  const FunctionalView& view_;
  const ir::Graph& graph_;
  const ConstantValues& constants_;
  const ConvSide& side_;
  BatchNormVariant variant_;
  Tail tail_;
  std::map<ir::ValueId, std::uint32_t> registers_;
  std::vector<Placement> placements_;
  Placement result_;  // of the instruction being filled
};

void Builder::Absorb(const ir::Node& node) {
  for (const ir::ValueId output : node.outputs) {
    if (view_.IsOverwritten(output)) return;
  }
  TailInstruction instruction;
  instruction.node = node.id;
  const std::size_t constants = tail_.constants.size();
  const bool inside =
      std::visit([&](const auto& op) { return Fill(node, op, instruction); }, node.op);
  if (!inside) {
    tail_.constants.resize(constants);
    return;
  }
  tail_.instructions.push_back(std::move(instruction));
  Register(node.outputs.at(0), result_);
}

bool Builder::KeepsPlacement(const ir::Node& node, ir::ValueId input, TailInstruction& out) {
  const auto reg = RegisterOf(node, input);
  if (!reg || view_.IsOverwritten(tail_.values[*reg])) return false;
  out.left = {true, *reg};
  result_ = placements_[*reg];
  return true;
}

bool Builder::Fill(const ir::Node& node, const ir::QuantizePerTensor& op, TailInstruction& out) {
  out.code = Code::kQuantize;
  out.params = op.params;
  return KeepsPlacement(node, op.input, out) &&
         HasType(tail_.values[out.left.index], ir::ScalarType::kFloat32);
}

bool Builder::Fill(const ir::Node& node, const ir::DequantizePerTensor& op, TailInstruction& out) {
  out.code = Code::kDequantize;
  out.params = op.params;
  if (!KeepsPlacement(node, op.input, out)) return false;
  // Codes stand behind a quantize, with nothing but moves between.
  return !HasType(tail_.values[out.left.index], ir::ScalarType::kFloat32) &&
         HasType(node.outputs.at(0), ir::ScalarType::kFloat32);
}

bool Builder::Fill(const ir::Node& node, const ir::BatchNorm& op, TailInstruction& out) {
  if (op.training || !KeepsPlacement(node, op.input, out)) return false;
  // Channels of a batch_norm lie along dimension 1.
  if (result_.channel_axis != std::size_t{1} ||
      !HasType(node.outputs.at(0), ir::ScalarType::kFloat32)) {
    return false;
  }
  const auto affine = BatchNormConstants(view_, constants_, node, op, tail_.channels, variant_);
  if (!affine) return false;
  out.code = Code::kAffine;
  out.affine = static_cast<std::uint32_t>(tail_.affines.size());
  tail_.affines.push_back(*affine);
  return true;
}

bool Builder::FillOperand(const ir::Node& node, const ir::Operand& operand,
                          const ir::TensorType& shape, const Placement& placement,
                          TailOperand& out) {
  if (const auto* value = std::get_if<ir::ValueId>(&operand)) {
    if (const auto reg = RegisterOf(node, *value)) {
      out = {true, *reg};
      const Placement& own = placements_[*reg];
      return own.moves == placement.moves && own.channel_axis == placement.channel_axis &&
             HasType(tail_.values[*reg], ir::ScalarType::kFloat32) &&
             graph_.value(tail_.values[*reg]).type->dims == shape.dims &&
             !view_.IsOverwritten(tail_.values[*reg]);
    }
    const auto constant = BroadcastConstant(constants_.Find(view_.Read(node.id, *value)), shape,
                                            placement.channel_axis, tail_.channels);
    if (!constant) return false;
    out = {false, static_cast<std::uint32_t>(tail_.constants.size())};
    tail_.constants.push_back(*constant);
    return true;
  }
  const double number = std::holds_alternative<double>(operand)
                            ? std::get<double>(operand)
                            : static_cast<double>(std::get<std::int64_t>(operand));
  out = {false, static_cast<std::uint32_t>(tail_.constants.size())};
  tail_.constants.push_back({{static_cast<float>(number)}, {number}});
  return true;
}

bool Builder::Fill(const ir::Node& node, const ir::Binary& op, TailInstruction& out) {
  static constexpr Code kCodes[] = {Code::kAdd, Code::kSub,     Code::kMul,
                                    Code::kDiv, Code::kMinimum, Code::kMaximum};
  const auto& type = graph_.value(node.outputs.at(0)).type;
  if (!type || type->dtype != ir::ScalarType::kFloat32) return false;
  // The tail value that sets the shape: whichever operand is one.
  std::optional<std::uint32_t> reg;
  for (const ir::Operand* operand : {&op.self, &op.other}) {
    const auto* value = std::get_if<ir::ValueId>(operand);
    if (value != nullptr && !reg) reg = RegisterOf(node, *value);
  }
  if (!reg || graph_.value(tail_.values[*reg]).type->dims != type->dims) return false;
  const Placement placement = placements_[*reg];
  out.code = kCodes[static_cast<std::size_t>(op.kind)];
  out.rounding = op.rounding;
  std::visit([&](auto alpha) { out.ideal_alpha = static_cast<double>(alpha); }, op.alpha);
  out.alpha = static_cast<float>(out.ideal_alpha);
  result_ = placement;
  return FillOperand(node, op.self, *type, placement, out.left) &&
         FillOperand(node, op.other, *type, placement, out.right);
}

bool Builder::Fill(const ir::Node& node, const ir::Unary& op, TailInstruction& out) {
  out.code = Code::kUnary;
  out.function = op.kind;
  out.parameters = op.parameters;
  return HasType(node.outputs.at(0), ir::ScalarType::kFloat32) &&
         KeepsPlacement(node, op.input, out);
}

bool Builder::Fill(const ir::Node& node, const ir::Clamp& op, TailInstruction& out) {
  out.code = Code::kClamp;
  out.low = op.low;
  out.high = op.high;
  return HasType(node.outputs.at(0), ir::ScalarType::kFloat32) &&
         KeepsPlacement(node, op.input, out);
}

// The channel's dimension after a reshape: the one of the same size with as many elements before
// it.
std::optional<std::size_t> AxisAfterReshape(const ir::TensorType& from, const ir::TensorType& to,
                                            std::size_t axis) {
  if (!from.is_static() || !to.is_static()) return std::nullopt;
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= from.dims[i].size;
  std::int64_t before = 1;
  for (std::size_t i = 0; i < to.rank(); ++i) {
    if (before == outer && to.dims[i].size == from.dims[axis].size) return i;
    before *= to.dims[i].size;
  }
  return std::nullopt;
}

bool Builder::Fill(const ir::Node& node, const ir::Reshape& op, TailInstruction& out) {
  if (!KeepsPlacement(node, op.input, out)) return false;
  const auto& from = graph_.value(tail_.values[out.left.index]).type;
  const auto& to = graph_.value(node.outputs.at(0)).type;
  if (!from || !to) return false;
  if (from->dims == to->dims) return true;
  if (result_.channel_axis) {
    result_.channel_axis = AxisAfterReshape(*from, *to, *result_.channel_axis);
  }
  result_.moves += "r" + to->ToString();
  return true;
}

bool Builder::Fill(const ir::Node& node, const ir::Permute& op, TailInstruction& out) {
  if (!KeepsPlacement(node, op.input, out)) return false;
  if (result_.channel_axis) {
    const auto at =
        std::find(op.dims.begin(), op.dims.end(), static_cast<std::int64_t>(*result_.channel_axis));
    result_.channel_axis = at == op.dims.end()
                               ? std::nullopt
                               : std::optional(static_cast<std::size_t>(at - op.dims.begin()));
  }
  result_.moves += "p";
  for (const std::int64_t dim : op.dims) result_.moves += std::to_string(dim) + ",";
  return true;
}

bool Builder::Fill(const ir::Node& node, const ir::Copy& op, TailInstruction& out) {
  return KeepsPlacement(node, op.input, out);
}

bool Builder::Fill(const ir::Node& node, const ir::Cast& op, TailInstruction& out) {
  return KeepsPlacement(node, op.input, out) && HasType(tail_.values[out.left.index], op.dtype) &&
         HasType(node.outputs.at(0), op.dtype);
}

void Builder::AddFrontier(Edge edge, std::optional<std::uint32_t> output, ir::ValueId value) {
  Frontier frontier;
  frontier.edge = edge;
  frontier.output = output;
  frontier.value = value;
  frontier.reg = registers_.at(value);
  frontier.path = PathTo(tail_.instructions, frontier.reg);
  frontier.codes = !HasType(value, ir::ScalarType::kFloat32);
  frontier.scale =
      frontier.codes ? 1 : ScaleBehind(view_, value).value_or(side_.input_params.scale);
  tail_.frontiers.push_back(std::move(frontier));
}

void Builder::CollectFrontiers() {
  for (const ir::Node& node : graph_.nodes()) {
    if (!view_.IsLive(node.id) ||
        registers_.contains(node.outputs.empty() ? side_.output : node.outputs[0])) {
      continue;
    }
    for (std::uint32_t a = 0; a < node.arguments.size(); ++a) {
      std::uint32_t element = 0;
      ir::ForEachRead(node.arguments[a].value, [&](ir::ValueId v) {
        const ir::ValueId read = view_.Read(node.id, v);
        if (registers_.contains(read)) AddFrontier({node.id.index, a, element}, std::nullopt, read);
        ++element;
      });
    }
  }
  const auto end = static_cast<std::uint32_t>(graph_.nodes().size());
  for (std::uint32_t i = 0; i < graph_.outputs().size(); ++i) {
    ir::ForEachRead(graph_.outputs()[i], [&](ir::ValueId v) {
      const ir::ValueId read = view_.Output(i, v);
      if (registers_.contains(read)) AddFrontier({end, i, 0}, i, read);
    });
  }
}

}  // namespace

std::optional<double> ScaleBehind(const FunctionalView& view, ir::ValueId value) {
  const ir::Graph& graph = view.program().graph;
  const ir::Node* node = graph.ProducerOf(value);
  while (node != nullptr) {
    if (const auto* dq = std::get_if<ir::DequantizePerTensor>(&node->op)) return dq->params.scale;
    std::optional<ir::ValueId> first;
    for (const ir::Argument& argument : node->arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId v) {
        if (!first) first = v;
      });
      if (first) break;
    }
    if (!first) break;
    node = graph.ProducerOf(view.Read(node->id, *first));
  }
  return std::nullopt;
}

Tail BuildTail(const FunctionalView& view, const ConstantValues& constants, const ConvSide& side,
               BatchNormVariant variant) {
  return Builder(view, constants, side, variant).Build();
}

std::string DescribeFrontier(const FunctionalView& view, const Frontier& frontier) {
  const ir::Graph& graph = view.program().graph;
  if (frontier.output) return "output " + std::to_string(*frontier.output);
  const ir::Node& node = graph.nodes()[frontier.edge.node];
  return node.name + " (" + node.target + ")";
}

}  // namespace foldproof::prove
