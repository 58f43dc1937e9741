// SPDX-License-Identifier: BSD-3-Clause
//
// How far two float32 sums of the same products may lie apart (docs/numerics.md, eq. 8).
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "harness/exec/libtorch/call_arguments.h"
#include "harness/exec/libtorch/torch_module.h"
#include "src/ir/program.h"

namespace foldproof::exec {

// |sum' - sum| <= gamma_n * sum |products| for one float32 sum of n terms in any order, fused or
// not: gamma_n = n u / (1 - n u), u = 2^-24; n times the smallest subnormal where products vanish;
// and the same with u = 2^-53 for the float64 sums that are taken as exact.
struct SummationBound {
  std::int64_t terms = 1;
  std::vector<double> exact;      // in float64
  std::vector<double> magnitude;  // the sum of the absolute products

  double Of(std::size_t i) const {
    const auto n = static_cast<double>(terms);
    const double gamma = n * 0x1p-24 / (1 - n * 0x1p-24) + n * 0x1p-53 / (1 - n * 0x1p-53);
    return gamma * magnitude[i] + n * 0x1p-149;
  }
};

// `node`'s operator on its operands in float64, or on their absolute values.
inline std::vector<double> InDouble(const TorchModule& module, const ir::Node& node,
                                    const std::map<ir::ValueId, Tensor>& operands, bool absolute) {
  std::map<ir::ValueId, TorchModule::Handle> handles;
  for (const auto& [id, tensor] : operands) {
    std::vector<double> wide;
    for (const float x : tensor.Elements<float>()) wide.push_back(absolute ? std::fabs(x) : x);
    handles.emplace(id, module.Make(Tensor::Of(ir::ScalarType::kFloat64, tensor.sizes, wide)));
  }
  const CallArguments arguments(node,
                                [&](ir::ValueId id) -> Operand { return handles.at(id).get(); });
  const auto results = module.Call(ParseTarget(node.target), arguments.all(), 1);
  return module.Read(std::get<TorchModule::Handle>(results.at(0)).get()).Elements<double>();
}

// Terms that one element of `node`'s result sums, its bias and a division included.
inline std::int64_t TermsOf(const ir::Node& node, const std::map<ir::ValueId, Tensor>& operands) {
  if (const auto* conv = std::get_if<ir::Convolution>(&node.op)) {
    const Tensor& weight = operands.at(conv->weight);
    return weight.count() / weight.sizes[conv->transposed ? 1 : 0] + 1;
  }
  if (const auto* linear = std::get_if<ir::Linear>(&node.op)) {
    return operands.at(linear->weight).sizes.back() + 1;
  }
  return operands.begin()->second.count() + 1;  // mean, sum: at most everything
}

inline SummationBound BoundOf(const TorchModule& module, const ir::Node& node,
                              const std::map<ir::ValueId, Tensor>& operands) {
  return {TermsOf(node, operands), InDouble(module, node, operands, false),
          InDouble(module, node, operands, true)};
}

}  // namespace foldproof::exec
