// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/batch_norm.h"

#include <fmt/format.h>

#include <cmath>

#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

struct Statistics {
  double mean = 0;
  double var = 0;
};

// The elements of channel c of [N, C, ...]: visit(element).
template <typename Elements, typename Visit>
void ForEachOf(Elements& elements, std::size_t channels, std::size_t inner, std::size_t c,
               Visit visit) {
  for (std::size_t begin = c * inner; begin < elements.size(); begin += channels * inner) {
    for (std::size_t i = begin; i < begin + inner; ++i) visit(elements[i]);
  }
}

// mean = sum x / n, var = sum (x - mean)^2 / n.
Statistics OfBatch(const std::vector<double>& x, std::size_t channels, std::size_t inner,
                   std::size_t c) {
  const double count = static_cast<double>(x.size() / channels);
  double sum = 0, squares = 0;
  ForEachOf(x, channels, inner, c, [&](double v) { sum += v; });
  const double mean = sum / count;
  ForEachOf(x, channels, inner, c, [&](double v) { squares += (v - mean) * (v - mean); });
  return {mean, squares / count};
}

void CheckChannels(const std::optional<RealTensor>& tensor, std::int64_t channels) {
  if (!tensor || tensor->sizes == Sizes{channels}) return;
  Refuse(fmt::format("takes weight, bias and statistics of {} channels", channels));
}

}  // namespace

RealTensor BatchNormOf(const RealTensor& input, const NormParams& params) {
  if (input.sizes.size() < 2) Refuse("takes an input [N, C, ...]");
  const std::int64_t wanted = input.sizes[1];
  for (const auto* tensor : {&params.weight, &params.bias, &params.mean, &params.var}) {
    CheckChannels(*tensor, wanted);
  }
  RealTensor out = input;
  if (out.elements.empty()) return out;
  const auto channels = static_cast<std::size_t>(wanted);
  const std::size_t inner =
      out.elements.size() / channels / static_cast<std::size_t>(input.sizes[0]);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto at = [c](const std::optional<RealTensor>& tensor, double otherwise) {
      return tensor ? tensor->elements[c] : otherwise;
    };
    const bool of_batch = !params.mean || !params.var;
    const Statistics of = of_batch ? OfBatch(input.elements, channels, inner, c)
                                   : Statistics{at(params.mean, 0), at(params.var, 1)};
    const double factor = at(params.weight, 1) / std::sqrt(of.var + params.eps);
    const double bias = at(params.bias, 0);
    ForEachOf(out.elements, channels, inner, c,
              [&](double& x) { x = (x - of.mean) * factor + bias; });
  }
  return out;
}

}  // namespace foldproof::exec::real
