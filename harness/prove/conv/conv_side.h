// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "harness/prove/constants/constant_value.h"
#include "harness/prove/conv/float_format.h"
#include "harness/prove/conv/tap_classes.h"
#include "harness/prove/reach/accumulator_set.h"
#include "src/ir/program.h"

namespace foldproof::prove {

// A conv's bias as `integer` semantics takes it (docs/numerics.md, eq. 7).
struct ConvBias {
  enum class Kind { kNone, kFloat, kQuantized };

  Kind kind = Kind::kNone;
  std::vector<double> value;          // b, one a channel: f64((q - z) * f32(s)), or the float
  std::vector<double> ideal;          // the same where constants are computed in float64
  std::vector<std::int64_t> codes;    // of a quantized bias, else empty
  std::vector<std::int64_t> shifted;  // q - z of a quantized bias, else empty
  std::vector<double> steps;  // f32(s) a channel of a quantized bias, of either sign; else empty
  // Of a quantized bias, else empty: the float32 that PyTorch dequantizes less b where float32 does
  // not hold q, z or q - z; 0 elsewhere.
  std::vector<double> rounding;
  double RoundingAt(std::size_t channel) const { return rounding.empty() ? 0 : rounding[channel]; }
  // Whether PyTorch adds the same to both where both are the same b.
  bool IsRoundedAs(const ConvBias& other, std::size_t channel) const {
    return RoundingAt(channel) == other.RoundingAt(channel);
  }
  std::optional<ir::ValueId> source;  // the value that holds the codes or the floats
};

// What a weight's code at a place is instead.
struct SteppedCode {
  std::size_t place = 0;
  std::int32_t code = 0;
};

// A weight's codes, as they lie in the program or, where a node computes them, here.
struct WeightCodes {
  ir::ScalarType dtype = ir::ScalarType::kInt8;
  std::span<const std::byte> bytes;  // row-major; of the program's storage or of `owned`
  // There where bytes had to be gathered; both sides of a site that have the same share them.
  std::shared_ptr<const std::vector<std::byte>> owned;
  // The integer type in which w_q - z_w is taken, where it wraps; int64 where it cannot.
  ir::ScalarType difference = ir::ScalarType::kInt64;
  // Of codes that depend on how square roots are rounded: those that are others where all roots are
  // a step lower, and higher, by their places.
  std::array<std::vector<SteppedCode>, 2> stepped;

  void Own(std::vector<std::byte> codes) {
    owned = std::make_shared<const std::vector<std::byte>>(std::move(codes));
    bytes = *owned;
  }
  // Looks at those of `other` from here on where they are the same.
  void Share(const WeightCodes& other) {
    if (!owned || !other.owned || *owned != *other.owned) return;
    owned = other.owned;
    bytes = *owned;
  }
};

// One conv of one program as integers: A = sum (x_q - z_x) * (w_q - z_w), and what float32 value an
// A stands for: v = f32(f64(f64(A * f32(s_x)) * f32(s_w[c])) + b).
struct ConvSide {
  ir::NodeId node;
  ir::Convolution op;
  ir::ValueId output;
  ir::ValueId input_codes;       // the codes that the conv's input is a rearrangement of
  ir::ValueId input_cut;         // their dequantized value, where a witness of level `site` is fed
  ir::QuantParams input_params;  // of that dequantize
  TapRange input_range;          // of x_q - z_x
  // Within it, what numbers give it: a witness takes no other. What is besides is what NaN becomes,
  // padded zeros, and what lies between these and the numbers.
  TapRange numbers{0, 0};
  WeightCodes weights;
  std::vector<double> weight_scales;             // f32(s_w), one a channel, of either sign
  ir::ValueId weight_codes;                      // the value that holds w_q
  std::vector<std::int64_t> weight_zero_points;  // one a channel
  // Which root a channel's codes depend on, one a channel; empty where none does.
  std::vector<RootId> weight_roots;
  // Of codes that the program itself quantizes: how far each is at most from the number that it
  // rounds, in kRemainder codes, laid out as `weights`; 0 where it clips. Empty where the codes are
  // stored.
  std::vector<std::uint8_t> weight_remainders;
  static constexpr double kRemainder = 1.0 / 256;
  std::size_t channels = 0;
  std::size_t taps = 0;    // of a channel: inputs of a group * kernel
  std::size_t kernel = 0;  // kernel positions
  ConvBias bias;
  // The weights are float32 numbers, given as multiples of a power of two (weight_scales).
  bool float_weights = false;
  FloatFormat weight_format;  // in which these numbers are stored
  // Of float weights that are dequantized codes, whose scales lie along another dimension than the
  // output channels: the scale of each, laid out as `weights`, real units; empty elsewhere.
  std::vector<double> code_scales;
  // The input is any float32 number of a box: input_range holds its ends, input_params its unit,
  // and input_codes is input_cut.
  bool float_input = false;
  bool in_box = false;      // what makes it does not bound it: FloatBox does, at an end or both
  bool may_be_nan = false;  // nor does it keep NaN away, of which nothing is said
  // Either of them: a kernel sums floats in an order of its own, so v is within sum_error of
  // A * s_x * s_w + b (conv's value before its rounding), one a channel, real units.
  bool real = false;
  std::vector<double> sum_error;
  bool reads_padded = false;          // a pad stands between the dequantize and the conv
  std::vector<TapClass> tap_classes;  // the largest ones; the first is the largest
  bool padded_zero_only = false;      // 0 is no value of x: only padding gives it

  // Whether all of input_range is given.
  bool HasAllNumbers() const {
    return numbers.low == input_range.low && numbers.high == input_range.high;
  }

  // w_q - z_w of one channel: inputs of a group, then kernel positions, whatever the weight's own
  // layout.
  std::vector<std::int32_t> WeightsOf(std::size_t channel, RootStep step = RootStep::kNone) const;
  // weight_remainders of one channel in codes, one a weight of WeightsOf; empty where there are
  // none.
  std::vector<double> RemaindersOf(std::size_t channel) const;
  RootId RootOfWeights(std::size_t channel) const {
    return weight_roots.empty() ? kNoRoot : weight_roots[channel];
  }
  // The steps that rounding to a code goes by, one a weight of WeightsOf and in its units, where
  // there are code_scales; empty elsewhere.
  std::vector<double> CodeStepsOf(std::size_t channel) const;
};

// q_b - z_b of a channel, which a kernel adds to its accumulator: 0 without a bias; nullopt where
// the bias is a float, or has steps that are not s_x * s_w within 2^-20 (of float32 scales) and is
// not 0. Values beyond 2^60 are given as +-2^60.
std::optional<std::int64_t> BiasInAccumulator(const ConvSide& side, std::size_t channel);

}  // namespace foldproof::prove
