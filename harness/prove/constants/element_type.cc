// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/element_type.h"

#include <variant>

namespace foldproof::prove {
namespace {

// Where an operator keeps the type of a float operand, but not that of integers.
struct KeepsFloats {
  ir::ValueId operand;
};

class NodeType {
 public:
  using Found = std::variant<std::monostate, ir::ScalarType, ir::ValueId, KeepsFloats>;

  explicit NodeType(const ir::Node& node) : node_(node) {}

  Found operator()(const ir::QuantizePerTensor& op) const { return op.params.dtype; }
  Found operator()(const ir::QuantizePerChannel& op) const { return op.params.dtype; }
  Found operator()(const ir::DequantizePerTensor&) const { return ir::ScalarType::kFloat32; }
  Found operator()(const ir::DequantizePerChannel&) const { return ir::ScalarType::kFloat32; }
  Found operator()(const ir::Cast& op) const { return op.dtype; }
  Found operator()(const ir::Reshape& op) const { return op.input; }
  Found operator()(const ir::Permute& op) const { return op.input; }
  Found operator()(const ir::Copy& op) const { return op.input; }
  Found operator()(const ir::Pad& op) const { return op.input; }
  Found operator()(const ir::Convolution& op) const { return op.input; }
  Found operator()(const ir::Linear& op) const { return op.input; }
  Found operator()(const ir::BatchNorm& op) const { return op.input; }
  Found operator()(const ir::Unary& op) const { return KeepsFloats{op.input}; }
  Found operator()(const ir::Clamp& op) const { return KeepsFloats{op.input}; }
  Found operator()(const ir::Compare&) const { return ir::ScalarType::kBool; }
  Found operator()(const ir::Where&) const { return {}; }
  Found operator()(const ir::Prelu& op) const { return op.input; }
  // A number never widens a float tensor; another tensor may.
  Found operator()(const ir::Binary& op) const {
    const auto* self = std::get_if<ir::ValueId>(&op.self);
    if (self == nullptr || std::holds_alternative<ir::ValueId>(op.other)) return {};
    return KeepsFloats{*self};
  }
  Found operator()(const ir::Fill&) const {
    const ir::ArgumentValue* asked = node_.Find("dtype");
    if (asked != nullptr && !std::holds_alternative<ir::None>(*asked)) {
      const auto* dtype = std::get_if<ir::ScalarType>(asked);
      return dtype == nullptr ? Found{} : Found{*dtype};
    }
    const auto* self =
        node_.arguments.empty() ? nullptr : std::get_if<ir::ValueId>(&node_.arguments[0].value);
    if (node_.target.find("_like.") != std::string::npos)
      return self == nullptr ? Found{} : Found{*self};
    // Made of a size: full has the type of its number.
    const ir::ArgumentValue* number = node_.Find("fill_value");
    if (number == nullptr || std::holds_alternative<double>(*number))
      return ir::ScalarType::kFloat32;
    return std::holds_alternative<std::int64_t>(*number) ? Found{ir::ScalarType::kInt64} : Found{};
  }
  Found operator()(const ir::GetAttr&) const { return {}; }
  Found operator()(const ir::Opaque&) const { return {}; }

 private:
  const ir::Node& node_;
};

}  // namespace

std::optional<ir::ScalarType> ElementTypeOf(const ir::Program& program, ir::ValueId value) {
  bool floats_alone = false;
  const auto answer = [&](ir::ScalarType dtype) {
    return floats_alone && !ir::IsFloat(dtype) ? std::nullopt : std::optional(dtype);
  };
  for (;;) {
    value = program.LiesLike(value);  // a write changes no type
    for (const ir::InputSpec& input : program.inputs) {
      if (input.value != value) continue;
      if (input.kind != ir::InputSpec::Kind::kUserInput)
        return answer(program.constants.at(input.target).type.dtype);
      const auto& type = program.graph.value(value).type;
      return type ? answer(type->dtype) : std::nullopt;
    }
    const ir::Node* node = program.graph.ProducerOf(value);
    if (node == nullptr || node->outputs.at(0) != value) return std::nullopt;
    if (const auto* get = std::get_if<ir::GetAttr>(&node->op))
      return answer(program.constants.at(get->attribute).type.dtype);
    const auto found = std::visit(NodeType(*node), node->op);
    if (const auto* dtype = std::get_if<ir::ScalarType>(&found)) return answer(*dtype);
    if (const auto* operand = std::get_if<ir::ValueId>(&found)) {
      value = *operand;
    } else if (const auto* keeps = std::get_if<KeepsFloats>(&found)) {
      floats_alone = true;
      value = keeps->operand;
    } else {
      return std::nullopt;
    }
  }
}

}  // namespace foldproof::prove
