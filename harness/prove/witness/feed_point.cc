// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/witness/feed_point.h"

#include <cmath>

#include "harness/prove/constants/tensor_numbers.h"

namespace foldproof::prove {
namespace {

// The dequantize before the conv, where it names its codes itself: no in-place node stands between.
const ir::DequantizePerTensor* DequantizeOf(const Side& side, const ConvSide& conv) {
  const ir::Node* node = side.view.program().graph.ProducerOf(conv.input_cut);
  const auto* dq = node ? std::get_if<ir::DequantizePerTensor>(&node->op) : nullptr;
  return dq != nullptr && dq->input == conv.input_codes ? dq : nullptr;
}

}  // namespace

FeedPoint FeedPointOf(const Side& before, const Side& after, const MatchedSite& site) {
  const auto* b = DequantizeOf(before, site.before->conv);
  const auto* a = DequantizeOf(after, site.after->conv);
  if (b != nullptr && a != nullptr && b->params == a->params)
    return {site.before->conv.input_codes, site.after->conv.input_codes, true};
  return {site.before->conv.input_cut, site.after->conv.input_cut, false};
}

exec::Tensor CodesOf(const exec::Tensor& dequantized, const ir::QuantParams& params) {
  std::vector<double> numbers = NumbersOf<double>(dequantized);
  const auto scale = static_cast<double>(static_cast<float>(params.scale));
  for (double& x : numbers) x = std::rint(x / scale) + static_cast<double>(params.zero_point);
  return TensorOf(params.dtype, dequantized.sizes, numbers);
}

exec::Tensor AsValue(const ir::Value& value, exec::Tensor tensor) {
  const auto& type = value.type;
  if (type && type->is_static() && type->element_count() == tensor.count())
    tensor.sizes = type->sizes();
  if (type && type->dtype == ir::ScalarType::kFloat32 && tensor.dtype == ir::ScalarType::kFloat64)
    return TensorOf(type->dtype, tensor.sizes, NumbersOf<double>(tensor));
  return tensor;
}

}  // namespace foldproof::prove
