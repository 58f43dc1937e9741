// SPDX-License-Identifier: BSD-3-Clause
#include "tests/harness/mutants/killers.h"

#include <limits>

namespace foldproof::mutants {
namespace {

using Also = ChainProgram::Also;
using fold::Twin;
using prove::Int8;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <typename Change>
ChainSpec With(Change change) {
  ChainSpec spec;
  change(spec);
  return spec;
}

// C is 120.24 and -240.47 steps of the bias, and the quantizer's range [-2.05, 1.95] holds b + C.
ChainSpec Plain() { return {}; }

ChainSpec Biased() {
  return With([](ChainSpec& s) { s.bias_codes = {{7, -9}}; });
}

ChainSpec OriginalBias() {
  ChainSpec spec = Biased();
  spec.original_bias = {{0.25f, -0.25f}};
  spec.add_alpha = 2;
  return spec;
}

// An image of two rows, which can be taken for the two channels.
ChainSpec TwoRows() {
  ChainSpec spec = Biased();
  spec.image = {2, 1};
  spec.gamma = {1.5f, 0.25f};
  return spec;
}

void AddGuardsOfShape(std::vector<Killer>& out) {
  ChainSpec spec = TwoRows();
  spec.batched = false;
  spec.scale_shape = {1, -1, 1};
  out.push_back({"batched-unasked", "run-differs", spec});
  spec = TwoRows();
  spec.scale_shape = {1, 1, -1, 1};
  out.push_back({"scale-axis-unasked", "run-differs", spec});
  spec = TwoRows();
  spec.original_bias = {{0.25f, -0.25f}};
  spec.bias_shape = {1, 1, -1, 1};
  out.push_back({"bias-axis-unasked", "run-differs", spec});
  spec = Biased();
  spec.rounding_mode = "floor";
  out.push_back({"rounding-mode-unasked", "ideal-gap", spec});
  spec = OriginalBias();
  spec.swapped = true;
  out.push_back({"value-alpha-unasked", "alpha-ignored", spec});
  out.push_back({"one-reader-unasked", "other-user-changed", Biased(), Also::kDequantized});
  out.push_back({"conv-readers-unasked", "other-user-changed", Biased(), Also::kConv});
  out.push_back({"division-readers-unasked", "other-user-changed", Biased(), Also::kDiv});
  spec = Biased();
  spec.dequantizer_scale = 0.03125;
  out.push_back({"same-codes-unasked", "ideal-gap", spec});
}

void AddGuardsOfNumbers(std::vector<Killer>& out) {
  ChainSpec spec = Biased();
  spec.numerator = {{1.5f, 0.5f}};
  out.push_back({"numerator-unasked", "numerator-mismatch", spec});
  spec = Biased();
  spec.chain_variance = {{2.0f, 1.0f}};
  out.push_back({"variance-unasked", "variance-mismatch", spec});
  spec = Biased();
  spec.norm_eps = 0.1;
  out.push_back({"eps-unasked", "eps-mismatch", spec});
  spec = Biased();
  spec.gamma = {0.0f, 0.75f};
  out.push_back({"defined-unasked", "undefined-before", spec});
  spec = Biased();
  spec.mean = {kNan, -0.25f};
  out.push_back({"nonfinite-unasked", "undefined-before", spec});
  // The value divided by 10^30 is lost in 1/2, which the mean takes away again.
  spec = Biased();
  spec.gamma = {1e30f, 0.75f};
  spec.original_bias = {{0.5f, -0.25f}};
  spec.mean = {0.5f, -0.25f};
  out.push_back({"resolved-unasked", "ideal-gap", spec});
}

void AddConstants(std::vector<Killer>& out) {
  for (const char* name :
       {"mean-added", "mean-forgotten", "bias-subtracted", "bias-forgotten", "weight-forgotten",
        "root-forgotten", "root-multiplied", "channels-rotated", "first-channel-for-all"}) {
    out.push_back({name, "ideal-gap", Plain()});
  }
  for (const char* name :
       {"original-bias-forgotten", "original-bias-unscaled", "alpha-forgotten"}) {
    out.push_back({name, "alpha-ignored", OriginalBias()});
  }
  const ChainSpec large_eps = With([](ChainSpec& s) { s.chain_eps = s.norm_eps = 0.1; });
  out.push_back({"eps-forgotten", "ideal-gap", large_eps});
  out.push_back({"eps-outside-the-root", "ideal-gap", large_eps});
  out.push_back({"weight-unsigned", "ideal-gap", With([](ChainSpec& s) {
                   s.gamma = {-1.5f, 0.75f};
                 })});
  // C = 100000.25 - 0.13576 is between two float32 numbers that are eight steps of the bias apart.
  out.push_back({"constant-in-float32", "bias-rounding", With([](ChainSpec& s) {
                   s.beta = {100000.25f, -0.5f};
                   s.mean = {0.128f, -0.25f};
                 })});
}

void AddCodes(std::vector<Killer>& out) {
  for (const char* name : {"code-one-more", "correction-subtracted", "correction-twice"}) {
    out.push_back({name, "ideal-gap", Plain()});
  }
  out.push_back({"correction-forgotten", "bias-missing", Plain()});
  out.push_back({"scale-multiplied", "bias-missing", Plain()});
  // 0.6 steps more than Plain's 120.24 and 0.4 less than its -240.47: 120.84 and -240.87.
  const ChainSpec near_next = With([](ChainSpec& s) {
    s.beta = {0.25f + 0.0005859375f, -0.5f - 0.000390625f};
  });
  out.push_back({"code-truncated", "ideal-gap", near_next});
  out.push_back({"code-rounded-down", "ideal-gap", near_next});
  out.push_back({"bias-overwritten", "ideal-gap", Biased()});
  ChainSpec spec = Biased();
  spec.weight_scales = {0.015625f, 0.03125f};
  spec.bias_per_channel = true;
  out.push_back({"scale-of-first-channel", "ideal-gap", spec});
  // 7.47 steps and 120.24 are 127.71 together; apart they are 7 and 120.
  ChainSpec float_bias;
  float_bias.float_bias = {{0.007294921875f, 0.0f}};
  out.push_back({"remainder-forgotten", "ideal-gap", float_bias});
  // 2^31 - 128 at a scale of 2^-10; accumulators go up to some 1300.
  float_bias.float_bias = {{2097151.875f, 0.0f}};
  out.push_back({"int32-unasked", "accumulator-overflow", float_bias});
  // 2^24 + 1 and below -2^24.
  spec.bias_codes = {{16777217, -16777219}};
  out.push_back({"sum-in-float32", "bias-rounding", spec});
  // 2^21 + 1 at a scale of 2^-10 is above 2^31.
  spec = With([](ChainSpec& s) { s.beta = {2097153.0f, -0.5f}; });
  out.push_back({"code-clamped", "bias-clamp", spec});
  out.push_back({"code-wrapped", "bias-wrap", spec});
}

// 769.23 and -256.31 steps; behind it a quantizer and no chain, so that it is rounded once.
ChainSpec FloatBias() {
  return With([](ChainSpec& s) {
    s.float_bias = {{0.7512f, -0.2507f}};
    s.chain = false;
  });
}

void AddBiases(std::vector<Killer>& out) {
  out.push_back({"no-zero-bias", "chain-survives", Plain()});
  ChainSpec spec;
  spec.image = {3, 1};
  spec.batched = spec.chain = false;
  out.push_back({"zero-bias-of-output", "bias-length", spec});
  out.push_back({"zero-bias-of-weight", "chain-survives",
                 With([](ChainSpec& s) { s.conv = "aten.conv_transpose2d.input"; })});
  out.push_back({"zero-bias-of-ones", "ideal-gap", Plain()});
  out.push_back({"float-bias-forgotten", "ideal-gap", FloatBias()});
  out.push_back({"float-bias-truncated", "ideal-gap", FloatBias()});
  out.push_back({"float-bias-at-input-scale", "ideal-gap", FloatBias()});
  spec = FloatBias();
  spec.weight_scales = {0.015625f, 0.03125f};
  out.push_back({"float-bias-at-first-scale", "ideal-gap", spec});
  spec = FloatBias();
  spec.float_bias = {{3e6f, 0.5f}};
  out.push_back({"float-bias-clamped", "bias-clamp", spec});
  out.push_back({"every-bias-quantized", "within", FloatBias(), Also::kConv});
  spec = Biased();
  spec.twin = Twin::kBiasCodes;
  out.push_back({"shared-constant-changed", "folded-twice", spec});
  spec.twin = Twin::kDequantizedBias;
  out.push_back({"shared-dequantize-changed", "folded-twice", spec});
}

// The weights make [-1.28, 1.21] and [-1.52, 1.47] of any input. The narrow quantizer holds
// [-1.03, 0.97] of it. C moves it by 0.87 and 1.27 upwards, or by 1.37 upwards and 1.23 downwards.
void AddRepairs(std::vector<Killer>& out) {
  const ChainSpec roomy = With([](ChainSpec& s) { s.beta = {1.0f, 1.0f}; });
  ChainSpec up = roomy;
  up.quantizer = Int8(0.0078125, 3);
  ChainSpec apart = up;
  apart.beta = {1.5f, -1.5f};
  for (const char* name : {"repair-forgotten", "range-unshifted", "range-shifted-backwards",
                           "low-end-alone", "zero-point-away"}) {
    out.push_back({name, "saturation", up});
  }
  for (const char* name : {"high-end-alone", "range-of-first-channel", "scale-kept"}) {
    out.push_back({name, "saturation", apart});
  }
  out.push_back({"scale-twice-as-coarse", "coarser-quantizer", roomy});
  ChainSpec clamped = roomy;
  clamped.clamp_quantized = true;
  clamped.conv = "aten.conv2d.default";
  out.push_back({"dropped-before-clamp", "quant-fusion-crash", clamped});
  ChainSpec biased = roomy;
  biased.bias_codes = {{700, 700}};
  out.push_back({"range-without-bias", "saturation", biased});
  out.push_back({"dequantize-forgotten", "ideal-gap", up});
  out.push_back({"quantize-forgotten", "ideal-gap", up});
}

void AddChains(std::vector<Killer>& out) {
  const auto survives = [&](std::string_view name, auto change) {
    out.push_back({name, "chain-survives", With(change)});
  };
  survives("rsqrt-unknown", [](ChainSpec& s) { s.rsqrt = true; });
  survives("view-unknown", [](ChainSpec& s) { s.reshape = "aten.view.default"; });
  survives("swapped-add-unknown", [](ChainSpec& s) {
    s.original_bias = {{0.125f, -0.125f}};
    s.swapped = true;
  });
  survives("convolution-unknown", [](ChainSpec& s) { s.conv = "aten.convolution.default"; });
  survives("transposed-unknown", [](ChainSpec& s) { s.conv = "aten.conv_transpose2d.input"; });
  survives("padding-word-unknown", [](ChainSpec& s) { s.conv = "aten.conv2d.padding"; });
  survives("unquantized-unknown", [](ChainSpec& s) { s.between = false; });
  survives("native-norm-unknown", [](ChainSpec& s) { s.native_norm = true; });
  survives("per-channel-bias-unknown", [](ChainSpec& s) {
    s.bias_codes = {{7, -9}};
    s.bias_per_channel = true;
  });
  ChainSpec spec = OriginalBias();
  spec.swapped = true;
  out.push_back({"alpha-of-first-operand", "alpha-ignored", spec});
  spec = Biased();
  spec.training = true;
  out.push_back({"batch-statistics-taken", "run-differs", spec});
  spec = Biased();
  spec.affine = false;
  spec.numerator = {{1.0f, 1.0f}};
  out.push_back({"no-affine-raises", "raises", spec});
  spec = OriginalBias();
  spec.addition = "aten.sub.Tensor";
  out.push_back({"sub-read-as-add", "ideal-gap", spec});
  spec = Biased();
  spec.division = "aten.mul.Tensor";
  out.push_back({"mul-read-as-div", "ideal-gap", spec});
}

}  // namespace

std::vector<Killer> Killers() {
  std::vector<Killer> out;
  AddGuardsOfShape(out);
  AddGuardsOfNumbers(out);
  AddConstants(out);
  AddCodes(out);
  AddBiases(out);
  AddRepairs(out);
  AddChains(out);
  out.push_back({"fold-before-biases", "chain-survives", Plain()});
  ChainSpec refused;
  refused.float_bias = {{0.007294921875f, 0.0f}};
  refused.norm_eps = 0.1;
  out.push_back({"bias-of-refused-chain", "within", refused});
  out.push_back({"signature-not-repaired", "stale-signature", Plain()});
  return out;
}

}  // namespace foldproof::mutants
