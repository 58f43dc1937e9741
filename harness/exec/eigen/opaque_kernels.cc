// SPDX-License-Identifier: BSD-3-Clause
//
// The operators that the graph does not type, by their targets.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "harness/exec/eigen/elementwise.h"
#include "harness/exec/eigen/kernels.h"
#include "harness/exec/eigen/layout.h"
#include "harness/exec/eigen/matrix_product.h"
#include "harness/exec/eigen/named_arguments.h"
#include "harness/exec/eigen/network_kernels.h"
#include "harness/exec/eigen/pooling.h"
#include "harness/exec/eigen/quantization.h"
#include "harness/exec/eigen/reduction.h"
#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/plan/symbolic_number.h"
#include "harness/exec/shape/element_moves.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using ir::ScalarType;
using Results = std::vector<NumericTensor>;

// --- sums ---

Summed SummedOf(const NamedArguments& arguments) {
  return {arguments.IntegersOr("dim", {}), arguments.Truth("keepdim", false)};
}

// An element type that sums are asked to have changes none of them here, if it is a floating-point
// one.
void CheckSumType(const NamedArguments& arguments) {
  const auto dtype = arguments.MaybeDtype("dtype");
  if (dtype && !ir::IsFloat(*dtype)) Refuse("sums as integers, which the executor eigen does not");
}

Results Sum(const NamedArguments& arguments) {
  CheckSumType(arguments);
  const NumericTensor& input = arguments.Value("self");
  if (const auto* integers = std::get_if<IntegerTensor>(&input);
      integers && !arguments.Has("dtype")) {
    return {SumOf(*integers, SummedOf(arguments))};
  }
  return {SumOf(RealsOf(input), SummedOf(arguments))};
}

Results Mean(const NamedArguments& arguments) {
  CheckSumType(arguments);
  if (!arguments.Has("dtype")) arguments.Reals("self");  // PyTorch takes no integers then
  return {MeanOf(RealsOf(arguments.Value("self")), SummedOf(arguments))};
}

template <bool is_logarithm>
Results SoftmaxKernel(const NamedArguments& arguments) {
  CheckSumType(arguments);
  return {SoftmaxOf(RealsOf(arguments.Value("self")), arguments.Integer("dim"), is_logarithm)};
}

// (x - mean) / sqrt(var + eps) * weight + bias over the last dimensions, var the mean square.
Results LayerNorm(const NamedArguments& arguments) {
  RealTensor out = arguments.Reals("input");
  const auto n = static_cast<std::size_t>(CheckedCount(arguments.Integers("normalized_shape")));
  const bool fits = n > 0 && out.elements.size() % n == 0;
  for (const char* name : {"weight", "bias"}) {
    if (!fits || (arguments.Has(name) && arguments.Reals(name).elements.size() != n))
      Refuse("takes a shape that is not that of its last dimensions");
  }
  const double eps = arguments.Real("eps", 1e-5);
  for (std::size_t from = 0; from < out.elements.size(); from += n) {
    const std::span x(out.elements.data() + from, n);
    const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(n);
    double square = 0;
    for (const double value : x) square += (value - mean) * (value - mean);
    const double root = std::sqrt(square / static_cast<double>(n) + eps);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = (x[i] - mean) / root;
      if (arguments.Has("weight")) x[i] *= arguments.Reals("weight").elements[i];
      if (arguments.Has("bias")) x[i] += arguments.Reals("bias").elements[i];
    }
  }
  return {std::move(out)};
}

// --- pooling ---

template <std::size_t spatial>
PoolWindow WindowOf(const NamedArguments& arguments) {
  return {spatial,
          arguments.Integers("kernel_size"),
          arguments.IntegersOr("stride", {}),
          arguments.IntegersOr("padding", {0}),
          arguments.IntegersOr("dilation", {1}),
          arguments.Truth("ceil_mode", false)};
}

template <std::size_t spatial>
Results MaxPoolValues(const NamedArguments& arguments) {
  return {MaxPool(arguments.Reals("self"), WindowOf<spatial>(arguments)).values};
}

template <std::size_t spatial>
Results MaxPoolIndices(const NamedArguments& arguments) {
  MaxPooled pooled = MaxPool(arguments.Reals("self"), WindowOf<spatial>(arguments));
  return {std::move(pooled.values), std::move(pooled.indices)};
}

template <std::size_t spatial>
Results AveragePooled(const NamedArguments& arguments) {
  std::optional<std::int64_t> divisor;
  if (arguments.Has("divisor_override")) divisor = arguments.Integer("divisor_override");
  return {AveragePool(arguments.Reals("self"), WindowOf<spatial>(arguments),
                      arguments.Truth("count_include_pad", true), divisor)};
}

template <std::size_t spatial>
Results AdaptivePooled(const NamedArguments& arguments) {
  std::vector<std::int64_t> out = arguments.Integers("output_size");
  if (out.size() == 1) out.resize(spatial, out.front());
  if (out.size() != spatial) Refuse("takes an output size of another number of dimensions");
  return {AdaptiveAveragePool(arguments.Reals("self"), out)};
}

// --- matrices ---

RealTensor ProductOf(const RealTensor& left, const RealTensor& right, std::size_t rank) {
  if (left.sizes.size() != rank || right.sizes.size() != rank ||
      (rank == 3 && left.sizes[0] != right.sizes[0])) {
    Refuse(fmt::format("takes two tensors of {} dimensions and as many matrices", rank));
  }
  return MatrixProduct(left, right);
}

Results Matmul(const NamedArguments& arguments) {
  return {MatrixProduct(arguments.Reals("self"), arguments.Reals("other"))};
}
Results Mm(const NamedArguments& arguments) {
  return {ProductOf(arguments.Reals("self"), arguments.Reals("mat2"), 2)};
}
Results Bmm(const NamedArguments& arguments) {
  return {ProductOf(arguments.Reals("self"), arguments.Reals("mat2"), 3)};
}

// beta * self + alpha * (mat1 mat2); a beta of 0 leaves self out, NaN and all.
Results Addmm(const NamedArguments& arguments) {
  RealTensor product = ProductOf(arguments.Reals("mat1"), arguments.Reals("mat2"), 2);
  const double alpha = arguments.Real("alpha", 1), beta = arguments.Real("beta", 1);
  if (alpha != 1) {
    for (double& x : product.elements) x *= alpha;
  }
  if (beta == 0) return {std::move(product)};
  const Sizes sizes = product.sizes;
  const ir::Binary plus{.kind = ir::Binary::Kind::kAdd, .self = 0.0, .other = 0.0, .alpha = beta};
  NumericTensor sum = ApplyBinary(plus, NumericTensor(std::move(product)), arguments.Value("self"));
  if (SizesOf(sum) != sizes) Refuse("takes a summand that broadcasts to its product");
  return {std::move(sum)};
}

// --- layout ---

// The elements that an operator of exec/shape picks.
Results Picked(const NamedArguments& arguments) {
  const NumericTensor& input = arguments.Value(arguments.Has("self") ? "self" : "input");
  Results out;
  for (PickedElements& part :
       PickElements(arguments.node().target, arguments.Numbers(), SizesOf(input))) {
    out.push_back(Moved(input, {std::move(part.sizes), std::move(part.from)}));
  }
  return out;
}

Results Stack(const NamedArguments& arguments) {
  std::vector<NumericTensor> rows = arguments.Values("tensors");
  if (rows.empty()) Refuse("takes at least one tensor");
  const std::size_t at = DimensionOf(arguments.Integer("dim", 0), SizesOf(rows[0]).size() + 1);
  for (NumericTensor& row : rows) {
    Sizes sizes = SizesOf(row);
    sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(std::min(at, sizes.size())), 1);
    row = Reshaped(std::move(row), std::move(sizes));
  }
  return {Concatenated(std::move(rows), static_cast<std::int64_t>(at))};
}

Results Cat(const NamedArguments& arguments) {
  return {Concatenated(arguments.Values("tensors"), arguments.Integer("dim", 0))};
}

Results Slice(const NamedArguments& arguments) {
  const NumericTensor& input = arguments.Value("self");
  std::optional<std::int64_t> start, end;
  if (arguments.Has("start")) start = arguments.Integer("start");
  if (arguments.Has("end")) end = arguments.Integer("end");
  return {Moved(input, SlicedMap(SizesOf(input), arguments.Integer("dim", 0), start, end,
                                 arguments.Integer("step", 1)))};
}

Results Select(const NamedArguments& arguments) {
  const NumericTensor& input = arguments.Value("self");
  return {Moved(input,
                SelectedMap(SizesOf(input), arguments.Integer("dim"), arguments.Integer("index")))};
}

Results Expand(const NamedArguments& arguments) {
  const NumericTensor& input = arguments.Value("self");
  return {Moved(input, ExpandedMap(SizesOf(input), arguments.Integers("size")))};
}

Results NoResults(const NamedArguments&) { return {}; }

Results SymSize(const NamedArguments& arguments) {
  const Sizes& sizes = SizesOf(arguments.Value("self"));
  if (sizes.empty()) Refuse("asks a tensor without dimensions for a size");
  const std::int64_t size = sizes[DimensionOf(arguments.Integer("dim"), sizes.size())];
  return {IntegerTensor{ScalarType::kInt64, {}, {size}}};
}

// --- quantization of half types, or with its numbers in tensors ---

ir::QuantParams TensorParamsOf(const NamedArguments& arguments) {
  const double scale = arguments.Real("scale");
  if (!(scale > 0)) Refuse("takes a scale above 0");
  return {scale, arguments.Integer("zero_point"), arguments.Integer("quant_min"),
          arguments.Integer("quant_max"), arguments.Dtype("dtype")};
}

ir::ChannelQuantParams ChannelParamsOf(const NamedArguments& arguments) {
  return {{},
          std::nullopt,
          arguments.Integer("axis"),
          arguments.Integer("quant_min"),
          arguments.Integer("quant_max"),
          arguments.Dtype("dtype")};
}

ChannelScales ScalesOf(const NamedArguments& arguments) {
  ChannelScales out{arguments.Reals("scales"), arguments.DeclaredType("scales"), std::nullopt};
  if (arguments.Has("zero_points")) out.zero_points = arguments.Value("zero_points");
  return out;
}

void CheckQuantizedType(const NamedArguments& arguments) {
  if (arguments.DeclaredType("input") == ScalarType::kFloat64) {
    Refuse("takes float32, not float64; export the program again");
  }
}

Results QuantizeKernel(const NamedArguments& arguments) {
  CheckQuantizedType(arguments);
  return {QuantizedOf(arguments.Reals("input"), TensorParamsOf(arguments))};
}

Results QuantizeChannelsKernel(const NamedArguments& arguments) {
  CheckQuantizedType(arguments);
  return {QuantizedOf(arguments.Reals("input"), ChannelParamsOf(arguments), ScalesOf(arguments))};
}

const IntegerTensor& CodesOf(const NamedArguments& arguments) {
  const auto dtype = arguments.MaybeDtype("out_dtype");
  if (dtype && *dtype != ScalarType::kFloat32) Refuse("an out_dtype but float32 is not run here");
  return IntegersIn(arguments.Value("input"), "codes");
}

Results DequantizeKernel(const NamedArguments& arguments) {
  return {DequantizedOf(CodesOf(arguments), TensorParamsOf(arguments))};
}

Results DequantizeChannelsKernel(const NamedArguments& arguments) {
  return {DequantizedOf(CodesOf(arguments), ChannelParamsOf(arguments), ScalesOf(arguments))};
}

struct Row {
  std::string_view target;
  Results (*run)(const NamedArguments&);
};

constexpr Row kRows[] = {
    {"aten.sum.default", Sum},
    {"aten.sum.dim_IntList", Sum},
    {"aten.mean.default", Mean},
    {"aten.mean.dim", Mean},
    {"aten.softmax.int", SoftmaxKernel<false>},
    {"aten._softmax.default", SoftmaxKernel<false>},
    {"aten.log_softmax.int", SoftmaxKernel<true>},
    {"aten._log_softmax.default", SoftmaxKernel<true>},
    {"aten.layer_norm.default", LayerNorm},
    {"aten.max_pool1d.default", MaxPoolValues<1>},
    {"aten.max_pool2d.default", MaxPoolValues<2>},
    {"aten.max_pool2d_with_indices.default", MaxPoolIndices<2>},
    {"aten.avg_pool1d.default", AveragePooled<1>},
    {"aten.avg_pool2d.default", AveragePooled<2>},
    {"aten.adaptive_avg_pool1d.default", AdaptivePooled<1>},
    {"aten.adaptive_avg_pool2d.default", AdaptivePooled<2>},
    {"aten._adaptive_avg_pool2d.default", AdaptivePooled<2>},
    {"aten.matmul.default", Matmul},
    {"aten.mm.default", Mm},
    {"aten.bmm.default", Bmm},
    {"aten.addmm.default", Addmm},
    {"aten.cat.default", Cat},
    {"aten.stack.default", Stack},
    {"aten.slice.Tensor", Slice},
    {"aten.slice_copy.Tensor", Slice},
    {"aten.select.int", Select},
    {"aten.select_copy.int", Select},
    {"aten.expand.default", Expand},
    {"aten.expand_copy.default", Expand},
    {"aten.sym_size.int", SymSize},
    {"aten._assert_tensor_metadata.default", NoResults},
    {"quantized_decomposed.quantize_per_tensor.default", QuantizeKernel},
    {"quantized_decomposed.quantize_per_tensor.tensor", QuantizeKernel},
    {"quantized_decomposed.quantize_per_tensor.tensor2", QuantizeKernel},
    {"quantized_decomposed.quantize_per_channel.default", QuantizeChannelsKernel},
    {"quantized_decomposed.dequantize_per_tensor.default", DequantizeKernel},
    {"quantized_decomposed.dequantize_per_tensor.tensor", DequantizeKernel},
    {"quantized_decomposed.dequantize_per_tensor.tensor2", DequantizeKernel},
    {"quantized_decomposed.dequantize_per_channel.default", DequantizeChannelsKernel},
};

Results SymbolicNumber(const NamedArguments& arguments) {
  IntegerTensor out{ScalarType::kInt64, {}, {}};
  const auto result = RunSymbolicNumberOp(arguments.node().target, arguments.AllIntegers());
  if (std::holds_alternative<bool>(result)) out.dtype = ScalarType::kBool;
  std::visit([&](auto number) { out.elements.push_back(number); }, result);
  return {std::move(out)};
}

Results Fused(const NamedArguments& arguments) {
  return {Widened(RunFusedOp(arguments.node(), arguments.stored()))};
}

Kernel Bound(const ir::Graph& graph, const ir::Node& node, Results (*run)(const NamedArguments&)) {
  return [&graph, &node, run](const Read& read) { return run(NamedArguments(graph, node, read)); };
}

}  // namespace

Kernel OpaqueKernelOf(const ir::Graph& graph, const ir::Node& node) {
  if (IsFusedOp(node.target)) return Bound(graph, node, Fused);
  if (IsSymbolicNumberOp(node.target)) return Bound(graph, node, SymbolicNumber);
  if (IsElementPick(node.target)) return Bound(graph, node, Picked);
  if (const auto run = FindNetworkKernel(node.target)) return Bound(graph, node, run);
  const auto row = std::ranges::find(kRows, node.target, &Row::target);
  if (row == std::end(kRows)) {
    throw Unusable("", "the executor eigen does not know this operator").Undecided();
  }
  return Bound(graph, node, row->run);
}

}  // namespace foldproof::exec::real
