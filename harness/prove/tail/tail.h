// SPDX-License-Identifier: BSD-3-Clause
//
// What happens to a conv's value v within its output channel, as a list of instructions over
// registers: register 0 is v, register i + 1 the result of instruction i. The list is the same for
// all channels; constants differ.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "harness/exec/quantized/requantize.h"
#include "harness/prove/conv/edge.h"
#include "src/ir/graph.h"
#include "src/ir/op.h"

namespace foldproof::prove {

// What batch_norm's kernel does (docs/numerics.md, eq. 5 and 6): fused on hardware with FMA.
enum class BatchNormVariant { kFma, kNoFma };

// A number, or one a channel, as the program computes it and in float64.
struct ChannelConstant {
  std::vector<float> value;   // 1 or as many as there are channels
  std::vector<double> ideal;  // likewise
  float At(std::size_t channel) const { return value[value.size() == 1 ? 0 : channel]; }
  double IdealAt(std::size_t channel) const { return ideal[ideal.size() == 1 ? 0 : channel]; }
};

struct TailOperand {
  bool is_register = true;
  std::uint32_t index = 0;  // of a register, or of Tail::constants
};

// alpha and beta of an eval batch_norm: y = x * alpha + beta, and in float64 with eps as a double.
struct AffineConstants {
  ChannelConstant scale;
  ChannelConstant shift;
  bool fused = true;  // BatchNormVariant::kFma
};

// One channel of an integer kernel (kernel_tail.h).
struct KernelChannel {
  std::int64_t bias = 0;  // q_b - z_b, an int32
  exec::Requantizer requantizer;
  double step = 1;        // f32(s_x) * f32(s_w), in float64
  double bias_error = 0;  // |q_b - z_b| * |f32(s_b) - step|
};

struct KernelConstants {
  std::vector<KernelChannel> channels;
  // The activation's bounds as codes.
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};

struct TailInstruction {
  enum class Code {
    kQuantize,    // left -> codes, params
    kRequantize,  // the accumulator -> codes, params, kernel; its ideal is left, register 0,
                  // between low and high
    kDequantize,  // codes -> left, params
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMinimum,
    kMaximum,  // left, right; kAdd and kSub: left +- alpha * right
    kAffine,   // left, affine
    kUnary,    // left, function
    kClamp,    // left, low, high
    kMove,     // left, unchanged: reshape, permute, clone
  };

  Code code = Code::kMove;
  ir::NodeId node;
  TailOperand left;
  TailOperand right;
  ir::QuantParams params;  // kQuantize, kDequantize
  float alpha = 1;         // kAdd, kSub
  double ideal_alpha = 1;
  ir::Binary::Rounding rounding = ir::Binary::Rounding::kNone;  // kDiv
  std::uint32_t affine = 0;                                     // kAffine: index into Tail::affines
  ir::Unary::Kind function = ir::Unary::Kind::kRelu;            // kUnary
  std::array<double, 3> parameters{};
  std::optional<double> low;  // kClamp, kRequantize
  std::optional<double> high;
  std::uint32_t kernel = 0;  // kRequantize: index into Tail::kernels
};

inline bool IsQuantizer(const TailInstruction& op) {
  return op.code == TailInstruction::Code::kQuantize ||
         op.code == TailInstruction::Code::kRequantize;
}

// Calls visit(register) for each register that `instruction` reads.
template <typename Visit>
void ForEachRegister(const TailInstruction& instruction, Visit&& visit) {
  if (instruction.left.is_register) visit(instruction.left.index);
  const bool binary = instruction.code >= TailInstruction::Code::kAdd &&
                      instruction.code <= TailInstruction::Code::kMaximum;
  if (binary && instruction.right.is_register) visit(instruction.right.index);
}

// The instructions that register `reg` depends on, ascending.
std::vector<std::uint32_t> PathTo(const std::vector<TailInstruction>& instructions,
                                  std::uint32_t reg);

// Where the value leaves what is a function of the same A.
struct Frontier {
  Edge edge;  // node = number of nodes where it is an output of the program
  std::optional<std::uint32_t> output;
  std::uint32_t reg = 0;  // which register is seen there
  ir::ValueId value;
  std::vector<std::uint32_t> path;  // instructions that the register depends on, ascending
  bool codes = false;               // integer codes leave, not floats
  double scale = 1;                 // of LSB, per design: nearest dequantize along first operands
};

struct Tail {
  std::vector<TailInstruction> instructions;
  std::vector<ChannelConstant> constants;
  std::vector<AffineConstants> affines;
  std::vector<KernelConstants> kernels;
  std::vector<ir::ValueId> values;  // the program's value of each register
  std::vector<Frontier> frontiers;  // in the order of execution, outputs last
  std::size_t channels = 0;
};

// The nodes between the conv and register `reg`, in order, along first operands that are registers.
std::vector<ir::NodeId> NodesTo(const Tail& tail, std::uint32_t reg);

}  // namespace foldproof::prove
