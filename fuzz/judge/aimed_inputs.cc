// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/aimed_inputs.h"

#include <algorithm>
#include <limits>

#include "harness/compare/counter_random.h"
#include "src/base/error.h"
#include "src/ir/op.h"

namespace foldproof::fuzz {
namespace {

struct Range {
  double low = -4, high = 4;
};

// The range of the first quantizer that is reached from `value` through at most a few operators.
Range RangeOf(const ir::Program& program, ir::ValueId value) {
  std::vector<ir::ValueId> values{value};
  for (std::size_t i = 0; i < values.size() && i < 8; ++i) {
    for (const ir::Use& use : program.graph.users(values[i])) {
      if (!use.node) continue;
      const ir::Node& node = program.graph.node(*use.node);
      if (const auto* quantize = std::get_if<ir::QuantizePerTensor>(&node.op)) {
        const ir::QuantParams& p = quantize->params;
        return {static_cast<double>(p.quant_min - p.zero_point) * p.scale,
                static_cast<double>(p.quant_max - p.zero_point) * p.scale};
      }
      for (const ir::ValueId id : node.outputs) values.push_back(id);
    }
  }
  return {};
}

struct Element {
  std::size_t index;
  std::size_t count;
  std::size_t channel;
};

double DrawNumber(const Range& range, Aim aim, const compare::CounterRandom& random,
                  const Element& at) {
  const double width = range.high - range.low;
  switch (aim) {
    case Aim::kRandom: return range.low + random.Unit(at.index) * width;
    case Aim::kExtremes: {
      const double ends[] = {range.low, range.high, range.low, range.high, 0};
      return ends[random.Below(at.index, 5)];
    }
    case Aim::kOneHot: return random.Below(0, at.count) == at.index ? range.high : 0;
    case Aim::kChannels: return range.low + random.Unit(at.channel) * width;
    case Aim::kRamp:
      return range.low +
             (static_cast<double>(at.index) + 0.5) / static_cast<double>(at.count) * width;
    case Aim::kSpecial:
      if (random.Below(1, at.count) == at.index) return std::numeric_limits<double>::quiet_NaN();
      if (random.Below(2, at.count) == at.index) return std::numeric_limits<double>::infinity();
      return range.low + random.Unit(at.index + 8) * width;
  }
  FP_CHECK(false);
  return 0;
}

template <typename T>
exec::Tensor Converted(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                       const std::vector<double>& elements) {
  std::vector<T> out;
  for (const double x : elements) {
    if constexpr (std::is_integral_v<T>) {
      // Small whole numbers, which every integer type holds.
      out.push_back(x == x ? static_cast<T>(std::clamp(x * 16, 0.0, 100.0)) : T{0});
    } else {
      out.push_back(static_cast<T>(x));
    }
  }
  return exec::Tensor::Of(dtype, sizes, out);
}

exec::Tensor TensorOf(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                      const std::vector<double>& elements) {
  switch (dtype) {
    case ir::ScalarType::kFloat32: return Converted<float>(dtype, sizes, elements);
    case ir::ScalarType::kFloat64: return Converted<double>(dtype, sizes, elements);
    case ir::ScalarType::kInt8: return Converted<std::int8_t>(dtype, sizes, elements);
    case ir::ScalarType::kUInt8: return Converted<std::uint8_t>(dtype, sizes, elements);
    case ir::ScalarType::kInt16: return Converted<std::int16_t>(dtype, sizes, elements);
    case ir::ScalarType::kInt32: return Converted<std::int32_t>(dtype, sizes, elements);
    case ir::ScalarType::kInt64: return Converted<std::int64_t>(dtype, sizes, elements);
    default: throw Error(Error::Code::kInput, "", "no input of this type is drawn");
  }
}

}  // namespace

std::vector<exec::Tensor> AimedInputs(const ir::Program& program, Aim aim, std::uint64_t key) {
  std::vector<exec::Tensor> out;
  for (const ir::ValueId id : program.UserInputs()) {
    const auto& type = program.graph.value(id).type;
    if (!type) throw Error(Error::Code::kInput, "", "an input is no tensor");
    std::vector<std::int64_t> sizes;
    for (const ir::Dim& dim : type->dims) {
      sizes.push_back(dim.is_static() ? dim.size : std::max<std::int64_t>(dim.hint, 2));
    }
    std::int64_t count = 1;
    for (const std::int64_t size : sizes) count *= size;
    const std::int64_t channels = sizes.size() > 1 ? sizes[sizes.size() > 2 ? 1 : 0] : 1;
    const std::int64_t inner =
        std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, channels));
    const compare::CounterRandom random({key, out.size(), static_cast<std::uint64_t>(aim)});
    const Range range = RangeOf(program, id);
    std::vector<double> elements;
    for (std::int64_t i = 0; i < count; ++i) {
      const Element at{static_cast<std::size_t>(i), static_cast<std::size_t>(count),
                       static_cast<std::size_t>(i / inner)};
      elements.push_back(DrawNumber(range, aim, random, at));
    }
    out.push_back(TensorOf(type->dtype, sizes, elements));
  }
  return out;
}

}  // namespace foldproof::fuzz
