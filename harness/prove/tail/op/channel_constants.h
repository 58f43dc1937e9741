// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "harness/prove/constants/constant_values.h"
#include "harness/prove/tail/op/operand.h"

namespace foldproof::prove {

// What batch_norm's kernel does (docs/numerics.md, eq. 5 and 6): fused on hardware with FMA.
enum class BatchNormVariant { kFma, kNoFma };

// What an eval batch_norm takes of each channel where it computes step by step, y = ((x - mean) *
// inverse) * weight + bias (docs/numerics.md, eq. 6b): `inverse` is 1 / sqrt(var + eps) by IEEE's
// root, and the other two by roots a step lower and a step higher.
struct StepwiseNorm {
  std::vector<float> mean, weight, bias;
  std::array<std::vector<float>, 3> inverse;
};

// alpha and beta of an eval batch_norm: y = x * alpha + beta, and in float64 with eps as a double.
struct AffineConstants {
  ChannelConstant scale;
  ChannelConstant shift;
  // One a channel, in float64: mean * alpha, which may cancel in beta, and the variance without
  // eps.
  std::vector<double> centre{};
  std::vector<double> variance{};
  double eps = 0;
  bool fused = true;  // BatchNormVariant::kFma
  // Where the tensor may lie in memory otherwise than a conv's result does: then either formula may
  // be what PyTorch computes.
  std::optional<StepwiseNorm> stepwise{};
};

// `constant` as it meets a tail value of type `shape` whose channels lie along `channel_axis`: one
// number, or one a channel. nullopt where there is none (not a constant), or where it varies along
// another dimension, so that the result is no function of A within a channel.
std::optional<ChannelConstant> BroadcastConstant(const ConstantValue* constant,
                                                 const ir::TensorType& shape,
                                                 std::optional<std::size_t> channel_axis,
                                                 std::size_t channels);

// alpha = f32(f32(1 / f32(sqrt(f32(var + f32(eps))))) * gamma) and beta = bias - mean * alpha,
// fused or not; in float64 with eps as the double of the graph (docs/numerics.md, eq. 5 and 6).
// nullopt where a parameter is not a constant of `channels` float32 entries, or is missing where
// the tensor may lie in another way.
std::optional<AffineConstants> BatchNormConstants(const FunctionalView& view,
                                                  const ConstantValues& constants,
                                                  const ir::Node& node, const ir::BatchNorm& op,
                                                  std::size_t channels, BatchNormVariant variant);

}  // namespace foldproof::prove
