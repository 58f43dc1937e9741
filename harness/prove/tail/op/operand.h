// SPDX-License-Identifier: BSD-3-Clause
//
// What a tail's operator reads: registers of the tail and constants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "harness/prove/constants/constant_value.h"

namespace foldproof::prove {

// A number, or one a channel, as the program computes it and in float64.
struct ChannelConstant {
  std::vector<float> value;   // 1 or as many as there are channels
  std::vector<double> ideal;  // likewise
  // Empty where it depends on no square root; else as many as there are of `value`
  // (ConstantValue).
  std::vector<RootId> roots{};
  std::vector<float> lower{};
  std::vector<float> upper{};
  float At(std::size_t channel) const { return value[value.size() == 1 ? 0 : channel]; }
  double IdealAt(std::size_t channel) const { return ideal[ideal.size() == 1 ? 0 : channel]; }
};

// The index of a register, or a constant.
using TailOperand = std::variant<std::uint32_t, ChannelConstant>;

// The registers that one operator reads, in the order of its operands.
struct RegisterList {
  std::array<std::uint32_t, 3> registers{};
  std::size_t count = 0;

  const std::uint32_t* begin() const { return registers.data(); }
  const std::uint32_t* end() const { return registers.data() + count; }
};

namespace tail_op {

// An operator of one register.
struct OneInput {
  std::uint32_t input = 0;
  RegisterList Reads() const { return {{input}, 1}; }
};

// An operator of two operands, of which one at least is a register.
struct TwoOperands {
  TailOperand left;
  TailOperand right;

  RegisterList Reads() const {
    RegisterList out;
    for (const TailOperand* operand : {&left, &right}) {
      const auto* reg = std::get_if<std::uint32_t>(operand);
      if (reg != nullptr) out.registers[out.count++] = *reg;
    }
    return out;
  }
};

}  // namespace tail_op
}  // namespace foldproof::prove
