// SPDX-License-Identifier: BSD-3-Clause
#include <limits>

#include "tests/harness/mutants/killers.h"

namespace foldproof::mutants {
namespace {

using fold::NormSpec;

template <typename Change>
NormSpec NormWith(Change change) {
  NormSpec spec;
  change(spec);
  return spec;
}

NormSpec BiasedNorm() {
  return NormWith([](NormSpec& s) { s.bias = {{0.75f, -0.5f}}; });
}

NormSpec NormOfCodes() {
  return NormWith([](NormSpec& s) {
    s.codes = {{96, -32, 16, 127}};
    s.bias_codes = {{700, -900}};
    s.variance = {1, 0.5f};  // f = 1.5 and 1.06
  });
}

NormSpec NormPerChannel() {
  NormSpec spec = NormOfCodes();
  spec.scales = {0.015625f, 0.03125f};
  return spec;
}

NormSpec TransposedNorm() {
  return NormWith([](NormSpec& s) { s.product = "conv_transpose2d"; });
}

NormSpec NormWithEps(double eps) {
  return NormWith([&](NormSpec& s) {
    s.eps = eps;
    s.variance = {0.25f, 0.5f};
  });
}

void AddNormGuards(std::vector<NormKiller>& out) {
  out.push_back(
      {"norm-batched-unasked", "run-differs", NormWith([](NormSpec& s) { s.batched = false; })});
  out.push_back({"norm-reader-unasked", "other-user-changed",
                 NormWith([](NormSpec& s) { s.second_reader = true; })});
  // Float32 sees 0/0 there, float64 a number.
  NormSpec spec = NormPerChannel();
  spec.variance[1] = -1e-5f;
  out.push_back({"norm-nonfinite-unasked", "undefined-before", spec});
  spec = BiasedNorm();
  spec.weight_read_twice = true;
  out.push_back({"norm-shared-weight-changed", "weight-shared", spec});
  out.push_back({"norm-written-unasked", "run-differs",
                 NormWith([](NormSpec& s) { s.mean_doubled = true; })});
  out.push_back(
      {"norm-training-taken", "run-differs", NormWith([](NormSpec& s) { s.training = true; })});
}

void AddNormMatches(std::vector<NormKiller>& out) {
  out.push_back(
      {"norm-through-relu", "ideal-gap", NormWith([](NormSpec& s) { s.relu_before = true; })});
  out.push_back({"norm-linear-unknown", "chain-survives",
                 NormWith([](NormSpec& s) { s.product = "linear"; })});
  out.push_back({"norm-transposed-unknown", "chain-survives", TransposedNorm()});
  out.push_back(
      {"norm-native-unknown", "chain-survives", NormWith([](NormSpec& s) { s.native = true; })});
  out.push_back(
      {"norm-no-affine-raises", "raises", NormWith([](NormSpec& s) { s.affine = false; })});
  out.push_back({"norm-codes-unknown", "chain-survives", NormOfCodes()});
  out.push_back({"norm-bias-forgotten", "ideal-gap", BiasedNorm()});
}

void AddNormFactors(std::vector<NormKiller>& out) {
  out.push_back({"norm-eps-forgotten", "eps-mismatch", NormWithEps(0.25)});
  out.push_back({"norm-eps-outside-the-root", "weight-gap", NormWithEps(0.25)});
  out.push_back({"norm-usual-eps", "eps-mismatch", NormWithEps(0.25)});
  out.push_back({"norm-root-forgotten", "weight-gap", BiasedNorm()});
  out.push_back({"norm-root-multiplied", "weight-gap", BiasedNorm()});
  out.push_back({"norm-gamma-forgotten", "weight-gap", BiasedNorm()});
  NormSpec spec = BiasedNorm();
  spec.gamma[1] = -0.75f;
  out.push_back({"norm-gamma-unsigned", "gamma-sign", spec});
  out.push_back({"norm-channels-rotated", "axis-mismatch", BiasedNorm()});
  out.push_back({"norm-first-channel-for-all", "axis-mismatch", BiasedNorm()});
  out.push_back({"norm-factor-in-half", "weight-gap", BiasedNorm()});
}

void AddNormBiases(std::vector<NormKiller>& out) {
  out.push_back({"norm-mean-forgotten", "mean-ignored", BiasedNorm()});
  for (const char* name : {"norm-mean-added", "norm-beta-forgotten", "norm-beta-subtracted",
                           "norm-bias-unscaled", "norm-mean-unscaled"}) {
    out.push_back({name, "ideal-gap", BiasedNorm()});
  }
}

void AddNormWeights(std::vector<NormKiller>& out) {
  out.push_back({"norm-rows-of-transposed", "axis-mismatch", TransposedNorm()});
  NormSpec spec = TransposedNorm();
  spec.inputs = 4;
  spec.groups = 2;
  out.push_back({"norm-groups-forgotten", "axis-mismatch", spec});
  out.push_back({"norm-floats-unscaled", "weight-gap", BiasedNorm()});
  out.push_back({"norm-floats-twice", "folded-twice", BiasedNorm()});
  out.push_back({"norm-code-truncated", "weight-rounding", NormOfCodes()});
  out.push_back({"norm-code-one-more", "weight-gap", NormOfCodes()});
  out.push_back({"norm-old-scale", "scale-kept", NormPerChannel()});
  out.push_back({"norm-half-scale", "weight-clamp", NormPerChannel()});
  out.push_back({"norm-scale-of-first", "weight-clamp", NormPerChannel()});
  spec = NormPerChannel();
  spec.gamma[1] = -0.75f;
  out.push_back({"norm-sign-forgotten", "gamma-sign", spec});
  out.push_back({"norm-codes-kept", "weight-gap", NormOfCodes()});
  out.push_back({"norm-scales-kept", "ideal-gap", NormPerChannel()});
  // A step of the bias is 0.5 and 1 LSB here.
  spec = NormPerChannel();
  spec.scales = {1, 2};
  out.push_back({"norm-bias-truncated", "ideal-gap", spec});
  out.push_back({"norm-bias-at-old-scale", "bias-scale", NormPerChannel()});
  out.push_back({"norm-bias-at-first-scale", "bias-scale", NormPerChannel()});
}

}  // namespace

std::vector<NormKiller> NormKillers() {
  std::vector<NormKiller> out;
  AddNormGuards(out);
  AddNormMatches(out);
  AddNormFactors(out);
  AddNormBiases(out);
  AddNormWeights(out);
  return out;
}

}  // namespace foldproof::mutants
