// SPDX-License-Identifier: BSD-3-Clause
//
// What the choices of a fold are called.
#pragma once

#include "src/base/named.h"
#include "src/fold/pipeline.h"

namespace foldproof {

template <>
inline constexpr auto kNames<fold::Policy> = std::to_array<Named<fold::Policy>>({
    {fold::Policy::kUpstream, "upstream"},
    {fold::Policy::kGuarded, "guarded"},
    {fold::Policy::kRepair, "repair"},
});

template <>
inline constexpr auto kNames<fold::Pipeline> = std::to_array<Named<fold::Pipeline>>({
    {fold::Pipeline::kPostExport, "post-export"},
    {fold::Pipeline::kPreExport, "pre-export"},
});

template <>
inline constexpr auto kNames<fold::Stage> = std::to_array<Named<fold::Stage>>({
    {fold::Stage::kBiases, "biases"},
    {fold::Stage::kFold, "fold"},
    {fold::Stage::kFusion, "fusion"},
});

template <>
inline constexpr auto kNames<fold::FoldPass> = std::to_array<Named<fold::FoldPass>>({
    {fold::FoldPass::kQatConvBn, "qat-conv-bn"},
    {fold::FoldPass::kConvBn, "conv-bn"},
});

template <>
inline constexpr auto kNames<fold::CodesMode> = std::to_array<Named<fold::CodesMode>>({
    {fold::CodesMode::kRequantize, "requantize"},
    {fold::CodesMode::kRescale, "rescale"},
});

template <>
inline constexpr auto kNames<fold::UpstreamNormPass> =
    std::to_array<Named<fold::UpstreamNormPass>>({
        {fold::UpstreamNormPass::kFx, "fx"},
        {fold::UpstreamNormPass::kXnnpack, "xnnpack"},
        {fold::UpstreamNormPass::kTransforms, "transforms"},
    });

// The sets that a user may choose; the others are looked for by tests alone.
template <>
inline constexpr auto kNames<fold::PatternSet> = std::to_array<Named<fold::PatternSet>>({
    {fold::PatternSet::kDefault, "default"},
    {fold::PatternSet::kFusedConvRelu, "fused-conv-relu"},
});

namespace fold {

using foldproof::NameOf;

}  // namespace fold
}  // namespace foldproof
