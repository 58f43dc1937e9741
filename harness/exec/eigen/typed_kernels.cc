// SPDX-License-Identifier: BSD-3-Clause
//
// The operators that the graph has as typed structs.
#include <utility>

#include "harness/exec/eigen/batch_norm.h"
#include "harness/exec/eigen/convolution.h"
#include "harness/exec/eigen/elementwise.h"
#include "harness/exec/eigen/kernels.h"
#include "harness/exec/eigen/layout.h"
#include "harness/exec/eigen/matrix_product.h"
#include "harness/exec/eigen/quantization.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using ir::ScalarType;

std::vector<NumericTensor> One(NumericTensor tensor) {
  std::vector<NumericTensor> out;
  out.push_back(std::move(tensor));
  return out;
}

// What computes with real numbers takes no integers; PyTorch refuses them too.
const RealTensor& RealsIn(const Read& read, ir::ValueId id) {
  if (const auto* reals = std::get_if<RealTensor>(&read(id))) return *reals;
  Refuse("takes floating-point numbers, and is given integers");
}

std::optional<RealTensor> MaybeReals(const Read& read, const std::optional<ir::ValueId>& id) {
  return id ? std::optional(RealsIn(read, *id)) : std::nullopt;
}

BinaryOperand BinaryOperandOf(const Read& read, const ir::Operand& operand) {
  if (const auto* id = std::get_if<ir::ValueId>(&operand)) return read(*id);
  if (const auto* real = std::get_if<double>(&operand)) return *real;
  return std::get<std::int64_t>(operand);
}

// The declared shape with the sizes that this run has: at most one dimension is not known, and it
// is what the elements leave.
Sizes SizesForCount(const ir::TensorType& type, std::int64_t count) {
  Sizes sizes;
  std::optional<std::size_t> open;
  std::int64_t known = 1;
  for (const ir::Dim& dim : type.dims) {
    if (!dim.is_static()) {
      if (open) Refuse("has a shape with several sizes that are not known");
      open = sizes.size();
    }
    sizes.push_back(dim.is_static() ? dim.size : 1);
    known = CheckedCount(sizes);
  }
  if (open) sizes[*open] = known == 0 ? 0 : count / known;
  return sizes;
}

class TypedKernel {
 public:
  TypedKernel(const ir::Graph& graph, const ir::Node& node) : graph_(graph), node_(node) {}

  Kernel operator()(const ir::Opaque&) const { return OpaqueKernelOf(graph_, node_); }
  // A stored constant is read as such; a node of this kind that is run has none.
  Kernel operator()(const ir::GetAttr&) const { Refuse("names no constant of the program"); }

  Kernel operator()(const ir::QuantizePerTensor& op) const {
    return [&op](const Read& read) { return One(QuantizedOf(RealsIn(read, op.input), op.params)); };
  }
  Kernel operator()(const ir::DequantizePerTensor& op) const {
    return [&op](const Read& read) {
      return One(DequantizedOf(IntegersIn(read(op.input), "codes"), op.params));
    };
  }
  Kernel operator()(const ir::QuantizePerChannel& op) const {
    return [&op, dtype = DtypeOf(op.params.scales)](const Read& read) {
      return One(
          QuantizedOf(RealsIn(read, op.input), op.params, ChannelsOf(read, op.params, dtype)));
    };
  }
  Kernel operator()(const ir::DequantizePerChannel& op) const {
    return [&op, dtype = DtypeOf(op.params.scales)](const Read& read) {
      return One(DequantizedOf(IntegersIn(read(op.input), "codes"), op.params,
                               ChannelsOf(read, op.params, dtype)));
    };
  }

  Kernel operator()(const ir::Convolution& op) const {
    return [&op](const Read& read) {
      return One(Convolved(op, RealsIn(read, op.input), RealsIn(read, op.weight),
                           MaybeReals(read, op.bias)));
    };
  }
  Kernel operator()(const ir::Linear& op) const {
    return [&op](const Read& read) {
      return One(
          LinearOf(RealsIn(read, op.input), RealsIn(read, op.weight), MaybeReals(read, op.bias)));
    };
  }
  Kernel operator()(const ir::BatchNorm& op) const {
    return [&op](const Read& read) {
      NormParams params{MaybeReals(read, op.weight), MaybeReals(read, op.bias), {}, {}, op.eps};
      if (!op.training) {
        params.mean = MaybeReals(read, op.running_mean);
        params.var = MaybeReals(read, op.running_var);
      }
      return One(BatchNormOf(RealsIn(read, op.input), params));
    };
  }

  Kernel operator()(const ir::Binary& op) const {
    return [&op](const Read& read) {
      return One(ApplyBinary(op, BinaryOperandOf(read, op.self), BinaryOperandOf(read, op.other)));
    };
  }
  Kernel operator()(const ir::Unary& op) const {
    return [&op](const Read& read) { return One(ApplyUnary(op, read(op.input))); };
  }
  Kernel operator()(const ir::Compare& op) const {
    return [&op](const Read& read) {
      return One(ApplyCompare(op, BinaryOperandOf(read, op.self), BinaryOperandOf(read, op.other)));
    };
  }
  Kernel operator()(const ir::Where& op) const {
    return [&op](const Read& read) {
      return One(Chosen(IntegersIn(read(op.condition), "a condition of bool"),
                        BinaryOperandOf(read, op.self), BinaryOperandOf(read, op.other)));
    };
  }
  Kernel operator()(const ir::Prelu& op) const {
    return [&op](const Read& read) {
      return One(PreluOf(RealsIn(read, op.input), RealsIn(read, op.weight)));
    };
  }
  Kernel operator()(const ir::Clamp& op) const {
    // Bounds that are floats make floats of integers; the typed operator has all bounds as such.
    const bool makes_reals = ir::IsFloat(ResultType().dtype);
    return [&op, makes_reals](const Read& read) {
      NumericTensor clamped = ApplyClamp(op, read(op.input));
      return One(makes_reals ? NumericTensor(RealsOf(std::move(clamped))) : std::move(clamped));
    };
  }

  Kernel operator()(const ir::Reshape& op) const {
    return [&op, &type = ResultType()](const Read& read) {
      const NumericTensor& input = read(op.input);
      return One(Reshaped(input, SizesForCount(type, CheckedCount(SizesOf(input)))));
    };
  }
  Kernel operator()(const ir::Permute& op) const {
    return [&op](const Read& read) {
      const NumericTensor& input = read(op.input);
      return One(Moved(input, PermutedMap(SizesOf(input), op.dims)));
    };
  }
  Kernel operator()(const ir::Copy& op) const {
    return [&op](const Read& read) { return One(read(op.input)); };
  }
  Kernel operator()(const ir::Cast& op) const {
    const ScalarType from = DtypeOf(op.input);
    return [&op, from](const Read& read) {
      return One(
          ApplyCast(ir::IsFloat(from) ? from : ScalarType::kFloat32, op.dtype, read(op.input)));
    };
  }
  Kernel operator()(const ir::Fill& op) const {
    return [&op, this_node = *this](const Read& read) {
      RealTensor out{this_node.FilledSizes(read), {}};
      out.elements.assign(static_cast<std::size_t>(CheckedCount(out.sizes)), op.value);
      const ScalarType type = this_node.ResultType().dtype;
      // A number of the graph stays the float64 that it is there, but in a half type.
      return One(ApplyCast(ScalarType::kFloat64, type, std::move(out)));
    };
  }
  Kernel operator()(const ir::Pad& op) const {
    return [&op](const Read& read) {
      const NumericTensor& input = read(op.input);
      return One(Moved(input, PaddedMap(SizesOf(input), op), op.value));
    };
  }

 private:
  const ir::TensorType& ResultType() const {
    if (node_.outputs.empty()) Refuse("names no result");
    const auto& type = graph_.value(node_.outputs.front()).type;
    if (!type) Refuse("makes no tensor");
    return *type;
  }

  ScalarType DtypeOf(ir::ValueId id) const {
    const auto& type = graph_.value(id).type;
    return type ? type->dtype : ScalarType::kInt64;
  }

  static ChannelScales ChannelsOf(const Read& read, const ir::ChannelQuantParams& params,
                                  ScalarType dtype) {
    ChannelScales out{RealsIn(read, params.scales), dtype, std::nullopt};
    if (params.zero_points) out.zero_points = read(*params.zero_points);
    return out;
  }

  // Those of zeros_like's operand, or the declared ones.
  Sizes FilledSizes(const Read& read) const {
    const ir::ArgumentValue* like = node_.Find("self");
    if (like != nullptr && std::holds_alternative<ir::ValueId>(*like)) {
      return SizesOf(read(std::get<ir::ValueId>(*like)));
    }
    if (!ResultType().is_static()) Refuse("has a shape with sizes that are not known");
    return ResultType().sizes();
  }

  const ir::Graph& graph_;
  const ir::Node& node_;
};

}  // namespace

Kernel KernelOf(const ir::Graph& graph, const ir::Node& node) {
  return std::visit(TypedKernel(graph, node), node.op);
}

}  // namespace foldproof::exec::real
