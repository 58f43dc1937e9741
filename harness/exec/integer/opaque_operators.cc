// SPDX-License-Identifier: BSD-3-Clause
//
// Operators that have no typed form: pooling, sums, parts of tensors, the fused ones of cadence.
#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/integer/coded_arguments.h"
#include "harness/exec/integer/layout.h"
#include "harness/exec/integer/network_functions.h"
#include "harness/exec/integer/operators.h"
#include "harness/exec/integer/reduction.h"
#include "harness/exec/plan/symbolic_number.h"
#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/quantized_decomposed.h"
#include "harness/exec/shape/element_moves.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using CodedKernel = NodeKernel<CodedTensor>;
using Read = ReadValue<CodedTensor>;
using Arguments = CodedArguments;
using Values = std::vector<CodedTensor>;
using Integers = std::vector<std::int64_t>;

PoolParams PoolOf(const Arguments& arguments, bool dilated) {
  return {arguments.IntegersOr("kernel_size", {}), arguments.IntegersOr("stride", {}),
          arguments.IntegersOr("padding", {0}),
          dilated ? arguments.IntegersOr("dilation", {1}) : Integers{1},
          arguments.named().Truth("ceil_mode", false)};
}

template <std::size_t kSpatial>
CodedTensor MaxPool(const Arguments& arguments) {
  return ComputeMaxPool(arguments.Operand("self"), PoolOf(arguments, true), kSpatial);
}

template <std::size_t kSpatial>
CodedTensor AveragePool(const Arguments& arguments) {
  return ComputeAveragePool(arguments.Operand("self"), PoolOf(arguments, false), kSpatial,
                            arguments.named().Truth("count_include_pad", true),
                            arguments.IntegerOr("divisor_override", 0));
}

CodedTensor AdaptiveAveragePool(const Arguments& arguments) {
  return ComputeAdaptiveAveragePool(arguments.Operand("self"),
                                    arguments.IntegersOr("output_size", {}));
}

template <Reduction kKind>
CodedTensor Reduce(const Arguments& arguments) {
  if (arguments.Has("dtype")) Refuse("a sum of another dtype is not computed here");
  return ComputeReduction(kKind, arguments.Operand("self"), arguments.IntegersOr("dim", {}),
                          arguments.named().Truth("keepdim", false));
}

CodedTensor Concatenate(const Arguments& arguments) {
  return ComputeConcatenation(arguments.Operands("tensors"), arguments.IntegerOr("dim", 0));
}

CodedTensor Stack(const Arguments& arguments) {
  const std::vector<const CodedTensor*> operands = arguments.Operands("tensors");
  if (operands.empty()) Refuse("has no operand");
  const std::size_t at = DimensionOf(arguments.IntegerOr("dim", 0), operands[0]->rank() + 1);
  std::vector<CodedTensor> rows;
  for (const CodedTensor* operand : operands) {
    Integers sizes = operand->sizes();
    sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(std::min(at, sizes.size())), 1);
    rows.push_back(operand->Reshaped(std::move(sizes)));
  }
  std::vector<const CodedTensor*> read;
  for (const CodedTensor& row : rows) read.push_back(&row);
  return ComputeConcatenation(read, static_cast<std::int64_t>(at));
}

CodedTensor Slice(const Arguments& arguments) {
  return ComputeSlice(arguments.Operand("self"), arguments.IntegerOr("dim", 0),
                      arguments.IntegerOr("start", 0),
                      arguments.IntegerOr("end", std::numeric_limits<std::int64_t>::max()),
                      arguments.IntegerOr("step", 1));
}

CodedTensor Select(const Arguments& arguments) {
  const CodedTensor& input = arguments.Operand("self");
  const std::size_t dim = DimensionOf(arguments.named().Integer("dim"), input.rank());
  std::int64_t index = arguments.named().Integer("index");
  if (index < 0) index += input.sizes()[dim];
  if (index < 0 || index >= input.sizes()[dim]) Refuse("its index is outside of its operand");
  const CodedTensor slice =
      ComputeSlice(input, static_cast<std::int64_t>(dim), index, index + 1, 1);
  Integers sizes = slice.sizes();
  sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(dim));
  return slice.Reshaped(std::move(sizes));
}

// A copy of "self" with "src" in the place that `begin`, `end` and `step` of dimension `dim` name.
CodedTensor PutBack(const Arguments& arguments, std::size_t dim, std::int64_t begin,
                    std::int64_t end, std::int64_t step) {
  const CodedTensor& whole = arguments.Operand("self");
  Tensor out = whole.ToTensor();
  const Tensor part = arguments.Operand("src").ToTensor();
  std::int64_t outer = 1, inner = 1, row = 0;
  for (std::size_t k = 0; k < dim; ++k) outer *= out.sizes[k];
  for (std::size_t k = dim + 1; k < out.sizes.size(); ++k) inner *= out.sizes[k];
  const std::size_t width = static_cast<std::size_t>(inner) * ir::ElementSize(out.dtype);
  const std::int64_t count = begin < end ? (end - begin - 1) / step + 1 : 0;
  if (part.dtype != out.dtype ||
      part.bytes.size() != static_cast<std::size_t>(outer * count) * width) {
    Refuse("its part does not fit into the whole");
  }
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = begin; i < end; i += step) {
      const auto place = static_cast<std::size_t>(o * out.sizes[dim] + i) * width;
      std::copy_n(part.bytes.begin() +
                      static_cast<std::ptrdiff_t>(row++ * static_cast<std::int64_t>(width)),
                  width, out.bytes.begin() + static_cast<std::ptrdiff_t>(place));
    }
  }
  return CodedTensor(std::move(out));
}

CodedTensor SliceScatter(const Arguments& arguments) {
  const CodedTensor& whole = arguments.Operand("self");
  const std::size_t dim = DimensionOf(arguments.IntegerOr("dim", 0), whole.rank());
  const std::int64_t size = whole.sizes()[dim], step = arguments.IntegerOr("step", 1);
  const auto inside = [&](std::int64_t x) {
    return std::clamp<std::int64_t>(x < 0 ? x + size : x, 0, size);
  };
  if (step < 1) Refuse("its step is not positive");
  return PutBack(arguments, dim, inside(arguments.IntegerOr("start", 0)),
                 inside(arguments.IntegerOr("end", std::numeric_limits<std::int64_t>::max())),
                 step);
}

CodedTensor SelectScatter(const Arguments& arguments) {
  const CodedTensor& whole = arguments.Operand("self");
  const std::size_t dim = DimensionOf(arguments.named().Integer("dim"), whole.rank());
  std::int64_t index = arguments.named().Integer("index");
  if (index < 0) index += whole.sizes()[dim];
  if (index < 0 || index >= whole.sizes()[dim]) Refuse("its index is outside of its operand");
  return PutBack(arguments, dim, index, index + 1, 1);
}

CodedTensor Expand(const Arguments& arguments) {
  return ComputeExpand(arguments.Operand("self"), arguments.IntegersOr("size", {}));
}

CodedTensor SizeOf(const Arguments& arguments) {
  const CodedTensor& input = arguments.Operand("self");
  const std::size_t dim = DimensionOf(arguments.named().Integer("dim"), input.rank());
  return CodedTensor(Tensor::Of<std::int64_t>(ir::ScalarType::kInt64, {}, {input.sizes()[dim]}));
}

using OneResult = CodedTensor (*)(const Arguments&);

const std::map<std::string, OneResult, std::less<>>& Known() {
  static const std::map<std::string, OneResult, std::less<>> known{
      {"aten.max_pool1d.default", MaxPool<1>},
      {"aten.max_pool2d.default", MaxPool<2>},
      {"aten.max_pool3d.default", MaxPool<3>},
      {"aten.avg_pool1d.default", AveragePool<1>},
      {"aten.avg_pool2d.default", AveragePool<2>},
      {"aten.avg_pool3d.default", AveragePool<3>},
      {"aten.adaptive_avg_pool1d.default", AdaptiveAveragePool},
      {"aten.adaptive_avg_pool2d.default", AdaptiveAveragePool},
      {"aten._adaptive_avg_pool2d.default", AdaptiveAveragePool},
      {"aten.mean.default", Reduce<Reduction::kMean>},
      {"aten.mean.dim", Reduce<Reduction::kMean>},
      {"aten.sum.default", Reduce<Reduction::kSum>},
      {"aten.sum.dim_IntList", Reduce<Reduction::kSum>},
      {"aten.cat.default", Concatenate},
      {"aten.stack.default", Stack},
      {"aten.slice.Tensor", Slice},
      {"aten.slice_copy.Tensor", Slice},
      {"aten.select.int", Select},
      {"aten.select_copy.int", Select},
      {"aten.slice_scatter.default", SliceScatter},
      {"aten.select_scatter.default", SelectScatter},
      {"aten.expand.default", Expand},
      {"aten.expand_copy.default", Expand},
      {"aten.sym_size.int", SizeOf},
  };
  return known;
}

Values PickedFrom(const ir::Node& node, const Arguments& arguments) {
  const CodedTensor& input = arguments.Operand(arguments.Has("self") ? "self" : "input");
  Values out;
  for (const PickedElements& part : PickElements(node.target, arguments.Numbers(), input.sizes())) {
    out.push_back(ComputePick(input, part));
  }
  return out;
}

CodedKernel SymbolicKernel(const ir::Node& node) {
  return [&node](const Read& read) {
    Integers operands;
    for (const ir::Argument& argument : node.arguments) {
      if (const auto* id = std::get_if<ir::ValueId>(&argument.value)) {
        operands.push_back(IntegersOf(read(*id).ToTensor()).front());
      } else if (const auto* number = std::get_if<std::int64_t>(&argument.value)) {
        operands.push_back(*number);
      } else {
        Refuse("is run on integers alone");
      }
    }
    const auto result = std::visit([](auto x) { return static_cast<std::int64_t>(x); },
                                   RunSymbolicNumberOp(node.target, operands));
    return Values{CodedTensor(Tensor::Of<std::int64_t>(ir::ScalarType::kInt64, {}, {result}))};
  };
}

}  // namespace

CodedKernel OpaqueKernel(const ir::Graph&, const ir::Node& node) {
  if (node.target == "aten._assert_tensor_metadata.default") {
    return [](const Read&) { return Values{}; };  // torch.export checked it
  }
  if (IsSymbolicNumberOp(node.target)) return SymbolicKernel(node);
  if (IsFusedOp(node.target) || IsQuantizedDecomposed(node.target)) {
    return [&node](const Read& read) {
      const TensorOfValue tensor_of = [&](ir::ValueId id) { return read(id).ToTensor(); };
      return Values{CodedTensor(IsFusedOp(node.target) ? RunFusedOp(node, tensor_of)
                                                       : RunQuantizedDecomposed(node, tensor_of))};
    };
  }
  if (IsElementPick(node.target)) {
    return [&node](const Read& read) { return PickedFrom(node, Arguments(node, read)); };
  }
  if (const NetworkFunction function = FindNetworkFunction(node.target); function != nullptr) {
    return [&node, function](const Read& read) { return function(Arguments(node, read)); };
  }
  const auto found = Known().find(node.target);
  if (found == Known().end()) {
    throw Unusable("", "the executor integer does not know this operator").Undecided();
  }
  return [&node, compute = found->second](const Read& read) {
    return Values{compute(Arguments(node, read))};
  };
}

}  // namespace foldproof::exec
