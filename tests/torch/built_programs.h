// SPDX-License-Identifier: BSD-3-Clause
//
// Programs that no torch.export made, for tests/torch/built_programs.py, which knows what each of
// them computes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::pt2 {

class BuiltProgram {
 public:
  using Kind = ir::InputSpec::Kind;
  using Results = std::vector<std::pair<std::string, std::optional<ir::TensorType>>>;

  static ir::TensorType Floats(const std::vector<std::int64_t>& sizes) {
    return ir::MakeTensorType(ir::ScalarType::kFloat32, sizes);
  }

  ir::ValueId User(const std::string& name, ir::TensorType type) {
    return Input(Kind::kUserInput, name, std::move(type), {});
  }
  template <typename Element>
  std::uint32_t Storage(const std::vector<Element>& elements) {
    ir::Storage storage(elements.size() * sizeof(Element));
    std::memcpy(storage.data(), elements.data(), storage.size());
    return program_.storages.Add(std::move(storage));
  }
  ir::ValueId Held(Kind kind, const std::string& name, ir::TensorType type,
                   std::vector<std::int64_t> strides, std::int64_t offset, std::uint32_t storage) {
    using Held = ir::Constant::Kind;
    ir::Constant constant;
    constant.name = name;
    constant.kind = kind == Kind::kParameter ? Held::kParameter
                    : kind == Kind::kBuffer  ? Held::kBuffer
                                             : Held::kTensorConstant;
    constant.type = type;
    constant.strides = std::move(strides);
    constant.offset = offset;
    constant.storage = storage;
    program_.constants.emplace(name, std::move(constant));
    // A value's name is one of a Python variable.
    std::string variable = "held_" + name;
    std::replace(variable.begin(), variable.end(), '.', '_');
    return Input(kind, variable, std::move(type), name);
  }
  std::vector<ir::ValueId> Call(const std::string& name, const std::string& target,
                                std::vector<ir::Argument> arguments, Results results) {
    const ir::NodeId id =
        program_.graph.Append(name, target, std::move(arguments), std::move(results));
    return program_.graph.node(id).outputs;
  }
  ir::Program Return(std::vector<ir::ArgumentValue> outputs) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      program_.outputs.push_back({ir::OutputSpec::Kind::kUserOutput, {}, {}});
    }
    program_.graph.SetOutputs(std::move(outputs));
    return std::move(program_);
  }
  ir::Program& program() { return program_; }

 private:
  ir::ValueId Input(Kind kind, const std::string& name, ir::TensorType type,
                    const std::string& target) {
    const ir::ValueId id = program_.graph.AddInput(name, std::move(type));
    program_.inputs.push_back({kind, id, target, true});
    return id;
  }

  ir::Program program_;
};

// conv1d of the quantized input, whose bias are int32 codes that are a parameter. The user's input
// comes first, as torch does not have it.
inline ir::Program QuantizedConv() {
  using ir::ScalarType;
  BuiltProgram built;
  const ir::ValueId x = built.User("x", BuiltProgram::Floats({2, 1, 5}));
  const ir::ValueId weight =
      built.Held(BuiltProgram::Kind::kParameter, "conv.weight", BuiltProgram::Floats({3, 1, 2}),
                 {2, 2, 1}, 0, built.Storage<float>({0.5f, -1, 2, 0.25f, -0.75f, 1}));
  const ir::ValueId bias = built.Held(BuiltProgram::Kind::kParameter, "conv.bias",
                                      ir::MakeTensorType(ScalarType::kInt32, {3}), {1}, 0,
                                      built.Storage<std::int32_t>({7, -100000, 2147483647}));
  const auto step = [&](const char* kind, ir::ValueId input, double scale, std::int64_t lowest,
                        std::int64_t highest, ScalarType codes, const std::string& name,
                        ir::TensorType type) {
    return built
        .Call(name, std::string("quantized_decomposed.") + kind + "_per_tensor.default",
              {{"input", input},
               {"scale", scale},
               {"zero_point", std::int64_t{0}},
               {"quant_min", lowest},
               {"quant_max", highest},
               {"dtype", codes}},
              {{name, std::move(type)}})
        .front();
  };
  const ir::ValueId q = step("quantize", x, 0.1, -128, 127, ScalarType::kInt8, "q",
                             ir::MakeTensorType(ScalarType::kInt8, {2, 1, 5}));
  const ir::ValueId dq = step("dequantize", q, 0.1, -128, 127, ScalarType::kInt8, "dq",
                              BuiltProgram::Floats({2, 1, 5}));
  const ir::ValueId real = step("dequantize", bias, 0.001, -2147483648, 2147483647,
                                ScalarType::kInt32, "real_bias", BuiltProgram::Floats({3}));
  const auto y =
      built.Call("conv", "aten.conv1d.default", {{"input", dq}, {"weight", weight}, {"bias", real}},
                 {{"y", BuiltProgram::Floats({2, 3, 4})}});
  return built.Return({y.front()});
}

// Lists of results, several outputs, a view into a storage that another tensor shares.
inline ir::Program ListsAndViews() {
  BuiltProgram built;
  const ir::ValueId x = built.User("x", BuiltProgram::Floats({4, 2}));
  const ir::ValueId y = built.User("y", BuiltProgram::Floats({4, 2}));
  const std::uint32_t shared = built.Storage<float>({1, 2, 3, 4, 5, 6, 7, 8, 9});
  const ir::ValueId whole = built.Held(BuiltProgram::Kind::kBuffer, "whole",
                                       BuiltProgram::Floats({4, 2}), {2, 1}, 0, shared);
  const ir::ValueId view = built.Held(BuiltProgram::Kind::kTensorConstant, "view",
                                      BuiltProgram::Floats({2, 4}), {1, 2}, 1, shared);
  const auto parts = built.Call(
      "split", "aten.split.Tensor", {{"self", x}, {"split_size", std::int64_t{2}}},
      {{"part", BuiltProgram::Floats({2, 2})}, {"part_1", BuiltProgram::Floats({2, 2})}});
  const auto only =
      built.Call("chunk", "aten.chunk.default", {{"self", y}, {"chunks", std::int64_t{1}}},
                 {{"only", BuiltProgram::Floats({4, 2})}});
  const auto best = built.Call("topk", "aten.topk.default", {{"self", y}, {"k", std::int64_t{1}}},
                               {{"values", BuiltProgram::Floats({4, 1})},
                                {"indices", ir::MakeTensorType(ir::ScalarType::kInt64, {4, 1})}});
  const auto cat = built.Call("cat", "aten.cat.default",
                              {{"tensors", std::vector<ir::ValueId>{parts[1], parts[0]}}},
                              {{"cat", BuiltProgram::Floats({4, 2})}});
  const auto sum = built.Call("sum_1", "aten.add.Tensor",
                              {{"self", cat[0]}, {"other", only[0]}, {"alpha", 0.1, true}},
                              {{"sum_1", BuiltProgram::Floats({4, 2})}});
  const auto scaled = built.Call("mul", "aten.mul.Tensor", {{"self", sum[0]}, {"other", whole}},
                                 {{"mul", BuiltProgram::Floats({4, 2})}});
  const auto product = built.Call("mm", "aten.mm.default", {{"self", view}, {"mat2", scaled[0]}},
                                  {{"mm", BuiltProgram::Floats({2, 2})}});
  return built.Return({product[0], best[1], std::int64_t{3}, ir::None{}});
}

// A symbolic size that a node asks for, an in-place operator, a list that mixes numbers and values.
inline ir::Program SymbolicSize() {
  using ir::Dim;
  BuiltProgram built;
  const Dim batch{-1, "s0", 5};
  const auto type = [](std::vector<Dim> dims) {
    return ir::TensorType{ir::ScalarType::kFloat32, std::move(dims)};
  };
  const ir::ValueId x = built.User("x", type({batch, {2, {}}, {3, {}}}));
  const auto size = built.Call("sym_size", "aten.sym_size.int",
                               {{"self", x}, {"dim", std::int64_t{0}}}, {{"size", std::nullopt}});
  const auto flat =
      built.Call("view", "aten.view.default",
                 {{"self", x}, {"size", std::vector<ir::IntOrValue>{size[0], std::int64_t{6}}}},
                 {{"flat", type({batch, {6, {}}})}});
  const auto grown = built.Call("add", "aten.add.Tensor", {{"self", flat[0]}, {"other", size[0]}},
                                {{"grown", type({batch, {6, {}}})}});
  const auto kept = built.Call("relu_", "aten.relu_.default", {{"self", grown[0]}},
                               {{"kept", type({batch, {6, {}}})}});
  const auto turned =
      built.Call("t", "aten.t.default", {{"self", kept[0]}}, {{"turned", type({{6, {}}, batch})}});
  return built.Return({turned[0]});
}

}  // namespace foldproof::pt2
