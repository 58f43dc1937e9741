// SPDX-License-Identifier: BSD-3-Clause
//
// Programs of a few nodes, written by hand.
#pragma once

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "harness/exec/tensor.h"
#include "src/ir/program.h"

namespace foldproof::exec {

class SmallProgram {
 public:
  ir::ValueId Input(const std::string& name, ir::TensorType type) {
    const ir::ValueId id = program_.graph.AddInput(name, std::move(type));
    program_.inputs.push_back({ir::InputSpec::Kind::kUserInput, id, "", true});
    return id;
  }

  // A buffer of these elements; `storage` may be that of another one.
  ir::ValueId Buffer(const std::string& name, const Tensor& tensor) {
    return BufferOf(name, tensor, program_.storages.Add(tensor.bytes));
  }

  ir::ValueId BufferOf(const std::string& name, const Tensor& tensor, std::uint32_t storage) {
    const ir::TensorType type = ir::MakeTensorType(tensor.dtype, tensor.sizes);
    const ir::ValueId id = program_.graph.AddInput(name, type);
    program_.inputs.push_back({ir::InputSpec::Kind::kBuffer, id, name, true});
    std::vector<std::int64_t> strides(tensor.sizes.size(), 1);
    for (std::size_t d = strides.size(); d-- > 1;) strides[d - 1] = strides[d] * tensor.sizes[d];
    program_.constants[name] = {name, ir::Constant::Kind::kBuffer, true, type, strides, 0, storage};
    return id;
  }

  // A node of one result, called like the node.
  ir::ValueId Node(const std::string& name, const std::string& target,
                   std::vector<ir::Argument> arguments, std::optional<ir::TensorType> type) {
    const ir::NodeId node =
        program_.graph.Append(name, target, std::move(arguments), {{name, std::move(type)}});
    return program_.graph.node(node).outputs.front();
  }

  const ir::Program& Returning(const std::vector<ir::ValueId>& outputs) {
    std::vector<ir::ArgumentValue> values(outputs.begin(), outputs.end());
    for (const ir::ValueId id : outputs) {
      program_.outputs.push_back({ir::OutputSpec::Kind::kUserOutput, Graph().value(id).name, ""});
    }
    program_.graph.SetOutputs(std::move(values));
    return program_;
  }

  ir::Graph& Graph() { return program_.graph; }
  ir::Program& program() { return program_; }
  const ir::Program& program() const { return program_; }

 private:
  ir::Program program_;
};

inline ir::TensorType FloatType(std::vector<std::int64_t> sizes) {
  return ir::MakeTensorType(ir::ScalarType::kFloat32, sizes);
}

inline Tensor FloatTensor(std::vector<std::int64_t> sizes, const std::vector<float>& elements) {
  return Tensor::Of(ir::ScalarType::kFloat32, std::move(sizes), elements);
}

}  // namespace foldproof::exec
