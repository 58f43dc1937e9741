// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/quant_fusion_mixed.h"

#include <algorithm>
#include <string>
#include <utility>

#include "src/base/error.h"
#include "src/fold/quant_fusion/quant_fusion_patterns.h"

namespace foldproof::fold {
namespace {

using ir::ArgumentValue;

struct MixedChain {
  FxId input, weight, bias;
};

// Three arguments alone: stride, padding, dilation and groups are the defaults that ExecuTorch
// asserts.
std::optional<MixedChain> MatchMixed(const FxMirror& mirror, FxId id) {
  const FxNode& node = mirror.fx().at(id);
  if (node.PositionalCount() != 3 || node.HasKeywords()) return std::nullopt;
  const auto weight = mirror.Dequantize(id, 1), bias = mirror.Dequantize(id, 2);
  if (!weight || !bias) return std::nullopt;
  const auto input = mirror.fx().NodeArgument(id, 0);
  if (!input) mirror.Raise(id, "AssertionError: ");
  return MixedChain{*input, *weight, *bias};
}

void Emit(FxMirror& mirror, FxId id, FusionPattern pattern, const MixedChain& chain,
          ArgumentValue input, ArgumentValue weight) {
  mirror.Replace(id, id, RowOf(pattern).replacement,
                 {{"input", std::move(input)},
                  {"weight", std::move(weight)},
                  {"w_scale", mirror.Real(chain.weight, "scale")},
                  {"bias", mirror.Read(chain.bias, "input")},
                  {"b_scale", mirror.Real(chain.bias, "scale")}});
}

ArgumentValue Permuted(FxMirror& mirror, FxId place, FxId of,
                       const std::vector<std::int64_t>& dims) {
  auto type = mirror.fx().at(of).type;
  if (!type || type->rank() != dims.size()) {
    mirror.Raise(place, "RuntimeError: permute: number of dimensions does not match");
  }
  const auto from = type->dims;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    type->dims[i] = from[static_cast<std::size_t>(dims[i])];
  }
  return FxMirror::AsArgument(mirror.InsertBefore(
      place, "aten.permute.default", {{"self", FxMirror::AsArgument(of)}, {"dims", dims}}, type));
}

}  // namespace

bool FuseMixedLinear(FxMirror& mirror, FxId id) {
  const auto chain = MatchMixed(mirror, id);
  if (!chain) return false;
  Emit(mirror, id, FusionPattern::kMixedW8A32Linear, *chain, FxMirror::AsArgument(chain->input),
       mirror.Read(chain->weight, "input"));
  return true;
}

// Its kernel wants [N, L, C] and a weight [K, O, C].
bool FuseMixedConv(FxMirror& mirror, FxId id) {
  const auto chain = MatchMixed(mirror, id);
  if (!chain) return false;
  const ArgumentValue input = Permuted(mirror, id, chain->input, {0, 2, 1});
  const ArgumentValue weight =
      Permuted(mirror, id, mirror.NodeOf(chain->weight, "input"), {2, 0, 1});
  Emit(mirror, id, FusionPattern::kMixedW8A32Conv, *chain, input, weight);
  return true;
}

bool RefuseGru(const FxMirror& mirror, FxId id) {
  const FxNode& node = mirror.fx().at(id);
  const ArgumentValue* list = node.Positional(2);
  const auto* params = list == nullptr ? nullptr : std::get_if<std::vector<ir::ValueId>>(list);
  if (node.HasKeywords() || params == nullptr || params->size() < 4) return false;
  const bool all = std::all_of(params->begin(), params->begin() + 4, [&](ir::ValueId param) {
    return mirror.IsCall(param.index, kDequantizeTarget);
  });
  if (!all) return false;
  throw Error(Error::Code::kInput, node.name,
              "the fusion of a gru is not reproduced; leave MixedW8A32GruPattern out");
}

}  // namespace foldproof::fold
