// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/value_numbers.h"

#include <algorithm>
#include <span>

#include "harness/prove/constants/element_type.h"
#include "harness/prove/constants/memory_order.h"
#include "harness/prove/constants/widened_half.h"
#include "harness/prove/conv/follows_strides.h"
#include "harness/prove/conv/read_conv_side.h"
#include "src/base/error.h"
#include "src/ir/functional/effect.h"

namespace foldproof::prove {
namespace {

// The one tensor that an elementwise operator reads, of whose strides its result's are made.
std::optional<ir::ValueId> ElementwiseOperand(const ir::Node& node) {
  if (const auto* op = std::get_if<ir::QuantizePerTensor>(&node.op)) return op->input;
  if (const auto* op = std::get_if<ir::DequantizePerTensor>(&node.op)) return op->input;
  if (const auto* op = std::get_if<ir::Unary>(&node.op)) return op->input;
  if (const auto* op = std::get_if<ir::Clamp>(&node.op)) return op->input;
  const auto* op = std::get_if<ir::Binary>(&node.op);
  if (op == nullptr || std::holds_alternative<ir::ValueId>(op->other)) return std::nullopt;
  const auto* self = std::get_if<ir::ValueId>(&op->self);
  return self == nullptr ? std::nullopt : std::optional(*self);
}

// Whether a constant of a half type that `node` reads beside another tensor is computed with as
// float32: the other one is of float32, and has dimensions unless the constant has none either.
bool IsWidened(const FunctionalView& view, const ir::Node& node, ir::ValueId constant) {
  const ir::Program& program = view.program();
  const ir::Constant* stored = program.ConstantOf(constant);
  if (stored == nullptr || ir::ElementSize(stored->type.dtype) != 2) return false;
  const auto meets = [&](const auto& op) {
    const auto read = [&](const ir::Operand& operand) -> std::optional<ir::ValueId> {
      const auto* value = std::get_if<ir::ValueId>(&operand);
      return value != nullptr ? std::optional(view.Read(node.id, *value)) : std::nullopt;
    };
    const auto self = read(op.self), other = read(op.other);
    const auto beside = self == constant ? other : other == constant ? self : std::nullopt;
    if (!beside || ElementTypeOf(program, *beside) != ir::ScalarType::kFloat32) return false;
    const auto& type = program.graph.value(*beside).type;
    return type && (type->rank() > 0 || stored->type.rank() == 0);
  };
  if (const auto* op = std::get_if<ir::Binary>(&node.op)) return !op->in_place && meets(*op);
  if (const auto* op = std::get_if<ir::Compare>(&node.op)) return meets(*op);
  const auto* op = std::get_if<ir::Where>(&node.op);
  return op != nullptr && meets(*op);
}

}  // namespace

Numbering::Numbering(const FunctionalView& view, const ConstantValues& constants,
                     NumberTable& table)
    : view_(&view),
      constants_(&constants),
      table_(&table),
      memory_orders_(FindMemoryOrders(view.program())) {
  const ir::Program& program = view.program();
  numbers_.resize(program.graph.values().size());
  std::uint64_t user_inputs = 0;
  for (const ir::InputSpec& spec : program.inputs) {
    ValueNumbers& numbers = numbers_[spec.value.index];
    if (spec.kind != ir::InputSpec::Kind::kUserInput) {
      if (!NumberConstant(spec.value)) numbers.value = StateNumber(spec.target);
      numbers.layout = LayoutAsStored(spec.value, program.constants.at(spec.target));
      continue;
    }
    KeyWriter out;
    out.Text("input");
    out.Number(user_inputs++);
    numbers.value = numbers.layout = table.Of(out.Key());
  }
}

// Strides of a stored constant, and what else as_strided could reach in its storage.
ValueNumber Numbering::LayoutAsStored(ir::ValueId value, const ir::Constant& stored) {
  if (memory_orders_[value.index] == MemoryOrder::kPlain) return table_->OfPlainTensor();
  KeyWriter out;
  const ir::Storage& storage = view_->program().storages[stored.storage];
  out.Text("stored");
  out.Number(static_cast<std::uint64_t>(stored.offset));
  for (const std::int64_t stride : stored.strides) out.Number(static_cast<std::uint64_t>(stride));
  const auto size = static_cast<std::int64_t>(storage.size());
  out.Number(table_->OfConstant(ir::ScalarType::kUInt8, {size}, storage));
  return table_->Of(out.Key());
}

// The layout of what `node` writes into, a tensor that was made as `like`. It is what the node
// reads there: behind a pair of frontiers that may count as another one.
ValueNumber Numbering::LayoutWritten(const ir::Node& node, ir::ValueId like) const {
  for (std::uint32_t a = 0; a < node.arguments.size(); ++a) {
    const auto* value = std::get_if<ir::ValueId>(&node.arguments[a].value);
    if (value == nullptr) continue;
    const ir::ValueId read = view_->Read(node.id, *value);
    if (view_->program().LiesLike(read) == like) return At({node.id.index, a, 0}, read).layout;
  }
  return numbers_[like.index].layout;
}

// The layout of the operand that decides alone how the result of `node` lies. That is batch_norm's
// input and the first operand of arithmetic, where it has a memory format, the shape of the result,
// and no dimension but the first of one element: TensorIterator sorts the dimensions by the strides
// of the first operand, and those have no ties then (tests/torch/strides.py).
std::optional<ValueNumber> Numbering::FormatKept(const ir::Node& node) const {
  std::optional<ir::ValueId> operand;
  if (const auto* norm = std::get_if<ir::BatchNorm>(&node.op); norm && !norm->training) {
    operand = norm->input;
  } else if (const auto* op = std::get_if<ir::Binary>(&node.op)) {
    if (const auto* self = std::get_if<ir::ValueId>(&op->self)) operand = *self;
  }
  if (!operand || node.outputs.empty()) return std::nullopt;
  const ir::Graph& graph = view_->program().graph;
  const auto& type = graph.value(node.outputs[0]).type;
  const auto& from = graph.value(view_->Read(node.id, *operand)).type;
  if (!type || !from || type->dims != from->dims || type->dims.empty()) return std::nullopt;
  const ir::Dim& batch = type->dims.front();
  if (batch.is_static() && batch.size == 0) return std::nullopt;
  for (const ir::Dim& dim : std::span(type->dims).subspan(1)) {
    if (!dim.is_static() || dim.size < 2) return std::nullopt;
  }
  const ValueNumber layout = ReadAt(node, *operand).layout;
  return table_->IsOfFormat(layout) ? std::optional(layout) : std::nullopt;
}

// How a result of `node` lies: as the tensor did that a write was into, as a new tensor, as follows
// from how an operand lies, or else as whatever the same call on equal operands gives.
ValueNumber Numbering::LayoutBehind(const ir::Node& node, ir::ValueId made) {
  const ir::ValueId like = view_->program().LiesLike(made);
  if (like != made) return LayoutWritten(node, like);
  if (memory_orders_[made.index] == MemoryOrder::kPlain) return table_->OfPlainTensor();
  KeyWriter out;
  if (const auto conv = ConvolutionOf(node.op)) {
    out.Text("conv");
    out.Number(conv->spatial());
    out.Number(conv->transposed);
    out.Number(ReadAt(node, conv->input).layout);
    out.Number(ReadAt(node, conv->weight).layout);
    const auto& type = view_->program().graph.value(made).type;
    const bool has_batch = type && type->rank() == conv->spatial() + 2;
    return has_batch ? table_->OfFormat(out.Key()) : table_->OfNewTensor(out.Key());
  }
  if (made == node.outputs[0]) {
    if (const auto kept = FormatKept(node)) return *kept;
  }
  if (const auto operand = ElementwiseOperand(node)) {
    const ValueNumber read = ReadAt(node, *operand).layout;
    if (table_->IsOfNewTensor(read)) return read;  // dense strides are kept
    out.Text("elementwise");
    out.Number(read);
    return table_->OfNewTensor(out.Key());
  }
  out.Text("layout");
  out.Number(
      static_cast<std::uint64_t>(std::ranges::find(node.outputs, made) - node.outputs.begin()));
  WriteKey(node, Reads::kLayouts, out);
  return table_->Of(out.Key());
}

// What earlier calls left in a buffer: the same in both programs where it has the same name and
// begins with the same content, and every call leaves the same in both.
ValueNumber Numbering::StateNumber(const std::string& name) {
  const ir::Program& program = view_->program();
  const ir::Constant& stored = program.constants.at(name);
  KeyWriter out;
  out.Text("state");
  out.Text(name);
  out.Number(table_->OfPassing(stored.type.dtype, stored.type.sizes(), {program.BytesOf(stored)}));
  return table_->Of(out.Key());
}

bool Numbering::NumberConstant(ir::ValueId value) {
  const ir::Program& program = view_->program();
  ValueNumber& number = numbers_[value.index].value;
  if (const ir::Constant* stored = program.ConstantOf(value)) {
    const std::vector<std::int64_t> sizes = stored->type.sizes();
    const auto view = ir::ContiguousView(*stored, program.storages[stored->storage]);
    number = view ? table_->OfConstant(stored->type.dtype, sizes, *view)
                  : table_->OfPassing(stored->type.dtype, sizes, {program.BytesOf(*stored)});
    return true;
  }
  const auto computed = constants_->Find(value);
  if (computed == nullptr) return false;
  const exec::Tensor& tensor = computed->value;
  if (computed->roots.empty()) {
    number = table_->OfPassing(tensor.dtype, tensor.sizes, {tensor.bytes});
    return true;
  }
  // Another PyTorch may compute other bits: equal to what is computed alike from the same roots
  // alone. Where an element has several of them, the operators tell it apart.
  if (computed->roots.Has(kSeveralRoots)) return false;
  number = table_->OfPassing(tensor.dtype, tensor.sizes,
                             {tensor.bytes, computed->lower, computed->upper,
                              std::as_bytes(std::span(computed->roots.runs()))});
  return true;
}

ValueNumbers Numbering::At(Edge edge, ir::ValueId value) const {
  const auto found = overrides_.find(edge);
  return found == overrides_.end() ? numbers_[value.index] : found->second;
}

ValueNumbers Numbering::ReadAt(const ir::Node& node, ir::ValueId operand) const {
  for (std::uint32_t a = 0; a < node.arguments.size(); ++a) {
    const auto* value = std::get_if<ir::ValueId>(&node.arguments[a].value);
    if (value != nullptr && *value == operand)
      return At({node.id.index, a, 0}, view_->Read(node.id, operand));
  }
  return numbers_[view_->Read(node.id, operand).index];
}

ValueNumbers Numbering::AsRead(const ir::Node& node, Edge edge, ir::ValueId value) const {
  ValueNumbers out = At(edge, value);
  if (!IsWidened(*view_, node, value)) return out;
  if (const auto wide = WidenedHalf(view_->program(), value)) {
    const exec::Tensor& tensor = wide->value;
    out.value = table_->OfPassing(tensor.dtype, tensor.sizes, {tensor.bytes});
  }
  return out;
}

std::string Numbering::Attributes(const ir::Node& node) {
  KeyWriter out;
  out.Text(node.target);
  if (const auto* conv = std::get_if<ir::Convolution>(&node.op)) {
    for (const auto* sizes :
         {&conv->stride, &conv->padding, &conv->dilation, &conv->output_padding}) {
      out.Number(sizes->size());
      for (const std::int64_t size : *sizes) out.Number(static_cast<std::uint64_t>(size));
    }
    out.Number(static_cast<std::uint64_t>(conv->groups));
    out.Number(conv->transposed);  // aten.convolution may be either
    out.Number(static_cast<std::uint64_t>(conv->padding_mode));
    return out.Take();
  }
  // Of a linear they are none: whether it has a bias is its own site's matter, as a conv's.
  if (std::holds_alternative<ir::Linear>(node.op)) return out.Take();
  for (const ir::Argument& argument : node.arguments) {
    out.Text(argument.name);
    WriteArgument(out, argument.value, [](ir::ValueId) {});
  }
  return out.Take();
}

void Numbering::WriteKey(const ir::Node& node, Reads reads, KeyWriter& out) const {
  out.Text(reads == Reads::kValues ? "node"
                                   : "laid node");  // no target, which a file chooses, is taken for
                                                    // "input", "site" or "result"
  out.Text(node.target);
  // Of an operator whose schema is not known here, what is given by its place need not be what its
  // name says.
  const bool places_count = std::holds_alternative<ir::Opaque>(node.op);
  for (std::uint32_t a = 0; a < node.arguments.size(); ++a) {
    out.Text(node.arguments[a].name);
    if (places_count) out.Number(node.arguments[a].keyword);
    std::uint32_t element = 0;
    WriteArgument(out, node.arguments[a].value, [&](ir::ValueId value) {
      const ValueNumbers read =
          AsRead(node, {node.id.index, a, element++}, view_->Read(node.id, value));
      out.Number(read.value);
      if (reads == Reads::kLayouts) out.Number(read.layout);
    });
  }
}

std::string Numbering::KeyOf(const ir::ArgumentValue& argument) const {
  KeyWriter out;
  WriteArgument(out, argument, [&](ir::ValueId value) { out.Number(Of(value)); });
  return out.Take();
}

std::string Numbering::SiteKey(const ir::Node& node, const ConvSide& side) {
  KeyWriter out;
  out.Text("site");
  out.Text(Attributes(node));
  const auto input =
      std::find_if(node.arguments.begin(), node.arguments.end(), [&](const ir::Argument& a) {
        const auto* value = std::get_if<ir::ValueId>(&a.value);
        return value != nullptr && *value == side.op.input;
      });
  FP_CHECK(input != node.arguments.end());
  const auto argument = static_cast<std::uint32_t>(input - node.arguments.begin());
  out.Number(At({node.id.index, argument, 0}, view_->Read(node.id, side.op.input)).value);
  // Behind a pair of frontiers equal numbers may be multiples of another scale.
  out.Real(static_cast<double>(static_cast<float>(side.input_params.scale)));
  out.Number(Of(side.weight_codes));
  out.Number(static_cast<std::uint64_t>(side.weights.difference));
  out.Number(side.op.transposed);  // of a matrix product, whose codes may lie either way
  out.Number(side.weight_scales.size());
  for (const double scale : side.weight_scales) out.Real(scale);
  for (const std::int64_t zero_point : side.weight_zero_points) {
    out.Number(static_cast<std::uint64_t>(zero_point));
  }
  return out.Take();
}

void Numbering::Visit(const ir::Node& node) {
  if (node.outputs.empty()) return;
  if (ir::OutcomeOf(node) != ir::Outcome::kFunction) {
    for (const ir::ValueId made : node.outputs) {
      const ValueNumber unlike = table_->Unlike();
      numbers_[made.index] = {unlike, unlike};
    }
    return;
  }
  ValueNumbers& first = numbers_[node.outputs[0].index];
  if (const auto* get = std::get_if<ir::GetAttr>(&node.op)) {
    if (!NumberConstant(node.outputs[0])) first.value = StateNumber(get->attribute);
    first.layout = LayoutAsStored(node.outputs[0], view_->program().constants.at(get->attribute));
    return;
  }
  // A dequantized constant is told apart by its codes and parameters; its floats are never needed.
  const bool dequantize = std::holds_alternative<ir::DequantizePerTensor>(node.op) ||
                          std::holds_alternative<ir::DequantizePerChannel>(node.op);
  const bool constant = !dequantize && node.outputs.size() == 1 && NumberConstant(node.outputs[0]);
  if (!constant) {
    const bool follows = FollowsStrides(view_->program().graph, node);
    KeyWriter key;
    WriteKey(node, follows ? Reads::kLayouts : Reads::kValues, key);
    for (std::uint32_t i = 1; i < node.outputs.size(); ++i) {
      KeyWriter out;
      out.Text("result");
      out.Number(i);
      out.Text(key.Key());
      numbers_[node.outputs[i].index].value = table_->Of(out.Key());
    }
    first.value = table_->Of(key.Key());
  }
  for (const ir::ValueId made : node.outputs) {
    numbers_[made.index].layout = LayoutBehind(node, made);
  }
}

}  // namespace foldproof::prove
