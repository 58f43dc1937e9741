// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/node_reader.h"

#include "harness/prove/constants/widened_half.h"

namespace foldproof::prove {

void TailScope::Add(TailRegister reg) {
  of_[reg.value] = static_cast<std::uint32_t>(registers_.size());
  registers_.push_back(std::move(reg));
}

std::optional<std::uint32_t> TailScope::RegisterOf(ir::ValueId value) const {
  const auto found = of_.find(value);
  return found == of_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> TailScope::RegisterOf(const ir::Node& node,
                                                   ir::ValueId operand) const {
  return RegisterOf(view_.Read(node.id, operand));
}

bool TailScope::Reads(const ir::Node& node) const {
  bool reads = false;
  for (const ir::Argument& argument : node.arguments) {
    ir::ForEachRead(argument.value,
                    [&](ir::ValueId v) { reads |= RegisterOf(node, v).has_value(); });
  }
  return reads;
}

bool TailScope::HasType(ir::ValueId value, ir::ScalarType dtype) const {
  const auto& type = graph().value(value).type;
  return type.has_value() && type->dtype == dtype;
}

std::optional<std::uint32_t> NodeReader::Input(ir::ValueId operand) {
  const auto reg = scope_.RegisterOf(node_, operand);
  if (!reg) return std::nullopt;
  result.placement = scope_[*reg].placement;
  return reg;
}

// A bool counts as 0 or 1 beside floats.
bool NodeReader::IsNumber(std::uint32_t reg) const {
  return HasType(reg, ir::ScalarType::kFloat32) || HasType(reg, ir::ScalarType::kBool);
}

// Whether `self`, if it is a register of bools or a half constant, becomes float32 beside `other`.
// Of bools and a float64 tensor without dimensions PyTorch makes float64, and of a half type that;
// a number leaves a half type as it is.
bool NodeReader::IsPromoted(const ir::Operand& self, const ir::Operand& other) const {
  const auto* value = std::get_if<ir::ValueId>(&self);
  if (value == nullptr) return true;
  const auto* beside = std::get_if<ir::ValueId>(&other);
  const auto other_reg = beside != nullptr ? scope_.RegisterOf(node_, *beside) : std::nullopt;
  if (const auto reg = scope_.RegisterOf(node_, *value)) {
    if (!HasType(*reg, ir::ScalarType::kBool) || beside == nullptr || other_reg) return true;
    const auto constant = scope_.constants().Find(scope_.view().Read(node_.id, *beside));
    return constant != nullptr && constant->value.dtype == ir::ScalarType::kFloat32;
  }
  if (!WidenedHalf(scope_.view().program(), scope_.view().Read(node_.id, *value))) return true;
  return other_reg && HasType(*other_reg, ir::ScalarType::kFloat32);
}

bool NodeReader::IsRestrided() const {
  const ir::ArgumentValue* found = node_.Find("memory_format");
  const auto* format = found != nullptr ? std::get_if<ir::MemoryFormat>(found) : nullptr;
  return format != nullptr && (format->code == 2 || format->code == 3);
}

std::optional<TailOperand> NodeReader::OperandOf(const ir::Operand& operand,
                                                 const ir::TensorType& shape) {
  const Placement& placement = result.placement;
  if (const auto* value = std::get_if<ir::ValueId>(&operand)) {
    if (const auto reg = scope_.RegisterOf(node_, *value)) {
      const TailRegister& read = scope_[*reg];
      const bool fits = read.placement.moves == placement.moves &&
                        read.placement.channel_axis == placement.channel_axis && IsNumber(*reg) &&
                        TypeOf(read.value)->dims == shape.dims;
      return fits ? std::optional(TailOperand(*reg)) : std::nullopt;
    }
    // A register's dimensions are those of the result, so a half constant beside it is widened.
    const ir::ValueId read = scope_.view().Read(node_.id, *value);
    const auto wide = WidenedHalf(scope_.view().program(), read);
    const auto constant = scope_.constants().Find(read);
    return BroadcastConstant(wide ? &*wide : constant.get(), shape, placement.channel_axis,
                             scope_.channels());
  }
  const double number = std::holds_alternative<double>(operand)
                            ? std::get<double>(operand)
                            : static_cast<double>(std::get<std::int64_t>(operand));
  return ChannelConstant{{static_cast<float>(number)}, {number}};
}

std::optional<std::pair<TailOperand, TailOperand>> NodeReader::Operands(
    const ir::Operand& self, const ir::Operand& other, ir::ScalarType dtype,
    std::optional<std::uint32_t> reg) {
  const auto& type = TypeOf(result.value);
  if (!type || type->dtype != dtype) return std::nullopt;
  // The register that sets the shape: whichever operand is one.
  for (const ir::Operand* operand : {&self, &other}) {
    const auto* value = std::get_if<ir::ValueId>(operand);
    if (value != nullptr && !reg) reg = scope_.RegisterOf(node_, *value);
  }
  if (!reg || TypeOf(scope_[*reg].value)->dims != type->dims) return std::nullopt;
  result.placement = scope_[*reg].placement;
  auto left = OperandOf(self, *type);
  if (!left) return std::nullopt;
  auto right = OperandOf(other, *type);
  if (!right || !IsPromoted(self, other) || !IsPromoted(other, self)) return std::nullopt;
  return std::pair(*std::move(left), *std::move(right));
}

}  // namespace foldproof::prove
