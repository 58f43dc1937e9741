// SPDX-License-Identifier: BSD-3-Clause
//
// Graphs of one node, for tests of what is read from a node.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/ir/graph.h"

namespace foldproof::ir {

inline TensorType Float(const std::vector<std::int64_t>& sizes) {
  return MakeTensorType(ScalarType::kFloat32, sizes);
}
inline TensorType Int8(const std::vector<std::int64_t>& sizes) {
  return MakeTensorType(ScalarType::kInt8, sizes);
}

// A graph of inputs in0, in1, ... (values 0, 1, ...) and the node "node" with one output, "out".
inline Graph OneNode(std::string target, const std::vector<std::optional<TensorType>>& inputs,
                     std::vector<Argument> arguments, std::optional<TensorType> output) {
  Graph graph;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    graph.AddInput("in" + std::to_string(i), inputs[i]);
  }
  graph.Append("node", std::move(target), std::move(arguments), {{"out", std::move(output)}});
  return graph;
}

// The op of such a node.
template <typename OpType>
OpType Decoded(std::string target, const std::vector<std::optional<TensorType>>& inputs,
               std::vector<Argument> arguments, std::optional<TensorType> output) {
  const Graph graph = OneNode(std::move(target), inputs, std::move(arguments), std::move(output));
  const auto* op = std::get_if<OpType>(&graph.nodes().front().op);
  if (op == nullptr) throw Error(Error::Code::kInternal, "test", "another op was decoded");
  return *op;
}

// The line of the Error that `body` throws, "no error" where it throws none.
template <typename Body>
std::string FailureOf(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code() == Error::Code::kInput ? error.what() : std::string("not an input error");
  }
  return "no error";
}

}  // namespace foldproof::ir
