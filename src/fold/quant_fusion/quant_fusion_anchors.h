// SPDX-License-Identifier: BSD-3-Clause
//
// The predecessor's view of a match: PartitionAnchors of ExecuTorch's patterns.py.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/fold/quant_fusion/quant_fusion_fx_graph.h"
#include "src/fold/quant_fusion/quant_fusion_patterns.h"

namespace foldproof::fold {

// An exception that Python raises, and the line of ExecuTorch that raises it.
struct PythonError {
  std::string what;  // "IndexError: list index out of range"
  std::string line;
};

struct FusionAnchors {
  using Place = std::pair<FxId, std::size_t>;  // args[i] of a node

  bool empty = false;
  FxId op = 0;  // what the quantizer is looked for behind
  std::vector<Place> inputs, weights, biases;
  std::vector<ir::ValueId> list;  // of cat: its inputs
  bool has_output = true;
};

// get_anchors; `match` is one node for each operator of the pattern. Throws PythonError.
FusionAnchors AnchorsOf(const FxGraph& fx, FusionPattern pattern, const std::vector<FxId>& match);

// args[i] of a node; PythonError where there are fewer.
const ir::ArgumentValue& ArgumentAt(const FxGraph& fx, FxId id, std::size_t i, const char* line);
// Python's name for the type of an argument: "Node", "float", "immutable_list".
std::string PythonType(const ir::ArgumentValue& value);

}  // namespace foldproof::fold
