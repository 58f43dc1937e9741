// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/memory_order.h"

#include <algorithm>
#include <optional>

namespace foldproof::prove {
namespace {

constexpr int kContiguous = 1, kPreserve = 4;  // of torch.export's memory formats

MemoryOrder OrderOf(const ir::Constant& constant, const ir::Storage& storage) {
  std::int64_t step = 1;
  for (std::size_t k = constant.strides.size(); k-- > 0;) {
    if (constant.strides[k] != step) return MemoryOrder::kUnknown;
    step *= std::max<std::int64_t>(constant.type.dims[k].size, 1);
  }
  const std::size_t bytes = static_cast<std::size_t>(step) * ir::ElementSize(constant.type.dtype);
  const bool whole = constant.offset == 0 && storage.size() == bytes;
  return whole ? MemoryOrder::kPlain : MemoryOrder::kRowMajor;
}

class OrderFinder {
 public:
  explicit OrderFinder(const ir::Program& program)
      : program_(program), orders_(program.graph.values().size(), MemoryOrder::kUnknown) {}

  std::vector<MemoryOrder> Run() {
    for (const ir::InputSpec& input : program_.inputs) {
      if (input.kind != ir::InputSpec::Kind::kUserInput)
        orders_[input.value.index] = Stored(input.target);
    }
    for (const ir::Node& node : program_.graph.nodes()) {
      if (node.outputs.empty()) continue;
      orders_[node.outputs[0].index] =
          std::visit([&](const auto& op) { return Of(node, op); }, node.op);
      for (const ir::ValueId made : node.outputs) {
        const ir::ValueId like = program_.LiesLike(made);
        if (like != made) orders_[made.index] = orders_[like.index];
      }
    }
    return std::move(orders_);
  }

 private:
  MemoryOrder Stored(const std::string& name) const {
    const ir::Constant& constant = program_.constants.at(name);
    return OrderOf(constant, program_.storages[constant.storage]);
  }

  // Of the tensors that the node reads, what is known of all.
  MemoryOrder Read(const ir::Node& node) const {
    MemoryOrder out = MemoryOrder::kPlain;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId v) {
        if (program_.graph.value(v).type) out = std::min(out, orders_[v.index]);
      });
    }
    return out;
  }

  // A new tensor, laid out as the operands are. Of row-major ones, broadcast or not, TensorIterator
  // makes a row-major one.
  MemoryOrder New(const ir::Node& node) const {
    const bool kept = FormatOf(node).value_or(kPreserve) == kPreserve ||
                      FormatOf(node) == std::optional(kContiguous);
    return kept && Read(node) != MemoryOrder::kUnknown ? MemoryOrder::kPlain
                                                       : MemoryOrder::kUnknown;
  }

  // Another axis than the first is permuted to the front and back, which leaves the strides alone
  // but where all other dimensions have one element.
  MemoryOrder AlongAxis(const ir::Node& node, std::int64_t axis) const {
    const auto& type = program_.graph.value(node.outputs[0]).type;
    bool others = axis == 0;
    for (std::size_t d = 0; type && d < type->rank(); ++d) {
      others |= static_cast<std::int64_t>(d) != axis && type->dims[d].size > 1;
    }
    return others ? New(node) : MemoryOrder::kUnknown;
  }

  // The operand itself, a view or a copy of it.
  MemoryOrder Shown(const ir::Node& node) const {
    return New(node) == MemoryOrder::kUnknown ? MemoryOrder::kUnknown : Read(node);
  }

  // The memory format that the node asks for.
  static std::optional<int> FormatOf(const ir::Node& node) {
    const ir::ArgumentValue* found = node.Find("memory_format");
    const auto* format = found != nullptr ? std::get_if<ir::MemoryFormat>(found) : nullptr;
    return format != nullptr ? std::optional(static_cast<int>(format->code)) : std::nullopt;
  }

  MemoryOrder Of(const ir::Node&, const ir::GetAttr& op) const { return Stored(op.attribute); }
  MemoryOrder Of(const ir::Node& node, const ir::QuantizePerTensor&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::DequantizePerTensor&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::QuantizePerChannel& op) const {
    return AlongAxis(node, op.params.axis);
  }
  MemoryOrder Of(const ir::Node& node, const ir::DequantizePerChannel& op) const {
    return AlongAxis(node, op.params.axis);
  }
  MemoryOrder Of(const ir::Node& node, const ir::Binary&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::Unary&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::Compare&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::Where&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::Prelu&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::Clamp&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::Fill&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::BatchNorm&) const { return New(node); }
  MemoryOrder Of(const ir::Node& node, const ir::Cast&) const { return Shown(node); }
  MemoryOrder Of(const ir::Node& node, const ir::Reshape&) const { return Shown(node); }
  // A clone in contiguous_format is a new tensor; contiguous() gives its operand itself where only
  // dimensions of one element have other strides.
  MemoryOrder Of(const ir::Node& node, const ir::Copy&) const {
    const bool renewed =
        node.target == "aten.clone.default" && FormatOf(node) == std::optional(kContiguous);
    return renewed ? MemoryOrder::kPlain : Shown(node);
  }
  MemoryOrder Of(const ir::Node& node, const ir::Permute& op) const {
    return std::ranges::is_sorted(op.dims) ? Shown(node) : MemoryOrder::kUnknown;
  }
  MemoryOrder Of(const ir::Node& node, const ir::Pad& op) const {
    return op.mode == ir::Pad::Mode::kConstant ? Shown(node) : MemoryOrder::kUnknown;
  }
  // conv1d makes its operands contiguous, so that a permuted input is not taken for channels_last;
  // the others give channels_last where the input or the weight lies so.
  MemoryOrder Of(const ir::Node& node, const ir::Convolution& op) const {
    return op.spatial() == 1 ? MemoryOrder::kPlain : New(node);
  }
  MemoryOrder Of(const ir::Node&, const ir::Linear&) const { return MemoryOrder::kPlain; }
  MemoryOrder Of(const ir::Node& node, const ir::Opaque&) const {
    return node.target == "aten.cat.default" ? New(node) : MemoryOrder::kUnknown;
  }

  const ir::Program& program_;
  std::vector<MemoryOrder> orders_;
};

}  // namespace

std::vector<MemoryOrder> FindMemoryOrders(const ir::Program& program) {
  return OrderFinder(program).Run();
}

}  // namespace foldproof::prove
