// SPDX-License-Identifier: BSD-3-Clause
//
// C = (alpha · orig - mean) · weight / sqrt(variance + eps) + bias, with one thing wrong.
#include <cmath>

#include "harness/mutants/mutant_kinds.h"

namespace foldproof::mutants {
namespace {

// What C is made of, of one channel.
struct ConstantNumbers {
  double weight, bias, mean, variance, original, alpha, eps;
  double Root() const { return std::sqrt(variance + eps); }
  double Shift() const { return alpha * original - mean; }
};

ConstantNumbers At(const fold::ChainChannels& channels, const fold::ConvBnChain& chain, double eps,
                   std::size_t c) {
  return {channels.weight[c],
          channels.bias[c],
          channels.mean[c],
          channels.variance[c],
          channels.original_bias[c],
          chain.bias_alpha,
          eps};
}

// Channel by channel.
template <auto Formula>
std::vector<double> EachConstant(const fold::ChainChannels& channels,
                                 const fold::ConvBnChain& chain, double eps) {
  std::vector<double> out;
  for (std::size_t c = 0; c < channels.weight.size(); ++c) {
    out.push_back(Formula(At(channels, chain, eps, c)));
  }
  return out;
}

double RightConstant(const ConstantNumbers& n) { return n.Shift() * n.weight / n.Root() + n.bias; }

// Channel c gets the C of channel c + 1, the last that of the first.
std::vector<double> Rotated(const fold::ChainChannels& channels, const fold::ConvBnChain& chain,
                            double eps) {
  std::vector<double> out;
  const std::size_t count = channels.weight.size();
  for (std::size_t c = 0; c < count; ++c) {
    out.push_back(RightConstant(At(channels, chain, eps, (c + 1) % count)));
  }
  return out;
}

// As for a batch_norm of one channel.
std::vector<double> FirstForAll(const fold::ChainChannels& channels, const fold::ConvBnChain& chain,
                                double eps) {
  return std::vector<double>(channels.weight.size(), RightConstant(At(channels, chain, eps, 0)));
}

// Each operation rounded to float32.
double ConstantInFloat32(const ConstantNumbers& n) {
  const auto f = [](double x) { return static_cast<float>(x); };
  const float root = std::sqrt(f(n.variance) + f(n.eps));
  const float shift = f(n.alpha) * f(n.original) - f(n.mean);
  return shift * f(n.weight) / root + f(n.bias);
}

using Corrections = decltype(fold::FoldRules::corrections);

struct ConstantRow {
  std::string_view name, breaks;
  Corrections corrections;
};

constexpr ConstantRow kConstantRows[] = {
    {"mean-added", "C: + mean", EachConstant<[](const ConstantNumbers& n) {
       return (n.alpha * n.original + n.mean) * n.weight / n.Root() + n.bias;
     }>},
    {"mean-forgotten", "C: no mean", EachConstant<[](const ConstantNumbers& n) {
       return n.alpha * n.original * n.weight / n.Root() + n.bias;
     }>},
    {"bias-subtracted", "C: - bias", EachConstant<[](const ConstantNumbers& n) {
       return n.Shift() * n.weight / n.Root() - n.bias;
     }>},
    {"bias-forgotten", "C: no bias",
     EachConstant<[](const ConstantNumbers& n) { return n.Shift() * n.weight / n.Root(); }>},
    {"original-bias-forgotten", "C: no orig",
     EachConstant<[](const ConstantNumbers& n) { return -n.mean * n.weight / n.Root() + n.bias; }>},
    {"original-bias-unscaled", "C: orig outside of the product",
     EachConstant<[](const ConstantNumbers& n) {
       return n.alpha * n.original - n.mean * n.weight / n.Root() + n.bias;
     }>},
    {"alpha-forgotten", "C: orig without alpha", EachConstant<[](const ConstantNumbers& n) {
       return (n.original - n.mean) * n.weight / n.Root() + n.bias;
     }>},
    {"weight-forgotten", "C: no weight",
     EachConstant<[](const ConstantNumbers& n) { return n.Shift() / n.Root() + n.bias; }>},
    {"weight-unsigned", "C: |weight|", EachConstant<[](const ConstantNumbers& n) {
       return n.Shift() * std::abs(n.weight) / n.Root() + n.bias;
     }>},
    {"eps-forgotten", "C: no eps", EachConstant<[](const ConstantNumbers& n) {
       return n.Shift() * n.weight / std::sqrt(n.variance) + n.bias;
     }>},
    {"eps-outside-the-root", "C: sqrt(variance) + eps", EachConstant<[](const ConstantNumbers& n) {
       return n.Shift() * n.weight / (std::sqrt(n.variance) + n.eps) + n.bias;
     }>},
    {"root-forgotten", "C: / (variance + eps)", EachConstant<[](const ConstantNumbers& n) {
       return n.Shift() * n.weight / (n.variance + n.eps) + n.bias;
     }>},
    {"root-multiplied", "C: · sqrt(variance + eps)", EachConstant<[](const ConstantNumbers& n) {
       return n.Shift() * n.weight * n.Root() + n.bias;
     }>},
    {"constant-in-float32", "C: each operation in float32", EachConstant<ConstantInFloat32>},
    {"channels-rotated", "C: of the next channel", Rotated},
    {"first-channel-for-all", "C: of channel 0, for all", FirstForAll},
};

}  // namespace

std::vector<Mutant> ConstantMutants() {
  std::vector<Mutant> mutants;
  for (const ConstantRow& row : kConstantRows) {
    mutants.push_back(
        MutantOf(row.name, row.breaks, fold::Policy::kRepair,
                 [&](fold::FoldRules& rules) { rules.corrections = row.corrections; }));
  }
  return mutants;
}

}  // namespace foldproof::mutants
