// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/constant_values.h"

#include <algorithm>
#include <utility>

#include "harness/prove/constants/constant_node.h"
#include "harness/prove/constants/element_type.h"
#include "harness/prove/constants/tensor_numbers.h"
#include "harness/prove/constants/widened_half.h"
#include "src/ir/functional/effect.h"

namespace foldproof::prove {
namespace {

// What is computed again where it is asked for again: values of this size, beyond so many of them.
constexpr std::size_t kLarge = 1 << 16;
constexpr std::size_t kMostKept = 1 << 23;

// Thrown where an operand, or one of its own, is not evaluated; `why` names the one where it began.
struct OperandAtFault {
  std::string why;
};

// A result must have the shape that the program declares: reshape takes its own from there. A stale
// element type is left alone (a pass turned a bias into int32 and not what reads it): PyTorch
// computes with what is there, and so does this.
void CheckDeclaredShape(const ir::TensorType& type, const exec::Tensor& computed) {
  bool same = type.rank() == computed.sizes.size();
  for (std::size_t k = 0; same && k < type.rank(); ++k) {
    same = !type.dims[k].is_static() || type.dims[k].size == computed.sizes[k];
  }
  if (same) return;
  throw NotEvaluated{"it is declared " + type.ToString() + ", but its operands make " +
                     ir::MakeTensorType(computed.dtype, computed.sizes).ToString()};
}

}  // namespace

ConstantValues::ConstantValues(const ir::Program& program)
    : program_(&program), memory_orders_(FindMemoryOrders(program)) {
  const ir::Graph& graph = program.graph;
  constant_.assign(graph.values().size(), 0);
  entries_.resize(graph.values().size());
  for (const ir::InputSpec& input : program.inputs) {
    const bool stored = input.kind != ir::InputSpec::Kind::kUserInput;
    if (stored && program.ConstantOf(input.value) != nullptr) constant_[input.value.index] = 1;
  }
  for (const ir::Node& node : graph.nodes()) {
    for (const ir::ValueId made : node.outputs) {
      constant_[made.index] = 1;
      // A constant that the program updates is none; nor is what is drawn or not known.
      if (std::holds_alternative<ir::GetAttr>(node.op) && program.ConstantOf(made) == nullptr)
        constant_[made.index] = 0;
      if (ir::OutcomeOf(node) != ir::Outcome::kFunction) constant_[made.index] = 0;
      for (const ir::ValueId operand : OperandsOf(made)) {
        if (constant_[operand.index] == 0) constant_[made.index] = 0;
      }
    }
  }
}

// What a value is computed from. A fill takes nothing but the shape of its operand.
std::vector<ir::ValueId> ConstantValues::OperandsOf(ir::ValueId value) const {
  std::vector<ir::ValueId> out;
  const ir::Node* node = program_->graph.ProducerOf(value);
  if (node == nullptr || std::holds_alternative<ir::Fill>(node->op)) return out;
  for (const ir::Argument& argument : node->arguments) {
    ir::ForEachRead(argument.value, [&](ir::ValueId read) { out.push_back(read); });
  }
  return out;
}

ConstantValue ConstantValues::Stored(const ir::Constant& constant) const {
  const ir::TensorType& type = constant.type;
  BoundedCount(type.sizes());
  if (!IsComputed(type.dtype)) {
    throw NotEvaluated{std::string(ir::Name(type.dtype)) + " is not computed"};
  }
  return {{type.dtype, type.sizes(), program_->BytesOf(constant)}};
}

ConstantValue ConstantValues::Compute(ir::ValueId value) const {
  const ir::Value& made = program_->graph.value(value);
  if (const ir::Constant* constant = program_->ConstantOf(value)) return Stored(*constant);
  const ir::Node* node = program_->graph.ProducerOf(value);
  FP_CHECK(node != nullptr);
  if (made.output != 0 || !made.type) {
    throw NotEvaluated{node->target + " is not evaluated here"};
  }
  const auto name = [&](ir::ValueId operand) { return program_->graph.value(operand).name; };
  const auto find = [&](ir::ValueId operand) -> const ConstantValue& {
    const Entry& entry = entries_[operand.index];
    if (entry.value) return *entry.value;
    throw OperandAtFault{entry.names_operand ? entry.why_not
                                             : name(operand) + ": " + entry.why_not};
  };
  if (const auto* cast = std::get_if<ir::Cast>(&node->op);
      cast != nullptr && cast->dtype == ir::ScalarType::kFloat32) {
    if (auto wide = WidenedHalf(*program_, cast->input)) return *std::move(wide);
  }
  ir::TensorType type = *made.type;
  if (std::holds_alternative<ir::Fill>(node->op)) {
    const auto dtype = ElementTypeOf(*program_, value);
    if (!dtype) throw NotEvaluated{"of which type its elements are is not known"};
    type.dtype = *dtype;
  }
  const auto* unary = std::get_if<ir::Unary>(&node->op);
  const MemoryOrder order =
      unary != nullptr ? memory_orders_[unary->input.index] : MemoryOrder::kUnknown;
  ConstantValue out = EvaluateNode(*node, type, order, find);
  CheckDeclaredShape(*made.type, out.value);
  const auto count = static_cast<std::size_t>(out.value.count());
  FP_CHECK(out.own_ideal.empty() || out.own_ideal.size() == count);
  return out;
}

void ConstantValues::Evaluate(ir::ValueId value) const {
  Entry& entry = entries_[value.index];
  try {
    entry.value = std::make_shared<const ConstantValue>(Compute(value));
    entry.state = State::kValue;
    const std::size_t size = entry.value->size_in_bytes();
    if (size < kLarge) return;
    large_.push_back(value);
    large_bytes_ += size;
    return;
  } catch (const NotEvaluated& none) {
    entry.why_not = none.why;
  } catch (const OperandAtFault& operand) {
    entry.why_not = operand.why;
    entry.names_operand = true;
  }
  entry.state = State::kNone;
}

// What has to be evaluated for `value`, operands first: on a stack of our own, as a chain of nodes
// may be as long as the file likes. Notes what is there and is read then.
std::vector<ir::ValueId> ConstantValues::Missing(ir::ValueId value) const {
  std::vector<ir::ValueId> order, open{value};
  while (!open.empty()) {
    const ir::ValueId next = open.back();
    Entry& entry = entries_[next.index];
    const bool has = entry.state == State::kNone || entry.value != nullptr;
    if (has || entry.walked == call_) {
      if (!has && !entry.ordered) order.push_back(next);
      entry.ordered = true;
      entry.read = call_;
      open.pop_back();
      continue;
    }
    entry.walked = call_;
    entry.ordered = false;
    for (const ir::ValueId operand : OperandsOf(next)) {
      if (entries_[operand.index].walked != call_) open.push_back(operand);
    }
  }
  return order;
}

// Large values that the call under way does not read are gone, the oldest first, until no more than
// `most` bytes are left.
void ConstantValues::Release(std::size_t most) const {
  std::erase_if(large_, [&](ir::ValueId value) {
    Entry& entry = entries_[value.index];
    if (large_bytes_ <= most || entry.read == call_) return false;
    large_bytes_ -= entry.value->size_in_bytes();
    entry.value.reset();
    return true;
  });
}

const ConstantValues::Entry& ConstantValues::Evaluated(ir::ValueId value) const {
  const Entry& entry = entries_[value.index];
  if (entry.state == State::kNone || entry.value != nullptr) return entry;
  ++call_;
  const std::vector<ir::ValueId> missing = Missing(value);
  Release(kMostKept);
  for (const ir::ValueId each : missing) Evaluate(each);
  return entry;
}

std::shared_ptr<const ConstantValue> ConstantValues::Find(ir::ValueId value) const {
  return IsConstant(value) ? Evaluated(value).value : nullptr;
}

void ConstantValues::Forget() const {
  ++call_;
  Release(0);
}

bool ConstantValues::Has(ir::ValueId value) const {
  if (!IsConstant(value)) return false;
  return entries_[value.index].state == State::kValue || Evaluated(value).value != nullptr;
}

std::string ConstantValues::WhyNot(ir::ValueId value) const {
  if (!IsConstant(value) || entries_[value.index].state == State::kValue) return {};
  return Evaluated(value).why_not;
}

bool ConstantValues::IsConstant(ir::ValueId value) const {
  FP_CHECK(value.index < constant_.size());
  return constant_[value.index] != 0;
}

}  // namespace foldproof::prove
