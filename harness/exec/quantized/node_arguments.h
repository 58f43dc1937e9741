// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/exec/tensor.h"
#include "src/ir/graph.h"

namespace foldproof::exec {

// A value of the running program as a tensor; a symbolic integer as one of a single element.
using TensorOfValue = std::function<Tensor(ir::ValueId)>;

// The arguments of a node that is computed here, by name. Numbers may be given as tensors of one
// element (the overloads tensor and tensor2). Whatever is missing or of another form throws
// Error(kInput) with an empty place, which names the argument.
class NodeArguments {
 public:
  NodeArguments(const ir::Node& node, const TensorOfValue& tensor_of)
      : node_(node), tensor_of_(tensor_of) {}

  Tensor OneTensor(std::string_view name) const;
  std::optional<Tensor> MaybeTensor(std::string_view name) const;  // nothing where absent or None
  std::int64_t Integer(std::string_view name) const;
  std::vector<std::int64_t> Integers(std::string_view name) const;
  double Real(std::string_view name) const;
  bool Truth(std::string_view name, bool where_absent) const;
  ir::ScalarType Dtype(std::string_view name) const;
  std::optional<ir::ScalarType> MaybeDtype(std::string_view name) const;

 private:
  const ir::ArgumentValue* Given(std::string_view name) const;  // nullptr where absent or None
  const ir::ArgumentValue& Value(std::string_view name) const;
  std::int64_t IntegerOf(ir::ValueId id, std::string_view name) const;
  Tensor Single(std::string_view name) const;

  const ir::Node& node_;
  const TensorOfValue& tensor_of_;
};

}  // namespace foldproof::exec
