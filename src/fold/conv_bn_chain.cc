// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/conv_bn_chain.h"

#include <string>
#include <utility>

#include "src/fold/product.h"
#include "src/fold/upstream/chain_type.h"
#include "src/ir/constant_vector.h"
#include "src/ir/half_quantizer.h"

namespace foldproof::fold {
namespace {

using ir::Binary;
using ir::Node;
using ir::ValueId;

double AsDouble(const std::variant<double, std::int64_t>& number) {
  return std::visit([](auto n) { return static_cast<double>(n); }, number);
}

// Why there is no chain; thrown and caught inside this file.
struct Mismatch {
  const Node* node;
  std::string why;
};

class Walk {
 public:
  Walk(const ir::Graph& graph, const Node& norm) : graph_(graph), norm_(norm) {}

  ConvBnChain Run() {
    chain_.norm = norm_.id;
    const Node* node = graph_.ProducerOf(std::get<ir::BatchNorm>(norm_.op).input);
    const auto* binary = As<Binary>(node);
    if (binary != nullptr && binary->kind == Binary::Kind::kAdd) {
      node = OriginalBias(*node, *binary);
      binary = As<Binary>(node);
    }
    if (binary == nullptr || binary->kind != Binary::Kind::kDiv) {
      Fail("its input is no chain of a convolution");
    }
    chain_.div = node->id;
    chain_.scale_rounded = binary->rounding != Binary::Rounding::kNone;
    Divided(Tensor(*node, binary->self));
    chain_.reshaped_scale = Tensor(*node, binary->other);
    Scale(BehindReshape(chain_.reshaped_scale));
    return chain_;
  }

 private:
  template <typename Op>
  static const Op* As(const Node* node) {
    return node == nullptr ? nullptr : std::get_if<Op>(&node->op);
  }
  [[noreturn]] void Fail(std::string why) const { throw Mismatch{&norm_, std::move(why)}; }
  [[noreturn]] static void FailAt(const Node& node, std::string why) {
    throw Mismatch{&node, std::move(why)};
  }

  static ValueId Tensor(const Node& node, const ir::Operand& operand) {
    if (const auto* value = std::get_if<ValueId>(&operand)) return *value;
    FailAt(node, "has a number where the chain has a tensor");
  }

  // What `value` is a reshape of; itself where it is none.
  ValueId BehindReshape(ValueId value) const {
    for (const auto* reshape = As<ir::Reshape>(graph_.ProducerOf(value)); reshape != nullptr;
         reshape = As<ir::Reshape>(graph_.ProducerOf(value))) {
      value = reshape->input;
    }
    return value;
  }

  bool IsDiv(const ir::Operand& operand) const {
    const auto* value = std::get_if<ValueId>(&operand);
    const auto* binary = value == nullptr ? nullptr : As<Binary>(graph_.ProducerOf(*value));
    return binary != nullptr && binary->kind == Binary::Kind::kDiv;
  }

  // add(div, orig) or add(orig, div); PyTorch's alpha is a factor on the second. Returns the div.
  const Node* OriginalBias(const Node& add, const Binary& binary) {
    const bool swapped = !IsDiv(binary.self);
    const ir::Operand& value = swapped ? binary.other : binary.self;
    if (!IsDiv(value)) Fail("its input is no chain of a convolution");
    chain_.add = add.id;
    chain_.reshaped_bias = Tensor(add, swapped ? binary.self : binary.other);
    chain_.original_bias = BehindReshape(*chain_.reshaped_bias);
    (swapped ? chain_.value_alpha : chain_.bias_alpha) = AsDouble(binary.alpha);
    return graph_.ProducerOf(std::get<ValueId>(value));
  }

  // A convolution's or a linear's value, or that through one quantizer.
  void Divided(ValueId value) {
    const Node* product = graph_.ProducerOf(value);
    if (const auto codes = ir::ReadDequantize(graph_, product)) {
      const Node* quantize = graph_.ProducerOf(codes->input);
      const auto real = ir::ReadQuantize(graph_, quantize);
      if (!real) Fail("the chain divides codes that no quantize makes");
      chain_.dequantize = product->id;
      chain_.quantize = quantize->id;
      product = graph_.ProducerOf(real->input);
    }
    if (product == nullptr || !ReadProduct(*product)) {
      Fail("the chain's value is no convolution's and no linear's");
    }
    chain_.conv = product->id;
  }

  // numerator / sqrt(...) or numerator · rsqrt(...), in either order.
  void Scale(ValueId scale) {
    const Node* node = graph_.ProducerOf(scale);
    const auto* binary = As<Binary>(node);
    if (binary == nullptr) Fail("the chain's scale is no quotient");
    if (binary->kind == Binary::Kind::kDiv) {
      chain_.scale_rounded |= binary->rounding != Binary::Rounding::kNone;
      chain_.numerator = Tensor(*node, binary->self);
      return Variance(*node, Tensor(*node, binary->other), ir::Unary::Kind::kSqrt);
    }
    if (binary->kind != Binary::Kind::kMul) FailAt(*node, "is no quotient and no product");
    const ValueId left = Tensor(*node, binary->self), right = Tensor(*node, binary->other);
    const bool swapped = IsRoot(left, ir::Unary::Kind::kRsqrt);
    chain_.numerator = swapped ? right : left;
    Variance(*node, swapped ? left : right, ir::Unary::Kind::kRsqrt);
  }

  bool IsRoot(ValueId value, ir::Unary::Kind kind) const {
    const auto* unary = As<ir::Unary>(graph_.ProducerOf(value));
    return unary != nullptr && unary->kind == kind;
  }

  // root(variance + alpha · eps), in either order.
  void Variance(const Node& reader, ValueId root, ir::Unary::Kind kind) {
    if (!IsRoot(root, kind)) FailAt(reader, "is not made of the square root of a variance");
    const Node& sqrt = *graph_.ProducerOf(root);
    const Node* sum = graph_.ProducerOf(std::get<ir::Unary>(sqrt.op).input);
    const auto* binary = As<Binary>(sum);
    if (binary == nullptr || binary->kind != Binary::Kind::kAdd) {
      FailAt(sqrt, "is not the root of a variance plus a number");
    }
    const bool swapped = !std::holds_alternative<ValueId>(binary->self);
    const ir::Operand& number = swapped ? binary->self : binary->other;
    if (std::holds_alternative<ValueId>(number)) FailAt(*sum, "adds no number to the variance");
    const double alpha = AsDouble(binary->alpha);
    if (swapped && alpha != 1) FailAt(*sum, "scales the variance by an alpha");
    const double eps = std::holds_alternative<double>(number)
                           ? std::get<double>(number)
                           : static_cast<double>(std::get<std::int64_t>(number));
    chain_.eps = swapped ? eps : alpha * eps;
    chain_.variance = Tensor(*sum, swapped ? binary->other : binary->self);
  }

  const ir::Graph& graph_;
  const Node& norm_;
  ConvBnChain chain_;
};

// The one type of all values from the convolution's to batch_norm's.
std::optional<ir::ScalarType> TypeOfChain(const ir::Graph& graph, const ConvBnChain& chain) {
  const std::optional<ir::NodeId> nodes[] = {chain.conv, chain.dequantize, chain.div, chain.add,
                                             chain.norm};
  std::optional<ir::ScalarType> type;
  for (const auto& id : nodes) {
    if (!id) continue;
    const auto& made = graph.value(graph.node(*id).outputs.front()).type;
    const ir::ScalarType dtype = made ? made->dtype : ir::ScalarType::kFloat32;
    if (!IsChainType(dtype) || (type && *type != dtype)) return std::nullopt;
    type = dtype;
  }
  return type;
}

}  // namespace

std::variant<ConvBnChain, ir::Miss> MatchChain(const ir::Graph& graph, const Node& norm) {
  if (std::get<ir::BatchNorm>(norm.op).training) {
    return ir::Miss{"no-chain", norm.name, "takes batch statistics"};
  }
  try {
    return Walk(graph, norm).Run();
  } catch (const Mismatch& mismatch) {
    return ir::Miss{"no-chain", mismatch.node->name, mismatch.why};
  }
}

std::optional<ChainChannels> ReadChannels(const ir::Program& program, const ConvBnChain& chain,
                                          std::size_t channels, std::string& fault) {
  ChainChannels out;
  if (const auto type = TypeOfChain(program.graph, chain)) {
    out.type = *type;
  } else {
    fault = "the chain does not compute in one type, float32, float16 or bfloat16";
    return std::nullopt;
  }
  const auto read = [&](std::optional<ValueId> value, const char* what, double otherwise,
                        std::vector<double>& into) {
    if (!value) {
      into.assign(channels, otherwise);
      return true;
    }
    const auto floats = WidenedFloatsOf(program, *value);
    if (!floats || floats->size() != channels ||
        program.ConstantOf(*value)->type.dtype != out.type) {
      fault = std::string(what) + " is no " + std::string(ir::Name(out.type)) + " constant of " +
              std::to_string(channels) + " entries";
      return false;
    }
    into.assign(floats->begin(), floats->end());
    return true;
  };
  const auto& norm = std::get<ir::BatchNorm>(program.graph.node(chain.norm).op);
  if (!norm.running_mean || !norm.running_var) {
    fault = "batch_norm has no running statistics";
    return std::nullopt;
  }
  const bool all = read(chain.numerator, "the chain's numerator", 1, out.numerator) &&
                   read(chain.variance, "the chain's variance", 1, out.chain_variance) &&
                   read(norm.weight, "batch_norm's weight", 1, out.weight) &&
                   read(norm.bias, "batch_norm's bias", 0, out.bias) &&
                   read(norm.running_mean, "the running mean", 0, out.mean) &&
                   read(norm.running_var, "the running variance", 1, out.variance) &&
                   read(chain.original_bias, "the original bias", 0, out.original_bias);
  return all ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace foldproof::fold
