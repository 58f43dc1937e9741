// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/constant_node.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "harness/prove/constants/constant_quantization.h"
#include "harness/prove/constants/element_moves.h"
#include "harness/prove/constants/elementwise.h"
#include "harness/prove/constants/tensor_numbers.h"

namespace foldproof::prove {
namespace {

using Sizes = std::vector<std::int64_t>;

// Evaluates one node from its operands, which `find` gives.
class NodeEvaluator {
 public:
  using Find = FindConstant;

  NodeEvaluator(const ir::Node& node, const ir::TensorType& type, const Find& find, bool with_ideal)
      : node_(node), type_(type), find_(find), with_ideal_(with_ideal) {}

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
    return EvaluateBinary(op, Operand(op.self), Operand(op.other), with_ideal_);
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
  const Find& find_;
  bool with_ideal_;
};

ConstantValue NodeEvaluator::Of(const ir::Reshape& op) const {
  if (!type_.is_static()) throw NotEvaluated{"its shape is symbolic"};
  const ConstantValue& input = find_(op.input);
  if (BoundedCount(type_.sizes()) != input.value.count()) {
    throw NotEvaluated{"its declared shape has another number of elements than its operand"};
  }
  return {{input.value.dtype, type_.sizes(), input.value.bytes}, input.own_ideal, input.roots};
}

ConstantValue NodeEvaluator::Of(const ir::Permute& op) const {
  const ConstantValue& input = find_(op.input);
  const Sizes& from = input.value.sizes;
  if (op.dims.size() != from.size())
    throw NotEvaluated{"its operand has another rank than declared"};
  Sizes strides(from.size(), 1);
  for (std::size_t k = from.size(); k-- > 1;) strides[k - 1] = strides[k] * from[k];
  Sizes steps;
  ConstantValue out{{input.value.dtype, {}, {}}};
  for (const std::int64_t dim : op.dims) {
    steps.push_back(strides[static_cast<std::size_t>(dim)]);
    out.value.sizes.push_back(from[static_cast<std::size_t>(dim)]);
  }
  const std::size_t width = ir::ElementSize(input.value.dtype);
  out.value.bytes.reserve(input.value.bytes.size());
  out.own_ideal.reserve(input.own_ideal.size());
  const std::vector<RootId> roots = input.roots.Each();
  Sizes at(from.size(), 0);
  std::int64_t source = 0;
  for (std::int64_t left = input.value.count(); left > 0; --left) {
    const auto place = static_cast<std::size_t>(source);
    const auto begin = input.value.bytes.begin() + source * static_cast<std::int64_t>(width);
    out.value.bytes.insert(out.value.bytes.end(), begin, begin + static_cast<std::int64_t>(width));
    if (!input.own_ideal.empty()) out.own_ideal.push_back(input.own_ideal[place]);
    if (!roots.empty()) out.roots.Append(roots[place], 1);
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
  std::vector<double> numbers(count, op.value);
  ConstantValue out{TensorOf(type_.dtype, type_.sizes(), numbers)};
  const bool is_exact = static_cast<double>(static_cast<float>(op.value)) == op.value;
  if (ir::IsFloat(type_.dtype) && !is_exact) out.own_ideal = std::move(numbers);
  return out;
}

// As `value` would be with every root a step lower or higher.
ConstantValue WithBytes(const ConstantValue& value, const std::vector<std::byte>& bytes) {
  return {{value.value.dtype, value.value.sizes, bytes}};
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
Roots IdsOf(const exec::Tensor& operand) {
  const std::string_view content(reinterpret_cast<const char*>(operand.bytes.data()),
                                 operand.bytes.size());
  std::uint64_t id = std::hash<std::string_view>{}(content) ^ operand.sizes.size();
  Roots out;
  for (std::int64_t i = 0; i < operand.count(); ++i) {
    id = id * 0x5851f42d4c957f2d + 0x14057b7ef767814f;
    out.Append(id | 2, 1);  // neither kNoRoot nor kSeveralRoots
  }
  return out;
}

// The same node with every root among its operands, or its own, a step lower and a step higher.
void FollowRoots(const ir::Node& node, const ir::TensorType& type, MemoryOrder operand_order,
                 const FindConstant& find, ConstantValue& out) {
  const auto stepped = [&](bool up) {
    std::map<ir::ValueId, ConstantValue> operands;
    const FindConstant find_stepped = [&](ir::ValueId operand) -> const ConstantValue& {
      const ConstantValue& value = find(operand);
      if (value.roots.empty()) return value;
      const auto known = operands.find(operand);
      if (known != operands.end()) return known->second;
      return operands.emplace(operand, WithBytes(value, up ? value.upper : value.lower))
          .first->second;
    };
    const exec::Tensor tensor = NodeEvaluator(node, type, find_stepped, false).Evaluate().value;
    if (!IsRoot(node)) return tensor.bytes;
    const float infinity = std::numeric_limits<float>::infinity();
    return RootsOneStepOff(tensor, up ? infinity : -infinity);
  };
  if (IsRoot(node)) {
    // A kernel for rows rounds one root in another way than the kernel for what is left.
    if (operand_order == MemoryOrder::kUnknown)
      throw NotEvaluated{"how its square roots are rounded depends on its operand's strides"};
    const ConstantValue& operand = find(std::get<ir::Unary>(node.op).input);
    if (operand.roots.empty()) {
      out.roots = IdsOf(operand.value);
    } else {
      out.roots = {};
      out.roots.Append(kSeveralRoots, static_cast<std::size_t>(out.value.count()));
    }
  }
  if (out.roots.empty()) return;
  out.lower = stepped(false);
  out.upper = stepped(true);
  // Codes that no step changes: quantizing is monotone, so that all is said.
  if (!out.roots.Has(kSeveralRoots) && out.lower == out.value.bytes &&
      out.upper == out.value.bytes) {
    out.roots = {};
    out.lower = {};
    out.upper = {};
  }
}

}  // namespace

ConstantValue EvaluateNode(const ir::Node& node, const ir::TensorType& type,
                           MemoryOrder operand_order, const FindConstant& find) {
  ConstantValue out = NodeEvaluator(node, type, find, true).Evaluate();
  FollowRoots(node, type, operand_order, find, out);
  return out;
}

}  // namespace foldproof::prove
