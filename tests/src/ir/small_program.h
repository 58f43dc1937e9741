// SPDX-License-Identifier: BSD-3-Clause
//
// A program small enough to be read at a glance, for tests that break or print it.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "src/ir/program.h"
#include "tests/src/ir/one_node.h"

namespace foldproof::ir {

inline Constant MakeConstant(std::string name, TensorType type, std::uint32_t storage) {
  Constant constant;
  constant.name = std::move(name);
  constant.strides.assign(type.rank(), 0);
  std::int64_t stride = 1;
  for (std::size_t i = type.rank(); i-- > 0;) {
    constant.strides[i] = stride;
    stride *= type.dims[i].size;
  }
  constant.type = std::move(type);
  constant.storage = storage;
  return constant;
}

// y = conv2d(dequantize(quantize(x)), conv.weight)
inline Program SmallProgram() {
  Program program;
  Graph& graph = program.graph;
  const ValueId weight = graph.AddInput("p_weight", Float({2, 3, 1, 1}));
  const ValueId x = graph.AddInput("x", Float({1, 3, 4, 4}));
  program.inputs = {{InputSpec::Kind::kParameter, weight, "conv.weight"},
                    {InputSpec::Kind::kUserInput, x, {}}};
  program.storages.Add(Storage(24));
  program.constants.emplace("conv.weight", MakeConstant("conv.weight", Float({2, 3, 1, 1}), 0));
  const auto quantization = [](ValueId input) {
    return std::vector<Argument>{{"input", input},
                                 {"scale", 0.1},
                                 {"zero_point", std::int64_t{-2}},
                                 {"quant_min", std::int64_t{-128}},
                                 {"quant_max", std::int64_t{127}},
                                 {"dtype", ScalarType::kInt8}};
  };
  graph.Append("q", "quantized_decomposed.quantize_per_tensor.default", quantization(x),
               {{"q", Int8({1, 3, 4, 4})}});
  graph.Append("dq", "quantized_decomposed.dequantize_per_tensor.default",
               quantization(*graph.FindValue("q")), {{"dq", Float({1, 3, 4, 4})}});
  graph.Append("conv2d", "aten.conv2d.default",
               {{"input", *graph.FindValue("dq")},
                {"weight", weight},
                {"bias", None{}},
                {"stride", std::vector<std::int64_t>{1, 1}}},
               {{"y", Float({1, 2, 4, 4})}});
  graph.SetOutputs({*graph.FindValue("y")});
  program.outputs = {{OutputSpec::Kind::kUserOutput, "y", {}}};
  return program;
}

}  // namespace foldproof::ir
