// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/ir/tensor_type.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/json_index.h"

namespace foldproof::pt2 {

// A value's name and type.
using Declared = std::pair<std::string, std::optional<ir::TensorType>>;

// What an archive's "graph" declares: values by an Argument that stands for an input or for a
// node's result.
class Declarations {
 public:
  explicit Declarations(Json graph);

  // Appends what `argument` declares; `unnamed` is the name of a result that is None.
  void Append(Json argument, const std::string& unnamed, std::vector<Declared>& out) const;

 private:
  Declared Tensor(Json tensor) const;

  JsonIndex tensors_;
};

// What a node of an archive's graph is called and makes.
struct DeclaredNode {
  std::string target;  // without "torch.ops." or the prefix of the edge dialect
  bool is_edge = false;
  std::string name;  // the archive's; older minor versions have none: see docs/pt2.md
  std::vector<Declared> results;
};

// `index` is the node's place in the graph. Faults name the node.
DeclaredNode ReadDeclaredNode(Json node, std::size_t index, const Declarations& declarations);
// How faults name it.
std::string PlaceOf(Json node, std::size_t index);

// The target as the archive spells it.
std::string SpelledTarget(const std::string& target);

}  // namespace foldproof::pt2
