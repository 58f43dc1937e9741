// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/network_functions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "harness/exec/integer/interpolation.h"
#include "harness/exec/integer/layout.h"
#include "harness/exec/integer/numbers.h"
#include "harness/exec/integer/reduction.h"
#include "harness/exec/shape/broadcast.h"

namespace foldproof::exec {
namespace {

using CodedValues = std::vector<CodedTensor>;
using SizeList = std::vector<std::int64_t>;

std::vector<double> DoublesOf(const CodedTensor& tensor) {
  if (ArithmeticOf(tensor.dtype()) == Arithmetic::kInteger) Refuse("takes floats alone");
  std::vector<double> store;
  const auto numbers = NumbersIn<double>(tensor, store);
  return {numbers.begin(), numbers.end()};
}

std::int64_t CountBetween(const SizeList& sizes, std::size_t from, std::size_t to) {
  std::int64_t out = 1;
  for (std::size_t d = from; d < to; ++d) out *= sizes[d];
  return out;
}

CodedTensor StoredLike(const CodedTensor& like, std::span<const double> numbers, SizeList sizes) {
  return StoreNumbers<double>(numbers, like.dtype(), std::move(sizes));
}

// e^(x - max) / sum of e^(x - max) along a row of `stride` elements apart, or its logarithm.
void SoftmaxRow(double* x, std::int64_t count, std::int64_t stride, bool logarithm) {
  double most = -std::numeric_limits<double>::infinity(), sum = 0;
  bool nan = false;
  for (std::int64_t i = 0; i < count; ++i) {
    most = std::max(most, x[i * stride]);
    nan |= std::isnan(x[i * stride]);
  }
  if (nan) most = std::numeric_limits<double>::quiet_NaN();
  for (std::int64_t i = 0; i < count; ++i) sum += std::exp(x[i * stride] - most);
  for (std::int64_t i = 0; i < count; ++i) {
    const double shifted = x[i * stride] - most;
    x[i * stride] = logarithm ? shifted - std::log(sum) : std::exp(shifted) / sum;
  }
}

template <bool kLogarithm>
CodedValues Softmax(const CodedArguments& arguments) {
  const CodedTensor& input = arguments.Operand("self");
  if (arguments.Has("dtype")) Refuse("a softmax of another dtype is not computed here");
  std::vector<double> x = DoublesOf(input);
  const std::size_t dim =
      input.rank() == 0 ? 0 : DimensionOf(arguments.named().Integer("dim"), input.rank());
  const std::int64_t count = input.rank() == 0 ? 1 : input.sizes()[dim];
  const std::int64_t inner =
      input.rank() == 0 ? 1 : CountBetween(input.sizes(), dim + 1, input.rank());
  for (std::size_t row = 0; row * static_cast<std::size_t>(count) < x.size(); ++row) {
    const auto r = static_cast<std::int64_t>(row);
    SoftmaxRow(x.data() + r / inner * inner * count + r % inner, count, inner, kLogarithm);
  }
  return {StoredLike(input, x, input.sizes())};
}

// (x - mean) / sqrt(var + eps) of each row, var the mean square; then * weight + bias, where
// element i of row r has those at parameter(r, i). Gives the means and 1 / sqrt(var + eps), too.
template <typename Parameter>
CodedValues Normalized(const CodedArguments& arguments, const char* operand, std::int64_t row,
                       double eps, SizeList statistics, Parameter parameter) {
  const CodedTensor& input = arguments.Operand(operand);
  std::vector<double> x = DoublesOf(input), means, inverses;
  std::vector<double> weight, bias;
  if (const CodedTensor* w = arguments.MaybeOperand("weight")) weight = DoublesOf(*w);
  if (const CodedTensor* b = arguments.MaybeOperand("bias")) bias = DoublesOf(*b);
  const auto n = static_cast<std::size_t>(row);
  if (row < 1 || x.size() % n != 0) Refuse("its rows do not make up its operand");
  for (std::size_t from = 0; from < x.size(); from += n) {
    const double mean = std::accumulate(x.begin() + static_cast<std::ptrdiff_t>(from),
                                        x.begin() + static_cast<std::ptrdiff_t>(from + n), 0.0) /
                        static_cast<double>(n);
    double square = 0;
    for (std::size_t i = from; i < from + n; ++i) square += (x[i] - mean) * (x[i] - mean);
    const double inverse = 1 / std::sqrt(square / static_cast<double>(n) + eps);
    means.push_back(mean);
    inverses.push_back(inverse);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at = parameter(from / n, i);
      double& y = x[from + i];
      y = (y - mean) * inverse;
      if (!weight.empty()) y *= weight.at(at);
      if (!bias.empty()) y += bias.at(at);
    }
  }
  return {StoredLike(input, x, input.sizes()), StoredLike(input, means, statistics),
          StoredLike(input, inverses, statistics)};
}

CodedValues LayerNorm(const CodedArguments& arguments) {
  const SizeList shape = arguments.IntegersOr("normalized_shape", {});
  const CodedTensor& input = arguments.Operand("input");
  if (shape.empty() || shape.size() > input.rank())
    Refuse("normalizes no dimension of its operand");
  SizeList statistics = input.sizes();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    std::int64_t& size = statistics[input.rank() - shape.size() + d];
    if (size != shape[d]) Refuse("normalizes another shape than its operand's");
    size = 1;
  }
  const std::int64_t row = CountBetween(shape, 0, shape.size());
  for (const char* name : {"weight", "bias"}) {
    const CodedTensor* given = arguments.MaybeOperand(name);
    if (given != nullptr && given->count() != static_cast<std::size_t>(row)) {
      Refuse("has a parameter of another shape");
    }
  }
  return Normalized(arguments, "input", row, arguments.RealOr("eps", 1e-5), statistics,
                    [](std::size_t, std::size_t i) { return i; });
}

CodedValues GroupNorm(const CodedArguments& arguments) {
  const CodedTensor& input = arguments.Operand("input");
  const std::int64_t groups =
      arguments.IntegerOr(arguments.Has("group") ? "group" : "num_groups", 0);
  if (input.rank() < 2 || groups < 1 || input.sizes()[1] % groups != 0) {
    Refuse("its groups do not divide the channels");
  }
  const std::int64_t channels = input.sizes()[1];
  const std::int64_t inner = CountBetween(input.sizes(), 2, input.rank());
  for (const char* name : {"weight", "bias"}) {
    const CodedTensor* given = arguments.MaybeOperand(name);
    if (given != nullptr && given->count() != static_cast<std::size_t>(channels)) {
      Refuse("has a parameter of another shape");
    }
  }
  const auto in_group = static_cast<std::size_t>(channels / groups);
  return Normalized(arguments, "input", channels / groups * inner, arguments.RealOr("eps", 1e-5),
                    {input.sizes()[0], groups}, [=](std::size_t row, std::size_t i) {
                      return row % static_cast<std::size_t>(groups) * in_group +
                             i / static_cast<std::size_t>(std::max<std::int64_t>(inner, 1));
                    });
}

// [..., M, K] times [..., K, N], batches broadcast, summed in float64.
struct BatchProduct {
  std::vector<double> elements;
  SizeList sizes;
};

BatchProduct Multiply(std::vector<double> a, SizeList a_sizes, std::vector<double> b,
                      SizeList b_sizes) {
  const bool row = a_sizes.size() == 1, column = b_sizes.size() == 1;
  if (row) a_sizes.insert(a_sizes.begin(), 1);
  if (column) b_sizes.push_back(1);
  if (a_sizes.size() < 2 || b_sizes.size() < 2) Refuse("takes no tensor without dimensions");
  const std::int64_t m = a_sizes[a_sizes.size() - 2], k = a_sizes.back(), n = b_sizes.back();
  if (b_sizes[b_sizes.size() - 2] != k) Refuse("its matrices do not fit together");
  const SizeList a_batch(a_sizes.begin(), a_sizes.end() - 2),
      b_batch(b_sizes.begin(), b_sizes.end() - 2);
  BatchProduct out{{}, BroadcastSizes(a_batch, b_batch)};
  const BroadcastIndex left(a_batch, out.sizes), right(b_batch, out.sizes);
  const auto batches = static_cast<std::int64_t>(CountOf(out.sizes));
  out.elements.resize(static_cast<std::size_t>(batches * m * n));
  double* to = out.elements.data();
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    const double* x = a.data() + static_cast<std::int64_t>(left.At(batch)) * m * k;
    const double* y = b.data() + static_cast<std::int64_t>(right.At(batch)) * k * n;
    for (std::int64_t i = 0; i < m; ++i, to += n) {
      for (std::int64_t t = 0; t < k; ++t) {
        for (std::int64_t j = 0; j < n; ++j) to[j] += x[i * k + t] * y[t * n + j];
      }
    }
  }
  if (!row) out.sizes.push_back(m);
  if (!column) out.sizes.push_back(n);
  return out;
}

BatchProduct MultiplyOperands(const CodedTensor& a, const CodedTensor& b) {
  return Multiply(DoublesOf(a), a.sizes(), DoublesOf(b), b.sizes());
}

CodedValues Matmul(const CodedArguments& arguments) {
  const CodedTensor& self = arguments.Operand("self");
  const CodedTensor& other = arguments.Operand(arguments.Has("other") ? "other" : "mat2");
  BatchProduct product = MultiplyOperands(self, other);
  return {StoredLike(self, product.elements, std::move(product.sizes))};
}

// beta * self + alpha * (mat1 mat2); a beta of 0 leaves self out, NaN and all.
CodedValues Addmm(const CodedArguments& arguments) {
  const bool batched = arguments.Has("batch1");
  const CodedTensor& left = arguments.Operand(batched ? "batch1" : "mat1");
  BatchProduct product = MultiplyOperands(left, arguments.Operand(batched ? "batch2" : "mat2"));
  const double alpha = arguments.RealOr("alpha", 1), beta = arguments.RealOr("beta", 1);
  const CodedTensor& self = arguments.Operand("self");
  const std::vector<double> added = DoublesOf(self);
  if (BroadcastSizes(self.sizes(), product.sizes) != product.sizes) {
    Refuse("its summand does not broadcast to its product");
  }
  const BroadcastIndex at(self.sizes(), product.sizes);
  for (std::size_t i = 0; i < product.elements.size(); ++i) {
    double& x = product.elements[i];
    x *= alpha;
    if (beta != 0) x += beta * added[at.At(static_cast<std::int64_t>(i))];
  }
  return {StoredLike(left, product.elements, std::move(product.sizes))};
}

// softmax(query key^T * scale + mask) value, over the last two dimensions.
CodedValues Attention(const CodedArguments& arguments) {
  const CodedTensor &query = arguments.Operand("query"), &key = arguments.Operand("key"),
                    &value = arguments.Operand("value");
  if (arguments.RealOr("dropout_p", 0) != 0 || arguments.named().Truth("is_causal", false) ||
      arguments.named().Truth("enable_gqa", false) || query.rank() < 2 || key.rank() < 2) {
    Refuse("attention with dropout, a causal mask or grouped queries is not run here");
  }
  SizeList dims(key.rank());
  std::iota(dims.begin(), dims.end(), std::int64_t{0});
  std::swap(dims[dims.size() - 1], dims[dims.size() - 2]);
  BatchProduct scores = MultiplyOperands(query, ComputePermute(key, dims));
  const double scale =
      arguments.RealOr("scale", 1 / std::sqrt(static_cast<double>(query.sizes().back())));
  const CodedTensor* mask = arguments.MaybeOperand("attn_mask");
  if (mask != nullptr && BroadcastSizes(mask->sizes(), scores.sizes) != scores.sizes) {
    Refuse("its mask does not broadcast to its scores");
  }
  for (double& x : scores.elements) x *= scale;
  if (mask != nullptr) {
    const BroadcastIndex at(mask->sizes(), scores.sizes);
    std::vector<double> store;
    const auto numbers = NumbersIn<double>(*mask, store);
    const bool is_bool = mask->dtype() == ir::ScalarType::kBool;
    for (std::size_t i = 0; i < scores.elements.size(); ++i) {
      const double number = numbers[at.At(static_cast<std::int64_t>(i))];
      if (is_bool && number == 0) scores.elements[i] = -std::numeric_limits<double>::infinity();
      if (!is_bool) scores.elements[i] += number;
    }
  }
  const std::int64_t row = scores.sizes.back();
  for (std::size_t from = 0; row > 0 && from < scores.elements.size();
       from += static_cast<std::size_t>(row)) {
    SoftmaxRow(scores.elements.data() + from, row, 1, false);
  }
  BatchProduct out = Multiply(std::move(scores.elements), std::move(scores.sizes), DoublesOf(value),
                              value.sizes());
  return {StoredLike(query, out.elements, std::move(out.sizes))};
}

// The rows of `weight`, or the slices of dimension `dim`, that integers name.
CodedTensor TakenRows(const CodedTensor& input, std::size_t dim, const CodedTensor& index,
                      SizeList in_place_of) {
  std::vector<std::int64_t> store;
  const auto rows = NumbersIn<std::int64_t>(index, store);
  const std::int64_t inner = CountBetween(input.sizes(), dim + 1, input.rank());
  const std::int64_t outer = CountBetween(input.sizes(), 0, dim), size = input.sizes()[dim];
  PickedElements picked{input.sizes(), {}};
  picked.sizes.erase(picked.sizes.begin() + static_cast<std::ptrdiff_t>(dim));
  picked.sizes.insert(picked.sizes.begin() + static_cast<std::ptrdiff_t>(dim), in_place_of.begin(),
                      in_place_of.end());
  CountOf(picked.sizes);
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const std::int64_t row : rows) {
      if (row < 0 || row >= size) Refuse("an index is outside of its operand");
      for (std::int64_t i = 0; i < inner; ++i) picked.from.push_back((o * size + row) * inner + i);
    }
  }
  return ComputePick(input, picked);
}

CodedValues Embedding(const CodedArguments& arguments) {
  const CodedTensor& weight = arguments.Operand("weight");
  const CodedTensor& indices = arguments.Operand("indices");
  if (weight.rank() != 2) Refuse("takes a weight of two dimensions");
  return {TakenRows(weight, 0, indices, indices.sizes())};
}

CodedValues IndexSelect(const CodedArguments& arguments) {
  const CodedTensor& input = arguments.Operand("self");
  const CodedTensor& index = arguments.Operand("index");
  const std::size_t dim = DimensionOf(arguments.named().Integer("dim"), input.rank());
  return {TakenRows(input, dim, index, {static_cast<std::int64_t>(index.count())})};
}

// The largest element of each window, and which one of its plane it is: NaN wins, of equal ones the
// first.
CodedValues AdaptiveMaxPool(const CodedArguments& arguments) {
  return ComputeAdaptiveMaxPool(arguments.Operand("self"), arguments.IntegersOr("output_size", {}));
}

CodedValues Interpolate(const CodedArguments& arguments) {
  return {InterpolateLinearly(arguments)};
}

struct FunctionRow {
  std::string_view target;
  NetworkFunction function;
};

constexpr FunctionRow kFunctions[] = {
    {"aten.softmax.int", Softmax<false>},
    {"aten._softmax.default", Softmax<false>},
    {"aten.log_softmax.int", Softmax<true>},
    {"aten._log_softmax.default", Softmax<true>},
    {"aten.layer_norm.default", LayerNorm},
    {"aten.native_layer_norm.default", LayerNorm},
    {"aten.group_norm.default", GroupNorm},
    {"aten.native_group_norm.default", GroupNorm},
    {"aten.matmul.default", Matmul},
    {"aten.mm.default", Matmul},
    {"aten.bmm.default", Matmul},
    {"aten.addmm.default", Addmm},
    {"aten.baddbmm.default", Addmm},
    {"aten.scaled_dot_product_attention.default", Attention},
    {"aten.embedding.default", Embedding},
    {"aten.index_select.default", IndexSelect},
    {"aten.adaptive_max_pool1d.default", AdaptiveMaxPool},
    {"aten.adaptive_max_pool2d.default", AdaptiveMaxPool},
    {"aten.upsample_linear1d.default", Interpolate},
    {"aten.upsample_linear1d.vec", Interpolate},
    {"aten.upsample_bilinear2d.default", Interpolate},
    {"aten.upsample_bilinear2d.vec", Interpolate},
};

}  // namespace

NetworkFunction FindNetworkFunction(std::string_view target) {
  const auto found = std::ranges::find(kFunctions, target, &FunctionRow::target);
  return found == std::end(kFunctions) ? nullptr : found->function;
}

}  // namespace foldproof::exec
