// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/quant_fusion_patterns.h"

#include <map>

#include "src/base/error.h"

namespace foldproof::fold {
namespace {

constexpr std::string_view kAdd = "aten.add.Tensor";
constexpr std::string_view kNorm = "aten.batch_norm.default";
constexpr std::string_view kConv1d = "aten.conv1d.default";
constexpr std::string_view kConv2d = "aten.conv2d.default";
constexpr std::string_view kRelu = "aten.relu.default";
constexpr std::string_view kReluInPlace = "aten.relu_.default";
constexpr std::string_view kLinear = "aten.linear.default";

constexpr std::string_view kQuantizedAdd = "cadence.quantized_add.per_tensor";
constexpr std::string_view kQuantizedConv1d = "cadence.quantized_conv1d_ncl.per_tensor";
constexpr std::string_view kQuantizedConv2d = "cadence.quantized_conv2d_nchw.per_tensor";
constexpr std::string_view kQuantizedLinear = "cadence.quantized_linear.per_tensor";
constexpr std::string_view kQuantizedMatmul = "cadence.quantized_matmul.default";
constexpr std::string_view kQuantizedPool = "cadence.quantized_max_pool2d_nchw.default";
constexpr std::string_view kQuantizedRelu = "cadence.quantized_relu.per_tensor";

using P = FusionPattern;

const std::map<FusionPattern, FusionPatternRow>& Rows() {
  static const std::map<FusionPattern, FusionPatternRow> rows{
      {P::kAddmm, {"AddmmPattern", {"aten.addmm.default"}, kQuantizedLinear}},
      {P::kAdd, {"AddPattern", {kAdd}, kQuantizedAdd}},
      {P::kAddRelu0, {"AddReluPattern0", {kAdd, kRelu}, kQuantizedAdd}},
      {P::kAddRelu1, {"AddReluPattern1", {kAdd, kReluInPlace}, kQuantizedAdd}},
      {P::kBmm, {"BmmPattern", {"aten.bmm.default"}, kQuantizedMatmul}},
      {P::kCat, {"CatPattern", {"aten.cat.default"}, "aten.cat.default"}},
      {P::kConv1d, {"Conv1dPattern", {kConv1d}, kQuantizedConv1d}},
      {P::kConv1dBNRelu0, {"Conv1dBNReluPattern0", {kConv1d, kNorm, kRelu}, kQuantizedConv1d}},
      {P::kConv1dBNRelu1,
       {"Conv1dBNReluPattern1", {kConv1d, kNorm, kReluInPlace}, kQuantizedConv1d}},
      {P::kConv1dRelu0, {"Conv1dReluPattern0", {kConv1d, kRelu}, kQuantizedConv1d}},
      {P::kConv1dRelu1, {"Conv1dReluPattern1", {kConv1d, kReluInPlace}, kQuantizedConv1d}},
      {P::kConv2d, {"Conv2dPattern", {kConv2d}, kQuantizedConv2d}},
      {P::kConv2dBNRelu0, {"Conv2dBNReluPattern0", {kConv2d, kNorm, kRelu}, kQuantizedConv2d}},
      {P::kConv2dBNRelu1,
       {"Conv2dBNReluPattern1", {kConv2d, kNorm, kReluInPlace}, kQuantizedConv2d}},
      {P::kConv2dRelu0, {"Conv2dReluPattern0", {kConv2d, kRelu}, kQuantizedConv2d}},
      {P::kConv2dRelu1, {"Conv2dReluPattern1", {kConv2d, kReluInPlace}, kQuantizedConv2d}},
      {P::kLinear, {"LinearPattern", {kLinear}, kQuantizedLinear}},
      {P::kMatmul, {"MatmulPattern", {"aten.matmul.default"}, kQuantizedMatmul}},
      {P::kMaxPool2d,
       {"MaxPool2dPattern", {"aten.max_pool2d_with_indices.default"}, kQuantizedPool}},
      {P::kMaxPool2dWithoutIndices,
       {"MaxPool2dWithoutIndicesPattern", {"aten.max_pool2d.default"}, kQuantizedPool}},
      {P::kMixedW8A32Conv,
       {"MixedW8A32ConvPattern", {kConv1d}, "cadence.quantized_w8a32_conv.default"}},
      {P::kMixedW8A32Gru,
       {"MixedW8A32GruPattern", {"aten.gru.input"}, "cadence.quantized_w8a32_gru.default"}},
      {P::kMixedW8A32Linear,
       {"MixedW8A32LinearPattern", {kLinear}, "cadence.quantized_w8a32_linear.default"}},
      {P::kRelu0, {"ReluPattern0", {kRelu}, kQuantizedRelu}},
      {P::kRelu1, {"ReluPattern1", {kReluInPlace}, kQuantizedRelu}},
  };
  return rows;
}

}  // namespace

const FusionPatternRow& RowOf(FusionPattern pattern) {
  const auto found = Rows().find(pattern);
  FP_CHECK(found != Rows().end());
  return found->second;
}

std::vector<FusionPattern> PatternsOf(PatternSet set) {
  const std::vector<FusionPattern> common{
      P::kAddmm,  P::kBmm,    P::kConv1d,    P::kConv2d,
      P::kLinear, P::kMatmul, P::kMaxPool2d, P::kMaxPool2dWithoutIndices,
      P::kRelu0,  P::kRelu1};
  std::vector<FusionPattern> out;
  switch (set) {
    case PatternSet::kDefault: return common;
    case PatternSet::k16BitConv: return {P::kConv1d, P::kConv2d};
    case PatternSet::kMixedW8A32:
      return {P::kMixedW8A32Linear, P::kMixedW8A32Conv, P::kMixedW8A32Gru};
    case PatternSet::kFusedConvRelu:
      out = {P::kConv1dBNRelu0, P::kConv1dBNRelu1, P::kConv2dBNRelu0, P::kConv2dBNRelu1,
             P::kConv1dRelu0,   P::kConv1dRelu1,   P::kConv2dRelu0,   P::kConv2dRelu1,
             P::kAddRelu0,      P::kAddRelu1};
      break;
    case PatternSet::kWakeWord: break;
  }
  out.insert(out.end(), common.begin(), common.end());
  out.insert(out.end(), {P::kAdd, P::kCat});
  return out;
}

}  // namespace foldproof::fold
