// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/reduction.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/exec/eigen/layout.h"
#include "harness/exec/shape/broadcast.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

// The result's sizes, with 1 for every dimension that is summed over.
Sizes KeptSizes(const Sizes& sizes, const Summed& summed) {
  Sizes kept = sizes;
  if (summed.dims.empty()) kept.assign(sizes.size(), 1);
  std::vector<bool> seen(std::max<std::size_t>(sizes.size(), 1), false);
  for (const std::int64_t dim : summed.dims) {
    const std::size_t d = DimensionOf(dim, sizes.size());
    if (seen[d]) Refuse("names a dimension twice");
    seen[d] = true;
    if (d < kept.size()) kept[d] = 1;
  }
  return kept;
}

// `kept` without the dimensions that were summed over.
Sizes ResultSizes(const Sizes& sizes, const Sizes& kept, const Summed& summed) {
  if (summed.keeps) return kept;
  if (summed.dims.empty()) return {};
  std::vector<bool> is_summed(sizes.size(), false);
  for (const std::int64_t dim : summed.dims) {
    if (!sizes.empty()) is_summed[DimensionOf(dim, sizes.size())] = true;
  }
  Sizes out;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    if (!is_summed[d]) out.push_back(sizes[d]);
  }
  return out;
}

// Calls add(result, element) for each element, with the index of the result that it goes into.
template <typename Add>
Sizes ForEachTerm(const Sizes& sizes, const Summed& summed, Add add) {
  const Sizes kept = KeptSizes(sizes, summed);
  const BroadcastIndex result(kept, sizes);
  const std::int64_t count = CheckedCount(sizes);
  for (std::int64_t i = 0; i < count; ++i) add(result.At(i), static_cast<std::size_t>(i));
  return ResultSizes(sizes, kept, summed);
}

std::size_t ResultCount(const Sizes& sizes, const Summed& summed) {
  return static_cast<std::size_t>(CheckedCount(KeptSizes(sizes, summed)));
}

// The elements line[0], line[step], ..., `size` of them.
void SoftmaxOfLine(double* line, std::int64_t size, std::int64_t step, bool is_logarithm) {
  double most = line[0];
  for (std::int64_t i = 0; i < size; ++i) {
    if (std::isnan(line[i * step]) || line[i * step] > most) most = line[i * step];
  }
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) sum += std::exp(line[i * step] - most);
  for (std::int64_t i = 0; i < size; ++i) {
    double& x = line[i * step];
    x = is_logarithm ? x - most - std::log(sum) : std::exp(x - most) / sum;
  }
}

}  // namespace

RealTensor SumOf(const RealTensor& input, const Summed& summed) {
  RealTensor out{{}, std::vector<double>(ResultCount(input.sizes, summed), 0.0)};
  out.sizes = ForEachTerm(input.sizes, summed, [&](std::size_t result, std::size_t i) {
    out.elements[result] += input.elements[i];
  });
  return out;
}

IntegerTensor SumOf(const IntegerTensor& input, const Summed& summed) {
  std::vector<std::uint64_t> sums(ResultCount(input.sizes, summed), 0);
  IntegerTensor out{ir::ScalarType::kInt64, {}, {}};
  out.sizes = ForEachTerm(input.sizes, summed, [&](std::size_t result, std::size_t i) {
    sums[result] += static_cast<std::uint64_t>(input.elements[i]);
  });
  for (const std::uint64_t sum : sums) out.elements.push_back(static_cast<std::int64_t>(sum));
  return out;
}

RealTensor MeanOf(const RealTensor& input, const Summed& summed) {
  RealTensor out = SumOf(input, summed);
  std::int64_t terms = 1;
  const Sizes kept = KeptSizes(input.sizes, summed);
  for (std::size_t d = 0; d < kept.size(); ++d) terms *= kept[d] == 1 ? input.sizes[d] : 1;
  for (double& sum : out.elements) sum /= static_cast<double>(terms);
  return out;
}

RealTensor SoftmaxOf(const RealTensor& input, std::int64_t dim, bool is_logarithm) {
  RealTensor out = input;
  const std::size_t d = DimensionOf(dim, input.sizes.size());
  if (out.elements.empty()) return out;
  const std::int64_t size = input.sizes.empty() ? 1 : input.sizes[d];
  std::int64_t step = 1;
  for (std::size_t e = d + 1; e < input.sizes.size(); ++e) step *= input.sizes[e];
  const auto count = static_cast<std::int64_t>(out.elements.size());
  for (std::int64_t begin = 0; begin < count; begin += size * step) {
    for (std::int64_t i = begin; i < begin + step; ++i) {
      SoftmaxOfLine(out.elements.data() + i, size, step, is_logarithm);
    }
  }
  return out;
}

}  // namespace foldproof::exec::real
