// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/inputs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "harness/compare/counter_random.h"
#include "harness/exec/quantized/quantize.h"
#include "harness/prove/constants/tensor_numbers.h"
#include "harness/prove/conv/element_map.h"
#include "src/base/infinity.h"

namespace foldproof::compare {
namespace {

struct Quantizer {
  ir::QuantParams params;
  bool first = false;  // the input's first use, through moves alone
};

// The nearest quantize_per_tensor that depends on `input`, in the order of execution.
std::optional<Quantizer> QuantizerOf(const exec::FunctionalView& view, ir::ValueId input) {
  std::set<ir::ValueId> moved{input};
  std::set<ir::ValueId> dependent{input};
  for (const ir::Node& node : view.program().graph.nodes()) {
    if (!view.IsLive(node.id)) continue;
    bool depends = false;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) {
        depends |= dependent.contains(view.Read(node.id, id));
      });
    }
    if (!depends) continue;
    if (const auto* q = std::get_if<ir::QuantizePerTensor>(&node.op))
      return Quantizer{q->params, moved.contains(view.Read(node.id, q->input))};
    const auto operand = prove::MovedOperand(node);
    if (operand && moved.contains(view.Read(node.id, *operand))) moved.insert(node.outputs[0]);
    dependent.insert(node.outputs.begin(), node.outputs.end());
  }
  return std::nullopt;
}

// What `code` stands for: f32(f32(q - z) * f32(s)).
double NumberOf(std::int64_t code, const ir::QuantParams& params) {
  return exec::Dequantize(static_cast<std::int32_t>(code), static_cast<float>(params.zero_point),
                          static_cast<float>(params.scale));
}

double RandomCode(const ir::QuantParams& params, std::uint64_t bits) {
  const auto codes = static_cast<std::uint64_t>(params.quant_max - params.quant_min) + 1;
  return NumberOf(params.quant_min + static_cast<std::int64_t>(bits % codes), params);
}

// (k + 1/2) * s with k + z a code or one below, and its two neighbours in float32.
double Tie(const ir::QuantParams& params, std::uint64_t bits) {
  const auto ties = static_cast<std::uint64_t>(params.quant_max - params.quant_min) + 2;
  const std::int64_t code = params.quant_min - 1 + static_cast<std::int64_t>((bits >> 2) % ties);
  const double shifted = static_cast<double>(code - params.zero_point) + 0.5;
  const auto tie = static_cast<float>(shifted * params.scale);
  switch (bits & 3) {
    case 1: return std::nextafter(tie, -kInfinity);
    case 2: return std::nextafter(tie, kInfinity);
    default: return tie;
  }
}

}  // namespace

std::string_view Name(InputKind kind) {
  switch (kind) {
    case InputKind::kRandom: return "random";
    case InputKind::kUniform: return "uniform";
    case InputKind::kExtreme: return "extreme";
    case InputKind::kOneHot: return "one-hot";
    case InputKind::kBoundary: return "boundary";
  }
  return "random";
}

std::vector<InputKind> MixOf(std::size_t runs) {
  using enum InputKind;
  static constexpr InputKind kTen[] = {kRandom, kExtreme, kUniform, kRandom, kBoundary,
                                       kRandom, kOneHot,  kRandom,  kRandom, kBoundary};
  std::vector<InputKind> out(runs);
  for (std::size_t i = 0; i < runs; ++i) out[i] = kTen[i % std::size(kTen)];
  return out;
}

InputMaker::InputMaker(const exec::FunctionalView& view, std::uint64_t seed) : seed_(seed) {
  const ir::Program& program = view.program();
  for (const ir::ValueId id : program.UserInputs()) {
    const ir::Value& value = program.graph.value(id);
    const auto refuse = [&](const std::string& why) {
      throw Error(Error::Code::kInput, value.name, why + "; give recorded inputs instead");
    };
    if (!value.type) refuse("is an input that is no tensor");
    if (!prove::IsComputed(value.type->dtype)) {
      refuse("is an input of " + std::string(ir::Name(value.type->dtype)) +
             ", which is not made here");
    }
    Input input;
    input.value = id;
    input.dtype = value.type->dtype;
    input.count = 1;
    for (const ir::Dim& dim : value.type->dims) {
      // An input of the traced size is one of those that the program takes.
      const std::int64_t size = dim.is_static() ? dim.size : dim.hint;
      if (size < 0) refuse("has a size that is not known");
      input.sizes.push_back(size);
      input.count *= static_cast<std::size_t>(size);
      if (input.count > (std::size_t{1} << 28)) refuse("has too many elements");
    }
    if (const auto quantizer = QuantizerOf(view, id)) {
      const ir::QuantParams& params = quantizer->params;
      input.low = NumberOf(params.quant_min, params);
      input.high = NumberOf(params.quant_max, params);
      input.zero =
          NumberOf(std::clamp(params.zero_point, params.quant_min, params.quant_max), params);
      if (quantizer->first) input.codes = params;
    }
    inputs_.push_back(std::move(input));
  }
}

double InputMaker::Element(const Input& input, InputKind kind, std::uint64_t ordinal,
                           std::uint64_t stream, std::uint64_t i) const {
  const CounterRandom random({seed_, static_cast<std::uint64_t>(kind), ordinal, stream});
  const std::uint64_t bits = random.Bits(i + 1);
  if (!ir::IsFloat(input.dtype)) return static_cast<double>(bits & 1);
  const auto within = [&](double margin) {
    const double width = input.high - input.low;
    return input.low - margin * width + random.Unit(i + 1) * (1 + 2 * margin) * width;
  };
  const auto end = [&](std::uint64_t bit) { return bit != 0 ? input.high : input.low; };
  switch (kind) {
    case InputKind::kRandom: return input.codes ? RandomCode(*input.codes, bits) : within(0);
    case InputKind::kUniform: return within(0.05);
    case InputKind::kExtreme: return end(ordinal < 2 ? ordinal : bits & 1);
    case InputKind::kOneHot: return random.Below(0, input.count) == i ? end(bits & 1) : input.zero;
    case InputKind::kBoundary: return input.codes ? Tie(*input.codes, bits) : within(0.05);
  }
  return 0;
}

exec::Tensors InputMaker::Make(InputKind kind, std::uint64_t ordinal) const {
  exec::Tensors out;
  for (std::size_t k = 0; k < inputs_.size(); ++k) {
    const Input& input = inputs_[k];
    std::vector<double> numbers(input.count);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = Element(input, kind, ordinal, k, i);
    out.emplace(input.value, prove::TensorOf(input.dtype, input.sizes, numbers));
  }
  return out;
}

}  // namespace foldproof::compare
