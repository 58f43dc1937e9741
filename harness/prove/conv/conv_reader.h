// SPDX-License-Identifier: BSD-3-Clause
//
// What the files that read a conv share: inside harness/prove only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/constants/constant_values.h"
#include "harness/prove/conv/conv_side.h"
#include "harness/prove/conv/no_integers.h"

namespace foldproof::prove {

// One conv being read.
struct ConvReader {
  const FunctionalView& view;
  const ConstantValues& constants;
  const ir::Node& node;

  const ir::Graph& graph() const { return view.program().graph; }
  ir::ValueId Operand(ir::ValueId value) const { return view.Read(node.id, value); }
  // The tensor of a constant, straight from the program where it is stored, else computed; `what`
  // says whose it is ("its bias").
  exec::Tensor ConstantTensor(ir::ValueId value, const char* what) const;

  // A weight of float32 numbers is refused unless `floats`.
  void ReadWeight(ConvSide& side, bool floats) const;
  std::vector<std::int64_t> ReadFloatWeight(ConvSide& side) const;  // the weight's sizes
  // How far a kernel's sum of floats may be from the exact one; after weight and bias.
  void BoundSums(ConvSide& side) const;
  void ReadBias(ConvSide& side) const;
};

// The elements of an integer tensor; NoIntegers for any other.
std::vector<std::int64_t> AsIntegers(const exec::Tensor& tensor);
// The elements of a float32 tensor, NoIntegers for any other. With scales of float64 PyTorch
// multiplies in float64 and rounds to float32 behind (docs/numerics.md, eq. 4), and a convolution
// takes no bias of float64: none of it is what eq. 7 says. `what` says whose it is ("its bias").
std::vector<double> AsFloats(const exec::Tensor& tensor, const char* what);
// The integer type in which dequantize_per_channel takes q - z, where it wraps: that to which both
// promote (docs/numerics.md, eq. 4).
ir::ScalarType DifferenceType(ir::ScalarType codes, ir::ScalarType zero_points);

inline double RoundToFloat32(double x) { return static_cast<double>(static_cast<float>(x)); }

}  // namespace foldproof::prove
