// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/norm_pair.h"

#include <utility>

#include "src/fold/product.h"
#include "src/ir/constant_vector.h"

namespace foldproof::fold {
namespace {

using ir::Miss;
using ir::Node;
using ir::Program;
using ir::ValueId;

// A shape that a file declares is no promise of that much memory.
constexpr std::int64_t kMostElements = std::int64_t{1} << 32;

// Thrown and caught inside this file.
struct Unreadable {
  Miss miss;
};

[[noreturn]] void Fail(std::string rule, const Node& node, std::string detail) {
  throw Unreadable{{std::move(rule), node.name, std::move(detail)}};
}

WeightShape ShapeOf(const Program& program, const Node& product, ValueId weight) {
  const auto& type = program.graph.value(weight).type;
  if (!type || !type->is_static() || type->rank() < 2 || type->element_count() <= 0 ||
      type->element_count() > kMostElements) {
    Fail("not-constant", product, "its weight's shape is not known, or holds nothing");
  }
  WeightShape shape;
  shape.first = static_cast<std::size_t>(type->dims[0].size);
  shape.second = static_cast<std::size_t>(type->dims[1].size);
  for (std::size_t d = 2; d < type->rank(); ++d) {
    shape.kernel *= static_cast<std::size_t>(type->dims[d].size);
  }
  const auto kind = ReadProduct(product);
  shape.transposed = kind->transposed;
  shape.groups = static_cast<std::size_t>(kind->groups);
  if (shape.transposed && shape.first % shape.groups != 0) {
    Fail("not-constant", product, "its weight does not fit its groups");
  }
  return shape;
}

class Reader {
 public:
  Reader(const Program& program, const NormPair& pair) : program_(program), pair_(pair) {
    out_.program = &program;
    out_.pair = pair;
  }

  NormCandidate Run() {
    Numbers();
    Weight();
    Bias();
    const Node* input = program_.graph.ProducerOf(pair_.input);
    const auto* codes =
        input == nullptr ? nullptr : std::get_if<ir::DequantizePerTensor>(&input->op);
    if (codes != nullptr) out_.input = codes->params;
    return std::move(out_);
  }

 private:
  const Node& Product() const { return program_.graph.node(pair_.product); }
  const Node& Norm() const { return program_.graph.node(pair_.norm); }
  std::size_t channels() const { return pair_.shape.channels(); }

  // float32 constants of one entry a channel; `otherwise` where there is none.
  std::vector<double> PerChannel(const std::optional<ValueId>& value, const Node& reader,
                                 const std::string& what, double otherwise) const {
    if (!value) return std::vector<double>(channels(), otherwise);
    const ir::Constant* constant = program_.ConstantOf(*value);
    if (constant == nullptr) Fail("not-constant", reader, what + " is no constant");
    const auto floats = FloatsOf(program_, *value);
    if (!floats) Fail("dtype-mismatch", reader, what + " is not of float32");
    if (floats->size() != channels()) {
      Fail("bias-length", reader,
           what + " has " + std::to_string(floats->size()) + " entries for " +
               std::to_string(channels()) + " channels");
    }
    return {floats->begin(), floats->end()};
  }

  void Numbers() {
    const auto& norm = std::get<ir::BatchNorm>(Norm().op);
    if (!norm.running_mean || !norm.running_var) {
      Fail("no-pair", Norm(), "has no running statistics");
    }
    out_.numbers.gamma = PerChannel(norm.weight, Norm(), "its weight", 1);
    out_.numbers.beta = PerChannel(norm.bias, Norm(), "its bias", 0);
    out_.numbers.mean = PerChannel(norm.running_mean, Norm(), "its running mean", 0);
    out_.numbers.variance = PerChannel(norm.running_var, Norm(), "its running variance", 1);
    out_.numbers.eps = norm.eps;
  }

  void Weight() {
    const auto& type = program_.graph.value(Product().outputs.front()).type;
    if (!type || type->dtype != ir::ScalarType::kFloat32) {
      Fail("dtype-mismatch", Product(), "its value is not of float32");
    }
    if (program_.ConstantOf(pair_.weight) != nullptr) {
      auto floats = FloatsOf(program_, pair_.weight);
      if (!floats) Fail("dtype-mismatch", Product(), "its weight is not of float32");
      if (floats->size() != pair_.shape.elements()) {
        Fail("not-constant", Product(), "its weight has another number of elements");
      }
      out_.floats = std::move(*floats);
      return;
    }
    const Node* maker = program_.graph.ProducerOf(pair_.weight);
    WeightCodes codes;
    if (maker != nullptr) codes.dequantize = maker->id;
    if (maker != nullptr && std::holds_alternative<ir::DequantizePerTensor>(maker->op)) {
      PerTensor(std::get<ir::DequantizePerTensor>(maker->op), codes);
    } else if (maker != nullptr && std::holds_alternative<ir::DequantizePerChannel>(maker->op)) {
      PerAxis(std::get<ir::DequantizePerChannel>(maker->op), codes);
    } else {
      Fail("not-constant", Product(), "its weight is no constant and no dequantized one");
    }
    auto values = CodesOf(program_, codes.stored);
    if (!values || values->size() != pair_.shape.elements()) {
      Fail("not-constant", Product(), "the codes of its weight are no constant");
    }
    codes.values = std::move(*values);
    out_.codes = std::move(codes);
  }

  static void PerTensor(const ir::DequantizePerTensor& op, WeightCodes& out) {
    out.stored = op.input;
    // dequantize multiplies by the float32 number next to its scale.
    out.scales = {static_cast<double>(static_cast<float>(op.params.scale))};
    out.zero_points = {op.params.zero_point};
    out.quant_min = op.params.quant_min;
    out.quant_max = op.params.quant_max;
    out.dtype = op.params.dtype;
  }

  void PerAxis(const ir::DequantizePerChannel& op, WeightCodes& out) const {
    const WeightShape& shape = pair_.shape;
    if (op.params.axis != (shape.transposed ? 1 : 0)) {
      Fail("axis-mismatch", Product(),
           "its weight has a scale for each entry of dimension " + std::to_string(op.params.axis) +
               ", which is not that of the output channels");
    }
    const auto scales = RealsOf(program_, op.params.scales);
    const std::size_t entries = shape.transposed ? shape.second : shape.first;
    if (!scales || scales->size() != entries) {
      Fail("not-constant", Product(), "the scales of its weight are no constant");
    }
    out.zero_points.assign(entries, 0);
    if (op.params.zero_points) {
      const auto stored = CodesOf(program_, *op.params.zero_points);
      if (!stored || stored->size() != entries) {
        Fail("not-constant", Product(), "the zero points of its weight are no constant");
      }
      out.zero_points = *stored;
    }
    out.stored = op.input;
    out.scales = *scales;
    out.per_channel = true;
    out.scale_type = program_.ConstantOf(op.params.scales)->type.dtype;
    out.quant_min = op.params.quant_min;
    out.quant_max = op.params.quant_max;
    out.dtype = op.params.dtype;
  }

  void Bias() {
    if (pair_.bias) out_.bias = ReadQuantizedBias(program_, *pair_.bias);
    if (!out_.bias) {
      out_.numbers.bias = PerChannel(pair_.bias, Product(), "its bias", 0);
      return;
    }
    const QuantizedBias& bias = *out_.bias;
    if (bias.values.size() != channels()) {
      Fail("bias-length", Product(),
           "its bias has " + std::to_string(bias.values.size()) + " entries for " +
               std::to_string(channels()) + " channels");
    }
    for (std::size_t c = 0; c < channels(); ++c) {
      out_.numbers.bias.push_back(static_cast<double>(bias.values[c] - bias.ZeroPoint(c)) *
                                  bias.Scale(c));
    }
  }

  const Program& program_;
  const NormPair& pair_;
  NormCandidate out_;
};

}  // namespace

std::size_t ChannelOf(const WeightShape& shape, std::size_t element) {
  const std::size_t row = element / (shape.second * shape.kernel);
  if (!shape.transposed) return row;
  const std::size_t group = row / (shape.first / shape.groups);
  return group * shape.second + element / shape.kernel % shape.second;
}

std::variant<NormPair, Miss> MatchNormPair(const Program& program, const Node& norm) {
  const auto& op = std::get<ir::BatchNorm>(norm.op);
  if (op.training) return Miss{"no-pair", norm.name, "takes batch statistics"};
  const Node* product = program.graph.ProducerOf(op.input);
  if (product == nullptr) return Miss{"no-pair", norm.name, "its input is the program's"};
  NormPair pair;
  pair.product = product->id;
  pair.norm = norm.id;
  const auto kind = ReadProduct(*product);
  if (!kind) {
    return Miss{"no-pair", norm.name, "its input is no convolution's and no linear's value"};
  }
  pair.input = kind->input;
  pair.weight = kind->weight;
  pair.bias = kind->bias;
  pair.value_rank = kind->value_rank;
  try {
    pair.shape = ShapeOf(program, *product, pair.weight);
  } catch (const Unreadable& unreadable) {
    return unreadable.miss;
  }
  return pair;
}

std::variant<NormCandidate, Miss> ReadNormPair(const Program& program, const NormPair& pair) {
  try {
    return Reader(program, pair).Run();
  } catch (const Unreadable& unreadable) {
    return unreadable.miss;
  }
}

}  // namespace foldproof::fold
