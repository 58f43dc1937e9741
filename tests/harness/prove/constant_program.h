// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/exec/tensor.h"
#include "src/ir/program.h"

namespace foldproof::prove {

// Writes a program in ExportedProgram form, one value at a time.
class ConstantProgram {
 public:
  using Arguments = std::vector<std::pair<std::string, ir::ArgumentValue>>;

  ir::ValueId Stored(const std::string& name, const exec::Tensor& tensor) {
    const ir::TensorType type = ir::MakeTensorType(tensor.dtype, tensor.sizes);
    const ir::ValueId value = program_.graph.AddInput("p_" + name, type);
    std::vector<std::int64_t> strides(tensor.sizes.size(), 1);
    for (std::size_t k = strides.size(); k-- > 1;) strides[k - 1] = strides[k] * tensor.sizes[k];
    const std::uint32_t storage = program_.storages.Add(tensor.bytes);
    program_.constants[name] = {name,   ir::Constant::Kind::kParameter, true, type, strides, 0,
                                storage};
    program_.inputs.push_back({ir::InputSpec::Kind::kParameter, value, name, true});
    return value;
  }

  ir::ValueId Floats(const std::string& name, std::vector<std::int64_t> sizes,
                     const std::vector<float>& elements) {
    return Stored(name, exec::Tensor::Of(ir::ScalarType::kFloat32, std::move(sizes), elements));
  }

  ir::ValueId UserInput(const std::string& name, const ir::TensorType& type) {
    const ir::ValueId value = program_.graph.AddInput(name, type);
    program_.inputs.push_back({ir::InputSpec::Kind::kUserInput, value, "", true});
    return value;
  }

  ir::ValueId Node(const std::string& name, const std::string& target, const Arguments& arguments,
                   ir::ScalarType dtype, const std::vector<std::int64_t>& sizes) {
    std::vector<ir::Argument> list;
    for (const auto& [argument, value] : arguments) list.push_back({argument, value, false});
    const ir::NodeId node =
        program_.graph.Append(name, target, list, {{name, ir::MakeTensorType(dtype, sizes)}});
    return program_.graph.node(node).outputs[0];
  }

  // The program with these outputs of the user; this one is of no use then.
  ir::Program Return(const std::vector<ir::ValueId>& outputs) {
    std::vector<ir::ArgumentValue> returned(outputs.begin(), outputs.end());
    program_.graph.SetOutputs(returned);
    for (const ir::ValueId value : outputs) {
      program_.outputs.push_back(
          {ir::OutputSpec::Kind::kUserOutput, program_.graph.value(value).name, ""});
    }
    return std::move(program_);
  }

  ir::Program& program() { return program_; }

 private:
  ir::Program program_;
};

}  // namespace foldproof::prove
