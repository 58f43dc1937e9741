// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/graph_writer.h"

#include <algorithm>
#include <cstring>

#include "src/ir/lift.h"

namespace foldproof::fuzz {
namespace {

template <typename T>
std::vector<std::byte> BytesOf(const std::vector<T>& elements) {
  const auto* first = reinterpret_cast<const std::byte*>(elements.data());
  return {first, first + elements.size() * sizeof(T)};
}

// PyTorch's schemas have these behind the *: given by position, the operator does not run.
bool IsKeywordOnly(std::string_view name) { return name == "alpha" || name == "rounding_mode"; }

GraphWriter::Arguments Marked(GraphWriter::Arguments arguments) {
  for (ir::Argument& argument : arguments) argument.keyword = IsKeywordOnly(argument.name);
  return arguments;
}

}  // namespace

ir::ValueId GraphWriter::Input(const std::string& name, const Sizes& sizes) {
  const ir::ValueId id =
      program_.graph.AddInput(name, ir::MakeTensorType(ir::ScalarType::kFloat32, sizes));
  program_.inputs.push_back({ir::InputSpec::Kind::kUserInput, id, "", true});
  taken_[name] = 1;
  return id;
}

ir::ValueId GraphWriter::Constant(const std::string& name, ir::Constant::Kind kind,
                                  const ir::TensorType& type, std::vector<std::byte> bytes) {
  const auto found = constants_.find(name);
  if (found != constants_.end()) return found->second;
  std::vector<std::int64_t> sizes = type.sizes(), strides(sizes.size(), 1);
  for (std::size_t d = strides.size(); d-- > 1;) strides[d - 1] = strides[d] * sizes[d];
  const std::uint32_t storage = program_.storages.Add(std::move(bytes));
  const ir::Constant& stored =
      program_.constants[name] = {name, kind, true, type, strides, 0, storage};
  const ir::ValueId id = program_.graph.AddInput(ir::InputNameOf(stored), type);
  program_.inputs.push_back({ir::InputKindOf(stored), id, name, true});
  return constants_[name] = id;
}

ir::ValueId GraphWriter::Floats(const std::string& name, ir::Constant::Kind kind,
                                const std::vector<float>& elements) {
  const auto count = static_cast<std::int64_t>(elements.size());
  return Constant(name, kind, ir::MakeTensorType(ir::ScalarType::kFloat32, {count}),
                  BytesOf(elements));
}

ir::ValueId GraphWriter::FloatTensor(const std::string& name, const Sizes& sizes,
                                     const std::vector<float>& elements) {
  return Constant(name, ir::Constant::Kind::kParameter,
                  ir::MakeTensorType(ir::ScalarType::kFloat32, sizes), BytesOf(elements));
}

ir::ValueId GraphWriter::Int64s(const std::string& name,
                                const std::vector<std::int64_t>& elements) {
  const auto count = static_cast<std::int64_t>(elements.size());
  return Constant(name, ir::Constant::Kind::kBuffer,
                  ir::MakeTensorType(ir::ScalarType::kInt64, {count}), BytesOf(elements));
}

ir::ValueId GraphWriter::Codes(const std::string& name, ir::ScalarType dtype, const Sizes& sizes,
                               const std::vector<std::int64_t>& codes) {
  std::vector<std::byte> bytes;
  for (const std::int64_t code : codes) {  // the low bits: this machine is little-endian
    const std::size_t at = bytes.size(), width = ir::ElementSize(dtype);
    bytes.resize(at + width);
    std::memcpy(bytes.data() + at, &code, width);
  }
  return Constant(name, ir::Constant::Kind::kParameter, ir::MakeTensorType(dtype, sizes),
                  std::move(bytes));
}

// "aten.add.Tensor" makes add, add_1, add_2.
std::string GraphWriter::NameOf(const std::string& target) {
  const std::size_t from = target.find('.') + 1;
  std::string name = target.substr(from, target.find('.', from) - from);
  while (name.starts_with('_')) name.erase(0, 1);
  const int n = taken_[name]++;
  return n == 0 ? name : name + "_" + std::to_string(n);
}

ir::ValueId GraphWriter::Node(const std::string& target, Arguments arguments, const Sizes& sizes,
                              ir::ScalarType dtype) {
  const std::string name = NameOf(target);
  const ir::NodeId node = program_.graph.Append(name, target, Marked(std::move(arguments)),
                                                {{name, ir::MakeTensorType(dtype, sizes)}});
  return program_.graph.node(node).outputs[0];
}

ir::ValueId GraphWriter::Nodes(const std::string& target, Arguments arguments,
                               const std::vector<Sizes>& results) {
  const std::string name = NameOf(target);
  std::vector<std::pair<std::string, std::optional<ir::TensorType>>> outputs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    outputs.emplace_back(name + "_out" + std::to_string(i),
                         ir::MakeTensorType(ir::ScalarType::kFloat32, results[i]));
  }
  const ir::NodeId node =
      program_.graph.Append(name, target, Marked(std::move(arguments)), std::move(outputs));
  return program_.graph.node(node).outputs[0];
}

ir::ValueId GraphWriter::Quantize(ir::ValueId value, const ir::QuantParams& params) {
  return Node("quantized_decomposed.quantize_per_tensor.default",
              {{"input", value},
               {"scale", params.scale},
               {"zero_point", params.zero_point},
               {"quant_min", params.quant_min},
               {"quant_max", params.quant_max},
               {"dtype", params.dtype}},
              SizesOf(value), params.dtype);
}

ir::ValueId GraphWriter::Dequantize(ir::ValueId codes, const ir::QuantParams& params) {
  return Node("quantized_decomposed.dequantize_per_tensor.default",
              {{"input", codes},
               {"scale", params.scale},
               {"zero_point", params.zero_point},
               {"quant_min", params.quant_min},
               {"quant_max", params.quant_max},
               {"dtype", params.dtype}},
              SizesOf(codes));
}

ir::Program GraphWriter::Return(const std::vector<ir::ValueId>& outputs) && {
  // torch.export's order of inputs: parameters, buffers, then the user's.
  std::ranges::stable_sort(program_.inputs, {}, [](const ir::InputSpec& spec) {
    return std::pair(spec.kind == ir::InputSpec::Kind::kUserInput, spec.kind);
  });
  std::vector<ir::ValueId> order;
  for (const ir::InputSpec& spec : program_.inputs) order.push_back(spec.value);
  program_.graph.OrderInputs(std::move(order));
  std::vector<ir::ArgumentValue> returned(outputs.begin(), outputs.end());
  program_.graph.SetOutputs(std::move(returned));
  for (const ir::ValueId id : outputs) {
    program_.outputs.push_back(
        {ir::OutputSpec::Kind::kUserOutput, program_.graph.value(id).name, ""});
  }
  return std::move(program_);
}

}  // namespace foldproof::fuzz
