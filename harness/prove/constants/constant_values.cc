// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/constant_values.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string_view>

#include "harness/prove/constants/constant_quantization.h"
#include "harness/prove/constants/element_moves.h"
#include "harness/prove/constants/element_type.h"
#include "harness/prove/constants/elementwise.h"
#include "harness/prove/constants/tensor_numbers.h"
#include "src/ir/functional/effect.h"

namespace foldproof::prove {
namespace {

using Sizes = std::vector<std::int64_t>;

// Thrown where an operand, or one of its own, is not evaluated; `why` names the one where it began.
struct OperandAtFault {
  std::string why;
};

// Evaluates one node from its operands, which `find` gives.
class NodeEvaluator {
 public:
  using Find = ConstantValues::FindConstant;

  NodeEvaluator(const ir::Node& node, const ir::TensorType& type, Find find)
      : node_(node), type_(type), find_(std::move(find)) {}

  ConstantValue Evaluate() const {
    return std::visit([&](const auto& op) { return Of(op); }, node_.op);
  }

 private:
  [[noreturn]] ConstantValue NotHere() const {
    throw NotEvaluated{node_.target + " is not evaluated here"};
  }

  ConstantOperand Operand(const ir::Operand& operand) const {
    if (const auto* value = std::get_if<ir::ValueId>(&operand)) return &find_(*value);
    if (const auto* integer = std::get_if<std::int64_t>(&operand)) return *integer;
    return std::get<double>(operand);
  }

  bool HasRealBounds() const {
    return std::ranges::any_of(node_.arguments, [](const ir::Argument& argument) {
      return std::holds_alternative<double>(argument.value);
    });
  }

  ChannelScales Channels(const ir::ChannelQuantParams& params) const {
    const ConstantValue* zero_points = params.zero_points ? &find_(*params.zero_points) : nullptr;
    return {&find_(params.scales), zero_points, params.axis};
  }

  ConstantValue Of(const ir::Opaque&) const {
    if (auto moved = EvaluateMove(node_, find_)) return std::move(*moved);
    NotHere();
  }
  ConstantValue Of(const ir::GetAttr&) const { NotHere(); }
  ConstantValue Of(const ir::Convolution&) const { NotHere(); }
  ConstantValue Of(const ir::BatchNorm&) const { NotHere(); }
  ConstantValue Of(const ir::Pad&) const { NotHere(); }
  ConstantValue Of(const ir::Linear&) const { NotHere(); }
  ConstantValue Of(const ir::Compare&) const { NotHere(); }
  ConstantValue Of(const ir::Where&) const { NotHere(); }
  ConstantValue Of(const ir::Prelu&) const { NotHere(); }
  ConstantValue Of(const ir::QuantizePerTensor& op) const {
    return EvaluateQuantize(op.params, find_(op.input));
  }
  ConstantValue Of(const ir::DequantizePerTensor& op) const {
    return EvaluateDequantize(op.params, find_(op.input));
  }
  ConstantValue Of(const ir::QuantizePerChannel& op) const {
    return EvaluateQuantizePerChannel(op.params, Channels(op.params), find_(op.input));
  }
  ConstantValue Of(const ir::DequantizePerChannel& op) const {
    return EvaluateDequantizePerChannel(op.params, Channels(op.params), find_(op.input));
  }
  ConstantValue Of(const ir::Binary& op) const {
    return EvaluateBinary(op, Operand(op.self), Operand(op.other));
  }
  ConstantValue Of(const ir::Unary& op) const { return EvaluateUnary(op, find_(op.input)); }
  ConstantValue Of(const ir::Clamp& op) const {
    const ConstantValue& input = find_(op.input);
    if (!ir::IsFloat(input.value.dtype) && HasRealBounds())
      throw NotEvaluated{"real bounds on integers are not evaluated here"};
    return EvaluateClamp(op, input);
  }
  ConstantValue Of(const ir::Copy& op) const { return find_(op.input); }
  ConstantValue Of(const ir::Cast& op) const { return EvaluateCast(find_(op.input), op.dtype); }
  ConstantValue Of(const ir::Reshape& op) const;
  ConstantValue Of(const ir::Permute& op) const;
  ConstantValue Of(const ir::Fill& op) const;

  const ir::Node& node_;
  const ir::TensorType& type_;  // of the node's first result
  Find find_;
};

ConstantValue NodeEvaluator::Of(const ir::Reshape& op) const {
  if (!type_.is_static()) throw NotEvaluated{"its shape is symbolic"};
  const ConstantValue& input = find_(op.input);
  if (BoundedCount(type_.sizes()) != input.value.count()) {
    throw NotEvaluated{"its declared shape has another number of elements than its operand"};
  }
  return {{input.value.dtype, type_.sizes(), input.value.bytes}, input.ideal, input.roots};
}

ConstantValue NodeEvaluator::Of(const ir::Permute& op) const {
  const ConstantValue& input = find_(op.input);
  const Sizes& from = input.value.sizes;
  if (op.dims.size() != from.size())
    throw NotEvaluated{"its operand has another rank than declared"};
  Sizes strides(from.size(), 1);
  for (std::size_t k = from.size(); k-- > 1;) strides[k - 1] = strides[k] * from[k];
  Sizes steps;
  ConstantValue out{{input.value.dtype, {}, {}}, {}};
  for (const std::int64_t dim : op.dims) {
    steps.push_back(strides[static_cast<std::size_t>(dim)]);
    out.value.sizes.push_back(from[static_cast<std::size_t>(dim)]);
  }
  const std::size_t width = ir::ElementSize(input.value.dtype);
  Sizes at(from.size(), 0);
  std::int64_t source = 0;
  for (std::size_t i = 0; i < input.ideal.size(); ++i) {
    const auto begin = input.value.bytes.begin() + source * static_cast<std::int64_t>(width);
    out.value.bytes.insert(out.value.bytes.end(), begin, begin + static_cast<std::int64_t>(width));
    out.ideal.push_back(input.ideal[static_cast<std::size_t>(source)]);
    if (!input.roots.empty()) out.roots.push_back(input.roots[static_cast<std::size_t>(source)]);
    for (std::size_t k = at.size(); k-- > 0;) {
      source += steps[k];
      if (++at[k] < out.value.sizes[k]) break;
      source -= steps[k] * at[k];
      at[k] = 0;
    }
  }
  return out;
}

ConstantValue NodeEvaluator::Of(const ir::Fill& op) const {
  if (!type_.is_static()) throw NotEvaluated{"its shape is symbolic"};
  if (!IsComputed(type_.dtype)) {
    throw NotEvaluated{std::string(ir::Name(type_.dtype)) + " is not computed"};
  }
  const bool fits = std::trunc(op.value) == op.value && std::abs(op.value) < 0x1p53 &&
                    (!ir::IsInteger(type_.dtype) ||
                     (static_cast<double>(ir::LowestOf(type_.dtype)) <= op.value &&
                      op.value <= static_cast<double>(ir::HighestOf(type_.dtype))));
  if (!ir::IsFloat(type_.dtype) && !fits) {
    throw NotEvaluated{"its number is none of " + std::string(ir::Name(type_.dtype))};
  }
  const auto count = static_cast<std::size_t>(BoundedCount(type_.sizes()));
  const std::vector<double> numbers(count, op.value);
  ConstantValue out{TensorOf(type_.dtype, type_.sizes(), numbers), numbers};
  if (!ir::IsFloat(type_.dtype)) out.ideal = NumbersOf<double>(out.value);
  return out;
}

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

namespace {

// As `value` would be with every root a step lower or higher.
ConstantValue WithBytes(const ConstantValue& value, const std::vector<std::byte>& bytes) {
  ConstantValue out{value.value, value.ideal};
  if (!bytes.empty()) out.value.bytes = bytes;
  return out;
}

bool IsRoot(const ir::Node& node) {
  const auto* unary = std::get_if<ir::Unary>(&node.op);
  return unary != nullptr && unary->kind == ir::Unary::Kind::kSqrt;
}

// One float32 step from what IEEE's square root is; those of 0, Inf and NaN are the same
// everywhere.
std::vector<std::byte> RootsOneStepOff(const exec::Tensor& roots, float towards) {
  std::vector<float> numbers = roots.Elements<float>();
  for (float& x : numbers) {
    if (std::isfinite(x) && x > 0) x = std::nextafter(x, towards);
  }
  return TensorOf(roots.dtype, roots.sizes, numbers).bytes;
}

// A root is told by the tensor whose roots are taken and by its place in it: where both are the
// same, one PyTorch gives one number.
std::vector<RootId> IdsOf(const exec::Tensor& operand) {
  const std::string_view content(reinterpret_cast<const char*>(operand.bytes.data()),
                                 operand.bytes.size());
  std::uint64_t id = std::hash<std::string_view>{}(content) ^ operand.sizes.size();
  std::vector<RootId> out;
  for (std::int64_t i = 0; i < operand.count(); ++i) {
    id = id * 0x5851f42d4c957f2d + 0x14057b7ef767814f;
    out.push_back(id | 2);  // neither kNoRoot nor kSeveralRoots
  }
  return out;
}

}  // namespace

// The same node with every root among its operands, or its own, a step lower and a step higher.
void ConstantValues::FollowRoots(const ir::Node& node, const FindConstant& find,
                                 ConstantValue& out) const {
  const auto stepped = [&](bool up) {
    std::map<ir::ValueId, ConstantValue> operands;
    const auto find_stepped = [&](ir::ValueId operand) -> const ConstantValue& {
      const ConstantValue& value = find(operand);
      if (value.roots.empty()) return value;
      return operands.try_emplace(operand, WithBytes(value, up ? value.upper : value.lower))
          .first->second;
    };
    const ir::TensorType& type = *program_->graph.value(node.outputs[0]).type;
    const exec::Tensor tensor = NodeEvaluator(node, type, find_stepped).Evaluate().value;
    if (!IsRoot(node)) return tensor.bytes;
    const float infinity = std::numeric_limits<float>::infinity();
    return RootsOneStepOff(tensor, up ? infinity : -infinity);
  };
  if (IsRoot(node)) {
    const ir::ValueId input = std::get<ir::Unary>(node.op).input;
    // A kernel for rows rounds one root in another way than the kernel for what is left.
    if (memory_orders_[input.index] == MemoryOrder::kUnknown)
      throw NotEvaluated{"how its square roots are rounded depends on its operand's strides"};
    const ConstantValue& operand = find(input);
    if (operand.roots.empty())
      out.roots = IdsOf(operand.value);
    else
      out.roots.assign(out.ideal.size(), kSeveralRoots);
  }
  if (out.roots.empty()) return;
  out.lower = stepped(false);
  out.upper = stepped(true);
  const bool several = std::ranges::find(out.roots, kSeveralRoots) != out.roots.end();
  // Codes that no step changes: quantizing is monotone, so that all is said.
  if (!several && out.lower == out.value.bytes && out.upper == out.value.bytes) {
    out.roots.clear();
    out.lower.clear();
    out.upper.clear();
  }
}

ConstantValue ConstantValues::Stored(const ir::Constant& constant) const {
  const ir::TensorType& type = constant.type;
  BoundedCount(type.sizes());
  if (!IsComputed(type.dtype)) {
    throw NotEvaluated{std::string(ir::Name(type.dtype)) + " is not computed"};
  }
  ConstantValue out{{type.dtype, type.sizes(), program_->BytesOf(constant)}, {}};
  out.ideal = NumbersOf<double>(out.value);
  return out;
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
    const Entry& entry = *entries_[operand.index];
    if (entry.value) return *entry.value;
    throw OperandAtFault{entry.names_operand ? entry.why_not
                                             : name(operand) + ": " + entry.why_not};
  };
  ir::TensorType type = *made.type;
  if (std::holds_alternative<ir::Fill>(node->op)) {
    const auto dtype = ElementTypeOf(*program_, value);
    if (!dtype) throw NotEvaluated{"of which type its elements are is not known"};
    type.dtype = *dtype;
  }
  ConstantValue out = NodeEvaluator(*node, type, find).Evaluate();
  FollowRoots(*node, find, out);
  CheckDeclaredShape(*made.type, out.value);
  FP_CHECK(static_cast<std::int64_t>(out.ideal.size()) == out.value.count());
  return out;
}

ConstantValues::Entry ConstantValues::Evaluate(ir::ValueId value) const {
  try {
    return {Compute(value), {}};
  } catch (const NotEvaluated& none) {
    return {std::nullopt, none.why};
  } catch (const OperandAtFault& operand) {
    return {std::nullopt, operand.why, true};
  }
}

// Operands first, on a stack of our own: a chain of nodes may be as long as the file likes.
const ConstantValues::Entry& ConstantValues::Evaluated(ir::ValueId value) const {
  std::vector<ir::ValueId> open{value};
  while (!open.empty()) {
    const ir::ValueId next = open.back();
    const std::size_t before = open.size();
    if (entries_[next.index] == nullptr) {
      for (const ir::ValueId operand : OperandsOf(next)) {
        if (entries_[operand.index] == nullptr) open.push_back(operand);
      }
      if (open.size() > before) continue;
      entries_[next.index] = std::make_unique<Entry>(Evaluate(next));
    }
    open.pop_back();
  }
  return *entries_[value.index];
}

const ConstantValue* ConstantValues::Find(ir::ValueId value) const {
  FP_CHECK(value.index < constant_.size());
  if (constant_[value.index] == 0) return nullptr;
  const Entry& entry = Evaluated(value);
  return entry.value ? &*entry.value : nullptr;
}

std::string ConstantValues::WhyNot(ir::ValueId value) const {
  FP_CHECK(value.index < constant_.size());
  return constant_[value.index] == 0 ? std::string() : Evaluated(value).why_not;
}

}  // namespace foldproof::prove
