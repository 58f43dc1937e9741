// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/quantized_product.h"

#include <algorithm>
#include <limits>
#include <string>

#include "src/ir/constant_vector.h"

namespace foldproof::fold {
namespace {

using ir::Miss;
using ir::ScalarType;
using ir::ValueId;

// The bias term: b · f32(s_b), which is b · f32(s_x · s_w) where both round to one float32.
std::optional<Miss> BiasFailure(const ir::Program& program, const ir::Node& node, ValueId bias,
                                QuantizedProduct& out) {
  const ir::DequantizePerTensor* dequantize = DequantizeOf(program.graph, bias);
  if (dequantize == nullptr) {
    return Miss{"float-bias", node.name,
                "its bias is no dequantized int32; no operator takes a float one, and without it "
                "the result is another"};
  }
  if (dequantize->params.dtype != ScalarType::kInt32) {
    return Miss{"float-bias", node.name,
                "its bias has " + std::string(Name(dequantize->params.dtype)) +
                    " codes; the operators take int32"};
  }
  if (static_cast<float>(dequantize->params.scale) != static_cast<float>(out.scale()) ||
      dequantize->params.zero_point != 0) {
    return Miss{"bias-scale", node.name,
                "its bias has another scale than input times weight, or a zero point"};
  }
  out.bias_codes = dequantize->input;
  return std::nullopt;
}

std::optional<Miss> AccumulatorFailure(const ir::Program& program, const ir::Node& node,
                                       const QuantizedProduct& product) {
  const auto weights = CodesOf(program, product.weight_codes);
  if (!weights || weights->empty()) {
    return Miss{"accumulator", node.name, "its weight is no constant, so its sums have no bound"};
  }
  std::vector<std::int64_t> bias(static_cast<std::size_t>(product.outputs), 0);
  if (product.bias_codes) {
    const auto codes = CodesOf(program, *product.bias_codes);
    if (!codes) {
      return Miss{"accumulator", node.name, "its bias is no constant, so its sums have no bound"};
    }
    if (codes->size() != bias.size()) {
      return Miss{"bias-length", node.name,
                  "its bias has " + std::to_string(codes->size()) + " entries for " +
                      std::to_string(bias.size()) + " outputs"};
    }
    bias = *codes;
  }
  const AccumulatorRange range = RangeOfSums(*weights, bias, product);
  if (range.lowest >= std::numeric_limits<std::int32_t>::min() &&
      range.highest <= std::numeric_limits<std::int32_t>::max()) {
    return std::nullopt;
  }
  return Miss{"accumulator", node.name,
              "its sums reach from " + std::to_string(range.lowest) + " to " +
                  std::to_string(range.highest) + ", which int32 does not hold"};
}

}  // namespace

const ir::DequantizePerTensor* DequantizeOf(const ir::Graph& graph, ValueId value) {
  const ir::Node* node = graph.ProducerOf(value);
  return node == nullptr ? nullptr : std::get_if<ir::DequantizePerTensor>(&node->op);
}

bool HasOperatorCodes(const ir::QuantParams& params) {
  const bool type = params.dtype == ScalarType::kInt8 || params.dtype == ScalarType::kUInt8 ||
                    params.dtype == ScalarType::kInt16;
  return type && params.zero_point >= ir::LowestOf(params.dtype) &&
         params.zero_point <= ir::HighestOf(params.dtype);
}

std::variant<QuantizedProduct, Miss> ReadQuantizedProduct(const ir::Program& program,
                                                          const ir::Node& node, ValueId input,
                                                          ValueId weight,
                                                          std::optional<ValueId> bias) {
  const ir::DequantizePerTensor* x = DequantizeOf(program.graph, input);
  if (x == nullptr) {
    return Miss{"no-dequantize", node.name, "its input is not dequantized per tensor"};
  }
  const ir::DequantizePerTensor* w = DequantizeOf(program.graph, weight);
  if (w == nullptr) {
    const ir::Node* made = program.graph.ProducerOf(weight);
    const bool channels =
        made != nullptr && std::holds_alternative<ir::DequantizePerChannel>(made->op);
    return channels ? Miss{"per-channel-weight", node.name,
                           "its weight is quantized per channel; the operators take one scale"}
                    : Miss{"no-dequantize", node.name, "its weight is not dequantized"};
  }
  const auto& type = program.graph.value(w->input).type;
  if (!HasOperatorCodes(x->params) || !HasOperatorCodes(w->params) || !type || type->rank() < 2 ||
      !type->is_static()) {
    return Miss{"code-type", node.name, "its codes are none that the operators take"};
  }
  QuantizedProduct out{x->input, x->params, w->input, w->params, std::nullopt, type->dims[0].size};
  if (bias) {
    if (auto miss = BiasFailure(program, node, *bias, out)) return std::move(*miss);
  }
  if (auto miss = AccumulatorFailure(program, node, out)) return std::move(*miss);
  return out;
}

// Partial sums lie between the sum of all negative terms and that of all positive ones. A term is
// at most 2^16 · 2^16, and there are fewer than 2^31 of them.
AccumulatorRange RangeOfSums(const std::vector<std::int64_t>& weights,
                             const std::vector<std::int64_t>& bias,
                             const QuantizedProduct& product) {
  const std::int64_t low = ir::LowestOf(product.input.dtype) - product.input.zero_point;
  const std::int64_t high = ir::HighestOf(product.input.dtype) - product.input.zero_point;
  AccumulatorRange range;
  const std::size_t terms = weights.size() / bias.size();
  for (std::size_t o = 0; o < bias.size(); ++o) {
    std::int64_t lowest = std::min<std::int64_t>(bias[o], 0);
    std::int64_t highest = std::max<std::int64_t>(bias[o], 0);
    for (std::size_t i = 0; i < terms; ++i) {
      const std::int64_t w = weights[o * terms + i] - product.weight.zero_point;
      lowest += std::min(w * low, w * high);
      highest += std::max(w * low, w * high);
    }
    range.lowest = std::min(range.lowest, lowest);
    range.highest = std::max(range.highest, highest);
  }
  return range;
}

}  // namespace foldproof::fold
