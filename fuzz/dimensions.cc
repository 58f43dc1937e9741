// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/dimensions.h"

#include <algorithm>

#include "fuzz/norm_dimensions.h"

namespace foldproof::fuzz {
namespace {

std::vector<Dimension> OfPrograms() {
  return {
      {"space", &Draw::space, nullptr, {{"2d", 3}, {"1d", 2}}},
      {"batch", &Draw::batch, nullptr, {{"1", 16}, {"unbatched", 2}, {"2", 2}, {"0", 1}}},
      {"size", &Draw::size, nullptr, {{"3", 6}, {"1", 1}, {"2", 4}, {"4", 2}, {"7", 1}}},
      {"channels", &Draw::channels, nullptr, {{"2", 6}, {"1", 1}, {"3", 3}, {"4", 2}, {"6", 1}}},
      {"input type", &Draw::input_type, nullptr, {{"int8", 24}, {"uint8", 8}, {"int16", 1}}},
      {"input scale",
       &Draw::input_scale,
       nullptr,
       {{"1/16", 4}, {"0.03", 4}, {"1/3", 2}, {"1e-5", 1}, {"50", 1}}},
      {"input zero point",
       &Draw::input_zero,
       nullptr,
       {{"0", 3}, {"5", 3}, {"lowest", 2}, {"highest", 1}}},
  };
}

std::vector<Dimension> OfConvolutions() {
  using B = BlockDraw;
  return {
      {"op",
       nullptr,
       &B::op,
       {{"conv", 10}, {"conv.padding", 2}, {"convolution", 2}, {"conv_transpose", 2}}},
      {"outputs", nullptr, &B::outputs, {{"2", 8}, {"1", 2}, {"3", 4}, {"4", 3}, {"8", 1}}},
      {"groups", nullptr, &B::groups, {{"1", 6}, {"2", 1}, {"depthwise", 2}}},
      {"kernel", nullptr, &B::kernel, {{"1", 6}, {"2", 2}, {"3", 3}}},
      {"stride", nullptr, &B::stride, {{"1", 5}, {"2", 1}}},
      {"dilation", nullptr, &B::dilation, {{"1", 5}, {"2", 1}}},
      {"padding", nullptr, &B::padding, {{"0", 4}, {"1", 2}, {"same", 1}, {"valid", 1}}},
      {"weight scale",
       nullptr,
       &B::weight_scale,
       {{"per tensor", 5},
        {"per channel", 4},
        {"per tensor, affine", 1},
        {"per channel, affine", 1}}},
      {"weight type", nullptr, &B::weight_type, {{"int8", 8}, {"uint8", 1}, {"int16", 1}}},
      {"bias",
       nullptr,
       &B::bias,
       {{"quantized", 8}, {"none", 4}, {"float", 3}, {"quantized per channel", 2}}},
      {"bias size",
       nullptr,
       &B::bias_size,
       {{"small", 12}, {"zero", 6}, {"above 2^24", 1}, {"near 2^31", 1}, {"near -2^31", 1}}},
      // A tail of 16 bits has 2^16 steps; such a case takes as long as fifty others.
      {"quantizer type", nullptr, &B::quantizer_type, {{"int8", 32}, {"uint8", 8}, {"int16", 1}}},
      {"quantizer room", nullptr, &B::room, {{"roomy", 6}, {"tight", 2}, {"wide", 2}}},
  };
}

std::vector<Dimension> OfChains() {
  using B = BlockDraw;
  return {
      {"chain",
       nullptr,
       &B::chain,
       {{"whole", 16}, {"none", 2}, {"batch_norm alone", 1}, {"division alone", 1}}},
      {"scale form",
       nullptr,
       &B::scale_form,
       {{"div", 12}, {"rsqrt", 2}, {"swapped product", 1}, {"truncated", 1}, {"floored", 1}}},
      {"reshape", nullptr, &B::reshape, {{"reshape", 3}, {"view", 1}}},
      {"original bias",
       nullptr,
       &B::original_bias,
       {{"none", 6}, {"added", 6}, {"swapped", 2}, {"alpha", 1}, {"alpha on the value", 1}}},
      {"numerator", nullptr, &B::numerator, {{"bn weight", 16}, {"another", 1}}},
      {"chain variance", nullptr, &B::chain_variance, {{"running_var", 16}, {"another", 1}}},
      {"eps",
       nullptr,
       &B::eps,
       {{"equal", 16},
        {"larger in batch_norm", 1},
        {"larger in the chain", 1},
        {"zero", 1},
        {"tiny", 1},
        {"huge", 1},
        {"rounded to float32", 1}}},
      {"norm", nullptr, &B::norm, {{"batch_norm", 4}, {"native", 1}}},
      {"affine", nullptr, &B::affine, {{"yes", 16}, {"no", 1}}},
      {"gamma",
       nullptr,
       &B::gamma,
       {{"normal", 24},
        {"negative", 3},
        {"zero", 1},
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
        {"NaN", 1}}},
      {"mean",
       nullptr,
       &B::mean,
       {{"normal", 16}, {"zero", 2}, {"large", 1}, {"NaN", 1}, {"the original bias", 1}}},
      {"beta", nullptr, &B::beta, {{"normal", 16}, {"zero", 2}, {"large", 2}, {"huge", 1}}},
  };
}

std::vector<Dimension> OfSurroundings() {
  using B = BlockDraw;
  return {
      {"extra user",
       nullptr,
       &B::extra_user,
       {{"none", 30},
        {"of the conv", 1},
        {"of quantize", 1},
        {"of dequantize", 1},
        {"of div", 1},
        {"of add", 1}}},
      {"near miss",
       nullptr,
       &B::near_miss,
       {{"none", 36},
        {"mul for div", 1},
        {"sub for add", 1},
        {"relu before", 1},
        {"another axis", 1},
        {"no dequantize", 1},
        {"batch statistics", 1},
        {"dequantized with another scale", 1},
        {"another axis of the bias", 1}}},
      {"behind",
       nullptr,
       &B::behind,
       // hardswish is no straight line: its ideal gap is looked for at every accumulator.
       {{"nothing", 10}, {"relu", 8}, {"relu6", 2}, {"hardswish", 1}, {"residual", 2}}},
      {"output quantizer", nullptr, &B::out_quantizer, {{"none", 1}, {"int8", 2}, {"uint8", 1}}},
      {"sharing",
       nullptr,
       &B::sharing,
       {{"nothing", 14}, {"weight", 1}, {"bias", 1}, {"batch_norm", 1}, {"float bias", 1}}},
  };
}

void Append(std::vector<Dimension>& to, std::vector<Dimension> from) {
  for (Dimension& dimension : from) to.push_back(std::move(dimension));
}

}  // namespace

std::span<const Dimension> Dimensions(Family family) {
  static const std::vector<Dimension> all = [] {
    std::vector<Dimension> out = OfPrograms();
    Append(out, OfConvolutions());
    Append(out, OfChains());
    Append(out, OfSurroundings());
    return out;
  }();
  static const std::vector<Dimension> of_norms = NormDimensions();
  return family == Family::kConvBn ? of_norms : all;
}

std::vector<NamedChoice> NotPlain(const Draw& draw) {
  std::vector<NamedChoice> out;
  for (const Dimension& dimension : Dimensions(draw.family)) {
    const auto note = [&](std::uint8_t choice) {
      if (choice != 0) out.push_back({dimension.name, dimension.choices[choice].name});
    };
    if (dimension.of_program != nullptr) note(draw.*dimension.of_program);
    if (dimension.of_block == nullptr) continue;
    for (const BlockDraw& block : draw.blocks) note(block.*dimension.of_block);
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace foldproof::fuzz
