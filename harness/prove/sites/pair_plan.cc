// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/pair_plan.h"

#include <algorithm>
#include <cmath>

#include "harness/prove/tail/build_tail.h"

namespace foldproof::prove {
namespace {

std::vector<char> FindLastQuantizers(const Tail& tail) {
  // Mixed: something other than dequantize and moves lies behind the register.
  std::vector<char> mixed(tail.values.size(), 0);
  for (std::size_t i = tail.instructions.size(); i-- > 0;) {
    const TailOperator& op = tail.instructions[i].op;
    const bool plain = RoleOf(op) == Role::kDequantizer || RoleOf(op) == Role::kMove;
    for (const std::uint32_t reg : ReadsOf(op)) mixed[reg] |= !plain || mixed[i + 1];
  }
  std::vector<char> out(tail.instructions.size(), 0);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = IsQuantizer(tail.instructions[i].op) && !mixed[i + 1];
  }
  return out;
}

std::vector<std::uint32_t> QuantizersOn(const Tail& tail, const std::vector<std::uint32_t>& path) {
  std::vector<std::uint32_t> out;
  for (const std::uint32_t i : path) {
    if (IsQuantizer(tail.instructions[i].op)) out.push_back(i);
  }
  return out;
}

// The longest common subsequence of two lists of quantizers, equal by parameters.
std::vector<std::pair<std::uint32_t, std::uint32_t>> Align(const Tail& before, const Tail& after,
                                                           const std::vector<std::uint32_t>& b,
                                                           const std::vector<std::uint32_t>& a) {
  const auto equal = [&](std::size_t i, std::size_t j) {
    return ParamsOf(before.instructions[b[i]].op) == ParamsOf(after.instructions[a[j]].op);
  };
  std::vector<std::vector<int>> best(b.size() + 1, std::vector<int>(a.size() + 1, 0));
  for (std::size_t i = b.size(); i-- > 0;) {
    for (std::size_t j = a.size(); j-- > 0;) {
      best[i][j] = std::max(best[i + 1][j], best[i][j + 1]);
      if (equal(i, j)) best[i][j] = std::max(best[i][j], 1 + best[i + 1][j + 1]);
    }
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
  for (std::size_t i = 0, j = 0; i < b.size() && j < a.size();) {
    if (equal(i, j) && best[i][j] == 1 + best[i + 1][j + 1])
      out.emplace_back(b[i++], a[j++]);
    else if (best[i + 1][j] >= best[i][j + 1])
      ++i;
    else
      ++j;
  }
  return out;
}

}  // namespace

SiteSide MakeSiteSide(const FunctionalView& view, const ConstantValues& constants, ConvSide conv,
                      BatchNormVariant variant) {
  SiteSide side;
  side.conv = std::move(conv);
  side.tail = BuildTail(view, constants, side.conv, variant);
  side.search = PlanSearch(side.tail);
  side.is_last_quantizer = FindLastQuantizers(side.tail);
  return side;
}

namespace {

// The quantize whose codes a register shows, and the dequantize that stands between, if one does.
struct Ending {
  std::uint32_t quantizer = 0;
  std::optional<std::uint32_t> dequantizer;
};

std::optional<Ending> EndingOf(const Tail& tail, std::uint32_t reg) {
  Ending ending;
  while (reg > 0) {
    const TailOperator& op = tail.instructions[reg - 1].op;
    switch (RoleOf(op)) {
      case Role::kQuantizer: ending.quantizer = reg - 1; return ending;
      case Role::kDequantizer:
        if (ending.dequantizer) return std::nullopt;
        ending.dequantizer = reg - 1;
        break;
      case Role::kMove: break;
      case Role::kComputes: return std::nullopt;
    }
    reg = ReadsOf(op).registers[0];
  }
  return std::nullopt;
}

const ir::QuantParams& DequantizerOf(const Tail& tail, const Ending& ending) {
  return std::get<tail_op::Dequantize>(tail.instructions[*ending.dequantizer].op).params;
}

// By how many LSB, at most, two numbers f32(f32(f32(q) - f32(z)) * f32(s)) (numerics eq. 2) are
// further apart than their codes, or less far: with m = max |q - z| two roundings of 2^-24 for each
// of the two, half a step of subnormal numbers for each, and what f32(s) is off s.
double DequantizeRounding(const ir::QuantParams& codes, const ir::QuantParams& params) {
  const auto low = static_cast<double>(codes.quant_min - params.zero_point);
  const auto high = static_cast<double>(codes.quant_max - params.zero_point);
  const double most = std::max(std::abs(low), std::abs(high));
  const auto single = static_cast<double>(static_cast<float>(params.scale));
  const double off = std::abs(single / params.scale - 1);
  return most * 0x1p-22 + 0x1p-149 / params.scale + off * (high - low);
}

// Codes of 8 bits whose zero point is one of them stay below the first. What stays below the second
// has codes of 16 bits: then a tolerance of so many LSB is still one of so many codes.
constexpr double kAsCodes = 0x1p-13;
constexpr double kNearCodes = 0x1p-5;

// Whether equal codes at the two ends stand for equal numbers.
bool MeanTheSame(const Tail& before, const Ending& b, const Tail& after, const Ending& a) {
  if (ParamsOf(before.instructions[b.quantizer].op) !=
      ParamsOf(after.instructions[a.quantizer].op)) {
    return false;
  }
  if (!b.dequantizer || !a.dequantizer) return !b.dequantizer && !a.dequantizer;
  const ir::QuantParams& from = DequantizerOf(before, b);
  const ir::QuantParams& to = DequantizerOf(after, a);
  return from.scale == to.scale && from.zero_point == to.zero_point;
}

}  // namespace

std::optional<std::uint32_t> EndingQuantizer(const Tail& tail, std::uint32_t reg) {
  const auto ending = EndingOf(tail, reg);
  return ending ? std::optional(ending->quantizer) : std::nullopt;
}

PairPlan PlanPair(const SiteSide& before, const SiteSide& after, std::uint32_t before_frontier,
                  std::uint32_t after_frontier, bool identical) {
  PairPlan plan;
  plan.before = before_frontier;
  plan.after = after_frontier;
  plan.identical = identical;
  const Frontier& b = before.tail.frontiers[before_frontier];
  const Frontier& a = after.tail.frontiers[after_frontier];
  plan.lsb = std::max(std::min(b.scale, a.scale), 0x1p-1020);  // 1 / lsb is finite
  const auto b_end = EndingOf(before.tail, b.reg);
  const auto a_end = EndingOf(after.tail, a.reg);
  if (b_end && a_end && b.scale == a.scale &&
      MeanTheSame(before.tail, *b_end, after.tail, *a_end)) {
    const double rounding =
        b_end->dequantizer
            ? DequantizeRounding(ParamsOf(before.tail.instructions[b_end->quantizer].op),
                                 DequantizerOf(before.tail, *b_end))
            : 0;
    if (rounding <= kAsCodes)
      plan.codes = {b_end->quantizer + 1, a_end->quantizer + 1};
    else if (rounding <= kNearCodes)
      plan.dequantize_rounding = rounding;
  }
  plan.aligned = Align(before.tail, after.tail, QuantizersOn(before.tail, b.path),
                       QuantizersOn(after.tail, a.path));
  return plan;
}

}  // namespace foldproof::prove
