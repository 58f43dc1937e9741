// SPDX-License-Identifier: BSD-3-Clause
//
// What a fuzzed program is drawn from: one choice a named dimension. Choice 0 is the plainest, so a
// draw shrinks towards zeros; what is left above 0 says what a failure needs.
#pragma once

#include <cstdint>
#include <vector>

namespace foldproof::fuzz {

// Which programs are drawn: a chain behind each convolution, as quantization-aware training leaves
// it, or a batch_norm behind a convolution or a linear. Each has its own dimensions, over one
// struct; what is none of its dimensions is plain.
enum class Family : std::uint8_t { kQatChain, kConvBn };

// The choices of each dimension, in the order of dimensions.cc, which names and weighs them.
enum class Space : std::uint8_t { k2d, k1d, kLinear };
enum class Batch : std::uint8_t { kOne, kUnbatched, kTwo, kNone };
enum class CodeType : std::uint8_t { kInt8, kUInt8, kInt16 };
enum class ConvOp : std::uint8_t { kPlain, kNamedPadding, kConvolution, kTransposed };
enum class Padding : std::uint8_t { kNone, kOne, kSame, kValid };
enum class WeightScale : std::uint8_t { kTensor, kChannel, kTensorAffine, kChannelAffine };
enum class Bias : std::uint8_t { kQuantized, kNone, kFloat, kChannelQuantized };
enum class BiasSize : std::uint8_t { kSmall, kZero, kAbove24Bits, kNearTop, kNearBottom };
enum class Room : std::uint8_t { kRoomy, kTight, kWide };
enum class Chain : std::uint8_t { kWhole, kNone, kNormAlone, kDivisionAlone };
enum class ScaleForm : std::uint8_t {
  kDivision,
  kReciprocalRoot,
  kSwappedProduct,
  kTruncated,
  kFloored
};
enum class OriginalBias : std::uint8_t { kNone, kAdded, kSwapped, kAlpha, kValueAlpha };
enum class Eps : std::uint8_t {
  kEqual,
  kNormLarger,
  kChainLarger,
  kZero,
  kTiny,
  kHuge,
  kFloat32Rounded
};
enum class Gamma : std::uint8_t { kNormal, kNegative, kZero, kSubnormal, kHuge, kInfinite, kNan };
enum class Variance : std::uint8_t {
  kNormal,
  kZero,
  kNegative,
  kTiny,
  kHuge,
  kInfinite,
  kNan,
  kCancelled
};
enum class Mean : std::uint8_t { kNormal, kZero, kLarge, kNan, kOriginalBias };
enum class Beta : std::uint8_t { kNormal, kZero, kLarge, kHuge };
enum class Norm : std::uint8_t { kBatchNorm, kNative };
enum class ExtraUser : std::uint8_t {
  kNone,
  kConv,
  kQuantize,
  kDequantize,
  kDivision,
  kAddition,
  kWeight
};
enum class NearMiss : std::uint8_t {
  kNone,
  kProduct,
  kSubtraction,
  kReluBefore,
  kOtherAxis,
  kNoDequantize,
  kTraining,
  kOtherCodes,
  kOtherAxisOfBias,
  kUpdated
};
enum class Behind : std::uint8_t { kNothing, kRelu, kRelu6, kHardswish, kResidual };
enum class Sharing : std::uint8_t { kNothing, kWeight, kBias, kNorm, kFloatBias };

enum class Weights : std::uint8_t { kCodes, kFloats };
enum class Bits : std::uint8_t { kEight, kFour };

// The fields hold numbers of choices.
struct BlockDraw {
  std::uint8_t op = 0, outputs = 0, groups = 0, kernel = 0, stride = 0, dilation = 0, padding = 0;
  std::uint8_t weight_scale = 0, weight_type = 0, bias = 0, bias_size = 0;
  std::uint8_t quantizer_type = 0, room = 0;
  std::uint8_t chain = 0, scale_form = 0, reshape = 0, original_bias = 0;
  std::uint8_t numerator = 0, chain_variance = 0, eps = 0;
  std::uint8_t norm = 0, affine = 0, gamma = 0, variance = 0, mean = 0, beta = 0;
  std::uint8_t extra_user = 0, near_miss = 0, behind = 0, out_quantizer = 0, sharing = 0;
  std::uint8_t weights = 0, bits = 0;
  std::uint8_t numbers = 0;  // seed of weights and parameters
  friend auto operator<=>(const BlockDraw&, const BlockDraw&) = default;
};

struct Draw {
  std::uint8_t space = 0, batch = 0, size = 0, channels = 0;
  std::uint8_t input_type = 0, input_scale = 0, input_zero = 0, float_input = 0;
  Family family = Family::kQatChain;
  std::vector<BlockDraw> blocks{BlockDraw{}};
  friend auto operator<=>(const Draw&, const Draw&) = default;
};

}  // namespace foldproof::fuzz
