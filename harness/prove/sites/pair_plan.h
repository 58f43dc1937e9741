// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "harness/prove/constants/constant_values.h"
#include "harness/prove/conv/conv_side.h"
#include "harness/prove/tail/step_search.h"
#include "harness/prove/tail/tail.h"

namespace foldproof::prove {

// One side of a site: the conv's integers, its tail and how to search it.
struct SiteSide {
  ConvSide conv;
  Tail tail;
  SearchPlan search;
  // Whether an instruction is a quantize from which every way to any frontier holds only dequantize
  // and layout ops; indexed like the plan's instructions.
  std::vector<char> is_last_quantizer;
};

SiteSide MakeSiteSide(const FunctionalView& view, const ConstantValues& constants, ConvSide conv,
                      BatchNormVariant variant);

// Two frontiers, one of either side, that stand for the same place in the two programs.
struct PairPlan {
  std::uint32_t before = 0;  // index into the tail's frontiers
  std::uint32_t after = 0;
  bool identical = false;   // value numbering found the two values equal
  double lsb = 1;           // real units of one LSB: the smaller of the two scales
  bool float_unit = false;  // or nothing is quantized, and lsb is a float32 step
  // The registers whose codes are compared: both tails end in quantizers with equal parameters, and
  // in dequantizers with equal ones or none, whose float32 numbers are as far apart as their codes.
  std::optional<std::pair<std::uint32_t, std::uint32_t>> codes;
  // Else, where these are dequantized codes of about 16 bits: by how many LSB the floats may be
  // further apart than the codes, which a tolerance in LSB leaves to them.
  double dequantize_rounding = 0;
  // Quantizers (instruction indices) that stand on both sides with equal parameters, in order.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> aligned;
};

PairPlan PlanPair(const SiteSide& before, const SiteSide& after, std::uint32_t before_frontier,
                  std::uint32_t after_frontier, bool identical);

// The quantize instruction whose codes `reg` shows: itself, or behind moves and one dequantize.
std::optional<std::uint32_t> EndingQuantizer(const Tail& tail, std::uint32_t reg);

}  // namespace foldproof::prove
