// SPDX-License-Identifier: BSD-3-Clause
//
// q' = q + rint(C / f32(s_b) + r), r what is left of a rounded float bias, refused where q' leaves
// [min, max], with one thing wrong.
#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/mutants/mutant_kinds.h"

namespace foldproof::mutants {
namespace {

// What a mutant is told about one channel; `first_scale` is that of channel 0.
struct CodeNumbers {
  double code, remainder, constant, scale, first_scale, min, max;
  double Steps() const { return constant / scale + remainder; }
};

// Formula's code per channel; refused where it leaves the range.
template <auto Formula>
std::optional<std::vector<std::int32_t>> EachCode(const fold::QuantizedBias& bias,
                                                  const std::vector<double>& corrections,
                                                  std::size_t& channel) {
  std::vector<std::int32_t> codes;
  for (channel = 0; channel < corrections.size(); ++channel) {
    const double code = Formula(
        CodeNumbers{static_cast<double>(bias.values[channel]), bias.Remainder(channel),
                    corrections[channel], bias.Scale(channel), bias.Scale(0),
                    static_cast<double>(bias.quant_min), static_cast<double>(bias.quant_max)});
    const bool inside =
        code >= static_cast<double>(bias.quant_min) && code <= static_cast<double>(bias.quant_max);
    if (!inside) return std::nullopt;
    codes.push_back(static_cast<std::int32_t>(code));
  }
  return codes;
}

double RightCode(const CodeNumbers& n) { return n.code + std::rint(n.Steps()); }

// The nearest code of the range, where the engine refuses; NaN is refused.
double Clamped(const CodeNumbers& n) {
  const double code = RightCode(n);
  return std::isnan(code) ? code : std::clamp(code, n.min, n.max);
}

// The low 32 bits, as int32 arithmetic has them. Beyond 2^53 no double has low bits: refused.
double Wrapped(const CodeNumbers& n) {
  const double code = RightCode(n);
  if (!(std::abs(code) < 0x1p53)) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::int64_t>(code)));
}

// b + C and its quotient in float32: 24 bits of 32.
double CodeInFloat32(const CodeNumbers& n) {
  const auto scale = static_cast<float>(n.scale);
  const float bias = static_cast<float>(n.code) * scale;
  return std::rint((bias + static_cast<float>(n.constant)) / scale);
}

using FoldedCodes = decltype(fold::FoldRules::folded_codes);

struct CodeRow {
  std::string_view name, breaks;
  FoldedCodes folded_codes;
  bool any_sum = false;  // int32 is not asked either
};

constexpr CodeRow kCodeRows[] = {
    {"code-truncated", "q': C / s_b is rounded towards zero",
     EachCode<[](const CodeNumbers& n) { return n.code + std::trunc(n.Steps()); }>},
    {"code-rounded-down", "q': C / s_b is rounded down",
     EachCode<[](const CodeNumbers& n) { return n.code + std::floor(n.Steps()); }>},
    {"code-one-more", "q': one more",
     EachCode<[](const CodeNumbers& n) { return RightCode(n) + 1; }>},
    {"correction-subtracted", "q': - C", EachCode<[](const CodeNumbers& n) {
       return n.code - std::rint(n.constant / n.scale - n.remainder);
     }>},
    {"correction-twice", "q': + 2 C",
     EachCode<[](const CodeNumbers& n) { return RightCode(n) + std::rint(n.constant / n.scale); }>},
    {"correction-forgotten", "q': no C", EachCode<[](const CodeNumbers& n) { return n.code; }>},
    {"bias-overwritten", "q': no q",
     EachCode<[](const CodeNumbers& n) { return std::rint(n.constant / n.scale); }>},
    {"scale-multiplied", "q': C · s_b", EachCode<[](const CodeNumbers& n) {
       return n.code + std::rint(n.constant * n.scale + n.remainder);
     }>},
    {"scale-of-first-channel", "q': s_b of channel 0, for all", EachCode<[](const CodeNumbers& n) {
       return n.code + std::rint(n.constant / n.first_scale + n.remainder);
     }>},
    {"remainder-forgotten", "q': a float bias and C are rounded one by one",
     EachCode<[](const CodeNumbers& n) { return n.code + std::rint(n.constant / n.scale); }>},
    {"sum-in-float32", "q': b + C in float32", EachCode<CodeInFloat32>},
    {"code-clamped", "q': clamped where it does not fit", EachCode<Clamped>, true},
    {"code-wrapped", "q': wrapped where it does not fit", EachCode<Wrapped>, true},
};

}  // namespace

std::vector<Mutant> CodeMutants() {
  std::vector<Mutant> mutants;
  for (const CodeRow& row : kCodeRows) {
    mutants.push_back(
        MutantOf(row.name, row.breaks, fold::Policy::kRepair, [&](fold::FoldRules& rules) {
          rules.folded_codes = row.folded_codes;
          if (row.any_sum) rules.sums_leave_int32 = HoldsAnySum;
        }));
  }
  return mutants;
}

}  // namespace foldproof::mutants
