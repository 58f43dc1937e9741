// SPDX-License-Identifier: BSD-3-Clause
//
// How an operator of a tail is read from a node of the program.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/prove/constants/constant_values.h"
#include "harness/prove/tail/op/channel_constants.h"
#include "src/ir/graph.h"

namespace foldproof::prove {

// Integers up to this one are float32 numbers.
inline constexpr std::int64_t kMostWhole = std::int64_t{1} << 24;

// Where the elements of a register lie in its tensor: the layout ops it went through, as a text,
// and the dimension along which the conv's output channel varies.
struct Placement {
  std::string moves;
  std::optional<std::size_t> channel_axis;
};

struct TailRegister {
  ir::ValueId value;
  Placement placement;
  // The parameters that its codes were made with, where it holds codes.
  std::optional<ir::QuantParams> made_with;
};

// A tail as far as it is built: its registers, and the program around it.
class TailScope {
 public:
  // All of them outlive the scope.
  TailScope(const FunctionalView& view, const ConstantValues& constants, std::size_t channels,
            BatchNormVariant variant)
      : view_(view), constants_(constants), channels_(channels), variant_(variant) {}

  void Add(TailRegister reg);

  const FunctionalView& view() const { return view_; }
  const ir::Graph& graph() const { return view_.program().graph; }
  const ConstantValues& constants() const { return constants_; }
  std::size_t channels() const { return channels_; }
  BatchNormVariant variant() const { return variant_; }
  const TailRegister& operator[](std::size_t reg) const { return registers_[reg]; }

  // The register of a value, as it is after substitution (FunctionalView::Read).
  std::optional<std::uint32_t> RegisterOf(ir::ValueId value) const;
  // The register that `node` reads as `operand`.
  std::optional<std::uint32_t> RegisterOf(const ir::Node& node, ir::ValueId operand) const;
  bool Reads(const ir::Node& node) const;  // any register
  bool HasType(ir::ValueId value, ir::ScalarType dtype) const;

 private:
  const FunctionalView& view_;
  const ConstantValues& constants_;
  std::size_t channels_;
  BatchNormVariant variant_;
  std::vector<TailRegister> registers_;
  std::map<ir::ValueId, std::uint32_t> of_;
};

// One node, as it meets a tail. Input or Operands says what it reads; then `result` is the register
// that it makes, with the placement of what it read, which layout ops change.
class NodeReader {
 public:
  NodeReader(const TailScope& scope, const ir::Node& node) : scope_(scope), node_(node) {
    result.value = node.outputs.at(0);
  }

  const TailScope& scope() const { return scope_; }
  const ir::Node& node() const { return node_; }
  // The node's operator, nullptr where it is another one.
  template <typename Op>
  const Op* As() const {
    return std::get_if<Op>(&node_.op);
  }

  // The register that the node reads as `operand`; nullopt where it is none, or is overwritten.
  std::optional<std::uint32_t> Input(ir::ValueId operand);

  // Both operands of a float32 operator that has a register's shape: each is a register of floats
  // or bools whose elements lie in the same places, a number, or a constant that is the same all
  // over a channel. nullopt where they are not.
  std::optional<std::pair<TailOperand, TailOperand>> Operands(const ir::Binary& op) {
    return Operands(op.self, op.other, ir::ScalarType::kFloat32);
  }
  // The same where the operator makes `dtype`; where `shape` is given, that register sets the
  // shape.
  std::optional<std::pair<TailOperand, TailOperand>> Operands(
      const ir::Operand& self, const ir::Operand& other, ir::ScalarType dtype,
      std::optional<std::uint32_t> shape = std::nullopt);

  bool HasType(std::uint32_t reg, ir::ScalarType dtype) const {
    return scope_.HasType(scope_[reg].value, dtype);
  }
  bool ResultHasType(ir::ScalarType dtype) const { return scope_.HasType(result.value, dtype); }
  const std::optional<ir::TensorType>& TypeOf(ir::ValueId value) const {
    return scope_.graph().value(value).type;
  }

  // True of a copy into channels_last, which gives readers other strides: sums of floats come in
  // another order.
  bool IsRestrided() const;

  TailRegister result;

 private:
  bool IsNumber(std::uint32_t reg) const;
  bool IsPromoted(const ir::Operand& self, const ir::Operand& other) const;
  std::optional<TailOperand> OperandOf(const ir::Operand& operand, const ir::TensorType& shape);

  const TailScope& scope_;
  const ir::Node& node_;
};

}  // namespace foldproof::prove
