// SPDX-License-Identifier: BSD-3-Clause
//
// The patterns that ExecuTorch's QuantFusionPass is given: one for each kind of chain that it fuses
// (docs/quant_fusion.md, "Patterns").
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace foldproof::fold {

// Named as ExecuTorch's classes are, without "Pattern".
enum class FusionPattern {
  kAddmm,
  kAdd,
  kAddRelu0,  // relu
  kAddRelu1,  // relu_
  kBmm,
  kCat,
  kConv1d,
  kConv1dBNRelu0,
  kConv1dBNRelu1,
  kConv1dRelu0,
  kConv1dRelu1,
  kConv2d,
  kConv2dBNRelu0,
  kConv2dBNRelu1,
  kConv2dRelu0,
  kConv2dRelu1,
  kLinear,
  kMatmul,
  kMaxPool2d,  // with_indices
  kMaxPool2dWithoutIndices,
  kMixedW8A32Conv,
  kMixedW8A32Gru,
  kMixedW8A32Linear,
  kRelu0,
  kRelu1,
};

// What a pattern matches, operator by operator, and what it puts there.
struct FusionPatternRow {
  std::string_view name;  // "AddPattern"
  std::vector<std::string_view> targets;
  std::string_view replacement;
};

const FusionPatternRow& RowOf(FusionPattern pattern);

// The quantizers of ExecuTorch whose patterns QuantFusionPass is run with, in that order.
enum class PatternSet {
  kDefault,        // CadenceDefaultQuantizer
  kWakeWord,       // CadenceWakeWordQuantizer
  kFusedConvRelu,  // CadenceFusedConvReluQuantizer
  k16BitConv,      // CadenceWith16BitConvActivationsQuantizer
  kMixedW8A32,     // CadenceW8A32MixedQuantizer
};

std::vector<FusionPattern> PatternsOf(PatternSet set);

inline constexpr std::string_view kQuantizeTarget =
    "quantized_decomposed.quantize_per_tensor.default";
inline constexpr std::string_view kDequantizeTarget =
    "quantized_decomposed.dequantize_per_tensor.default";

}  // namespace foldproof::fold
