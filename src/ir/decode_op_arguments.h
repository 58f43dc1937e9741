// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/ir/graph.h"
#include "src/ir/made_shape.h"

namespace foldproof::ir {

// A node's arguments while its op is decoded: read by the names of the operator's schema, with the
// schema's defaults where one is not given. What the schema forbids is an Error of input; what it
// allows and no typed op says (a symbolic integer, a complex scalar) makes covered() false.
class OpArguments {
 public:
  OpArguments(const Graph& graph, const Node& node, bool in_place)
      : graph_(graph), node_(node), in_place_(in_place) {}

  bool in_place() const { return in_place_; }
  bool covered() const { return covered_; }
  void NotCovered() { covered_ = false; }
  [[noreturn]] void Fail(std::string why) const;

  ValueId Tensor(std::string_view name) const;
  std::optional<ValueId> OptionalTensor(std::string_view name) const;
  // A tensor or a number: PyTorch lets a number stand where the schema says Tensor.
  Operand TensorOrNumber(std::string_view name);

  std::int64_t Integer(std::string_view name, std::optional<std::int64_t> otherwise = {});
  bool Boolean(std::string_view name, std::optional<bool> otherwise = {});
  std::string String(std::string_view name, std::optional<std::string> otherwise = {});
  // A Scalar or a float. An integer that no double holds is not covered.
  double Number(std::string_view name, std::optional<double> otherwise = {});
  std::optional<double> OptionalNumber(std::string_view name);
  std::variant<double, std::int64_t> Scalar(std::string_view name, std::int64_t otherwise);
  std::optional<ScalarType> OptionalDtype(std::string_view name) const;
  // A list, or one number.
  std::vector<std::int64_t> Integers(std::string_view name);
  std::optional<std::vector<std::int64_t>> OptionalIntegers(std::string_view name);

  // The types of a tensor argument and of the node's first output, nullptr where they are not
  // known.
  const TensorType* TypeOf(ValueId value) const;
  const TensorType* OutputType() const;
  // Whether the output is declared with the shape that the arguments ask for.
  ShapeAgreement DeclaredShape() const { return ShapeOfArguments(graph_, node_).agreement; }
  // `dimension` counted from the front, for a tensor of `rank` dimensions.
  std::int64_t Dimension(std::int64_t dimension, std::size_t rank) const;

 private:
  // nullptr where the argument is absent or None.
  const ArgumentValue* Find(std::string_view name) const;
  [[noreturn]] void Missing(std::string_view name) const;
  [[noreturn]] void WrongType(std::string_view name, std::string_view wanted) const;

  const Graph& graph_;
  const Node& node_;
  bool in_place_;
  bool covered_ = true;
};

// One row of a family's table.
struct OpDecoder {
  std::string_view target;  // "aten.relu.default"
  Op (*decode)(OpArguments& arguments);
  bool has_in_place = false;  // "aten.relu_.default" is the same, written into its input
};

std::span<const OpDecoder> QuantizationDecoders();
std::span<const OpDecoder> ConvolutionDecoders();
std::span<const OpDecoder> ArithmeticDecoders();
std::span<const OpDecoder> LayoutDecoders();

}  // namespace foldproof::ir
