// SPDX-License-Identifier: BSD-3-Clause
//
// quantize and dequantize per tensor as PyTorch's Python writes them, operator by operator in
// libtorch.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/exec/executor.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {

// Appends nodes of one shape to `made`.
inline auto NodesOf(SmallProgram& made, const std::vector<std::int64_t>& sizes) {
  return [&](const std::string& name, const std::string& target,
             std::vector<ir::Argument> arguments, ir::ScalarType dtype) {
    return made.Node(name, target, std::move(arguments), ir::MakeTensorType(dtype, sizes));
  };
}

// clamp(round(x.to(float32) * (1.0 / s)) + z, min, max).to(dtype).
inline Tensor QuantizeInTorch(Executor& torch, const Tensor& x, const ir::QuantParams& p) {
  SmallProgram made;
  const auto node = NodesOf(made, x.sizes);
  const auto type = ir::ScalarType::kFloat32;
  const auto in = made.Input("x", ir::MakeTensorType(x.dtype, x.sizes));
  const auto wide = node("wide", "aten.to.dtype", {{"self", in}, {"dtype", type}}, type);
  const auto scaled =
      node("scaled", "aten.mul.Tensor", {{"self", wide}, {"other", 1.0 / p.scale}}, type);
  const auto rounded = node("rounded", "aten.round.default", {{"self", scaled}}, type);
  const auto shifted =
      node("shifted", "aten.add.Tensor", {{"self", rounded}, {"other", p.zero_point}}, type);
  const auto clamped = node("clamped", "aten.clamp.default",
                            {{"self", shifted}, {"min", p.quant_min}, {"max", p.quant_max}}, type);
  const auto codes =
      node("codes", "aten.to.dtype", {{"self", clamped}, {"dtype", p.dtype}}, p.dtype);
  return torch.Run(made.program(), {{in, x}}, {codes}).at(codes);
}

// (q.to(float32) - z) * s.
inline Tensor DequantizeInTorch(Executor& torch, const Tensor& codes, const ir::QuantParams& p) {
  SmallProgram made;
  const auto node = NodesOf(made, codes.sizes);
  const auto type = ir::ScalarType::kFloat32;
  const auto in = made.Input("q", ir::MakeTensorType(p.dtype, codes.sizes));
  const auto real = node("real", "aten.to.dtype", {{"self", in}, {"dtype", type}}, type);
  const auto shifted =
      node("shifted", "aten.sub.Tensor", {{"self", real}, {"other", p.zero_point}}, type);
  const auto out = node("out", "aten.mul.Tensor", {{"self", shifted}, {"other", p.scale}}, type);
  return torch.Run(made.program(), {{in, codes}}, {out}).at(out);
}

}  // namespace foldproof::exec
