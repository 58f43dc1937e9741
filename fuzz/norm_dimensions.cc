// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/norm_dimensions.h"

#include <utility>

namespace foldproof::fuzz {
namespace {

using B = BlockDraw;

std::vector<Dimension> OfNormPrograms() {
  return {
      {"space", &Draw::space, nullptr, {{"2d", 3}, {"1d", 2}, {"linear", 2}}},
      {"batch", &Draw::batch, nullptr, {{"1", 16}, {"unbatched", 2}, {"2", 2}, {"0", 1}}},
      {"size", &Draw::size, nullptr, {{"3", 6}, {"1", 2}, {"2", 4}}},
      {"channels", &Draw::channels, nullptr, {{"2", 6}, {"1", 1}, {"3", 3}, {"4", 2}, {"6", 1}}},
      {"input type", &Draw::input_type, nullptr, {{"int8", 24}, {"uint8", 8}}},
      {"input scale",
       &Draw::input_scale,
       nullptr,
       {{"1/16", 4}, {"0.03", 4}, {"1/3", 2}, {"1e-5", 1}, {"50", 1}}},
      {"input zero point",
       &Draw::input_zero,
       nullptr,
       {{"0", 3}, {"5", 3}, {"lowest", 2}, {"highest", 1}}},
      {"input", &Draw::float_input, nullptr, {{"codes", 16}, {"floats", 1}}},
  };
}

std::vector<Dimension> OfProducts() {
  return {
      {"op",
       nullptr,
       &B::op,
       {{"conv", 8}, {"conv.padding", 2}, {"convolution", 2}, {"conv_transpose", 4}}},
      {"outputs", nullptr, &B::outputs, {{"2", 8}, {"1", 2}, {"3", 4}, {"4", 3}}},
      {"groups", nullptr, &B::groups, {{"1", 6}, {"2", 2}, {"depthwise", 2}}},
      {"kernel", nullptr, &B::kernel, {{"1", 6}, {"2", 3}, {"3", 1}}},
      {"stride", nullptr, &B::stride, {{"1", 5}, {"2", 1}}},
      {"dilation", nullptr, &B::dilation, {{"1", 5}, {"2", 1}}},
      {"padding", nullptr, &B::padding, {{"0", 4}, {"1", 2}, {"same", 1}, {"valid", 1}}},
      {"weights", nullptr, &B::weights, {{"codes", 4}, {"floats", 1}}},
      {"weight scale",
       nullptr,
       &B::weight_scale,
       {{"per tensor", 4},
        {"per channel", 4},
        {"per tensor, affine", 1},
        {"per channel, affine", 1}}},
      {"weight type", nullptr, &B::weight_type, {{"int8", 8}, {"uint8", 1}}},
      {"weight bits", nullptr, &B::bits, {{"8", 4}, {"4", 1}}},
      {"bias",
       nullptr,
       &B::bias,
       {{"quantized", 6}, {"none", 4}, {"float", 4}, {"quantized per channel", 2}}},
      {"bias size",
       nullptr,
       &B::bias_size,
       {{"small", 12}, {"zero", 4}, {"above 2^24", 1}, {"near 2^31", 1}, {"near -2^31", 1}}},
  };
}

std::vector<Dimension> OfNorms() {
  return {
      {"chain", nullptr, &B::chain, {{"batch_norm", 24}, {"none", 1}}},
      {"eps",
       nullptr,
       &B::eps,
       {{"1e-5", 16}, {"0.1", 2}, {"1e-5 again", 0}, {"zero", 1}, {"tiny", 1}, {"huge", 1}}},
      {"norm", nullptr, &B::norm, {{"batch_norm", 4}, {"native", 1}}},
      {"affine", nullptr, &B::affine, {{"yes", 16}, {"no", 1}}},
      {"gamma",
       nullptr,
       &B::gamma,
       {{"normal", 24},
        {"negative", 6},
        {"zero", 2},
        {"subnormal", 1},
        {"huge", 1},
        {"infinite", 1},
        {"NaN", 1}}},
      {"variance",
       nullptr,
       &B::variance,
       {{"normal", 24},
        {"zero", 1},
        {"negative", 1},
        {"tiny", 1},
        {"huge", 1},
        {"infinite", 1},
        {"NaN", 1},
        {"cancelled by eps", 1}}},
      {"mean", nullptr, &B::mean, {{"normal", 16}, {"zero", 2}, {"large", 1}, {"NaN", 1}}},
      {"beta", nullptr, &B::beta, {{"normal", 16}, {"zero", 2}, {"large", 2}, {"huge", 1}}},
      {"extra user",
       nullptr,
       &B::extra_user,
       {{"none", 24},
        {"of the conv", 1},
        {"of quantize", 0},
        {"of dequantize", 0},
        {"of div", 0},
        {"of add", 0},
        {"of the weight", 2}}},
      {"near miss",
       nullptr,
       &B::near_miss,
       {{"none", 24},
        {"mul for div", 0},
        {"sub for add", 0},
        {"relu before", 1},
        {"another axis", 0},
        {"no dequantize", 0},
        {"batch statistics", 1},
        {"dequantized with another scale", 0},
        {"another axis of the bias", 0},
        {"mean written into", 1}}},
      {"behind",
       nullptr,
       &B::behind,
       {{"nothing", 10}, {"relu", 8}, {"relu6", 2}, {"hardswish", 1}, {"residual", 2}}},
      {"output quantizer", nullptr, &B::out_quantizer, {{"none", 1}, {"int8", 4}, {"uint8", 2}}},
      {"sharing",
       nullptr,
       &B::sharing,
       {{"nothing", 12}, {"weight", 2}, {"bias", 1}, {"batch_norm", 1}, {"float bias", 1}}},
  };
}

}  // namespace

std::vector<Dimension> NormDimensions() {
  std::vector<Dimension> out = OfNormPrograms();
  for (Dimension& dimension : OfProducts()) out.push_back(std::move(dimension));
  for (Dimension& dimension : OfNorms()) out.push_back(std::move(dimension));
  return out;
}

}  // namespace foldproof::fuzz
