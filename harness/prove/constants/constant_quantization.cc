// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/constant_quantization.h"

#include <cmath>
#include <optional>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/constants/tensor_numbers.h"

namespace foldproof::prove {
namespace {

using ir::ScalarType;

void CheckDtype(const ConstantValue& value, ScalarType dtype, const char* what) {
  if (value.value.dtype == dtype) return;
  throw NotEvaluated{std::string(what) + std::string(ir::Name(value.value.dtype)) + ", not " +
                     std::string(ir::Name(dtype))};
}

ConstantValue ConstantOfCodes(ScalarType dtype, const exec::Tensor& input,
                              const std::vector<std::int64_t>& codes) {
  ConstantValue out{TensorOf(dtype, input.sizes, codes), {}};
  out.ideal = NumbersOf<double>(out.value);
  return out;
}

// Which channel an element belongs to: its index along the axis.
class ChannelOfElement {
 public:
  ChannelOfElement(const exec::Tensor& tensor, const ChannelScales& channels) {
    const auto axis = static_cast<std::size_t>(channels.axis);
    if (axis >= tensor.sizes.size()) throw NotEvaluated{"it has no dimension of its axis"};
    count_ = static_cast<std::size_t>(tensor.sizes[axis]);
    for (std::size_t k = axis + 1; k < tensor.sizes.size(); ++k) {
      inner_ *= static_cast<std::size_t>(tensor.sizes[k]);
    }
    for (const ConstantValue* each : {channels.scales, channels.zero_points}) {
      if (each != nullptr && each->value.sizes != std::vector<std::int64_t>{tensor.sizes[axis]}) {
        throw NotEvaluated{"its scales or zero points are not one a channel"};
      }
    }
  }

  std::size_t operator()(std::size_t element) const { return element / inner_ % count_; }

 private:
  std::size_t inner_ = 1;
  std::size_t count_ = 1;
};

bool HasDoubleScales(const ChannelScales& channels) {
  const ScalarType dtype = channels.scales->value.dtype;
  if (dtype != ScalarType::kFloat32 && dtype != ScalarType::kFloat64) {
    throw NotEvaluated{"its scales are " + std::string(ir::Name(dtype))};
  }
  return dtype == ScalarType::kFloat64;
}

// Integer zero points, or float32 ones; then the difference to a code is float32.
bool HasFloatZeroPoints(const ChannelScales& channels) {
  if (channels.zero_points == nullptr) return false;
  const ScalarType dtype = channels.zero_points->value.dtype;
  if (!ir::IsInteger(dtype) && dtype != ScalarType::kFloat32) {
    throw NotEvaluated{"its zero points are " + std::string(ir::Name(dtype))};
  }
  return dtype == ScalarType::kFloat32;
}

template <typename T>
std::vector<T> ZeroPoints(const ChannelScales& channels) {
  if (channels.zero_points != nullptr) return NumbersOf<T>(channels.zero_points->value);
  return std::vector<T>(static_cast<std::size_t>(channels.scales->value.count()), 0);
}

template <typename T>
std::vector<std::int64_t> QuantizedCodes(const ir::ChannelQuantParams& params,
                                         const ChannelScales& channels, const exec::Tensor& input) {
  const ChannelOfElement channel(input, channels);
  const std::vector<T> numbers = NumbersOf<T>(input);
  const std::vector<T> scales = NumbersOf<T>(channels.scales->value);
  const std::vector<T> zero_points = ZeroPoints<T>(channels);
  const auto low = static_cast<T>(params.quant_min);
  const auto high = static_cast<T>(params.quant_max);
  std::vector<std::int64_t> codes;
  codes.reserve(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t c = channel(i);
    const T inverse = T{1} / scales[c];
    const T scaled = numbers[i] * inverse;
    const T t = std::nearbyint(scaled) + zero_points[c];
    const T clamped = t < low ? low : t > high ? high : t;
    codes.push_back(ToInteger(params.dtype, static_cast<double>(clamped)));
  }
  return codes;
}

// q - z for each element, as the program computes it.
std::vector<double> Differences(const ChannelScales& channels, const exec::Tensor& codes) {
  const ChannelOfElement channel(codes, channels);
  std::vector<double> out;
  if (HasFloatZeroPoints(channels)) {
    const std::vector<float> q = NumbersOf<float>(codes);
    const std::vector<float> z = ZeroPoints<float>(channels);
    for (std::size_t i = 0; i < q.size(); ++i) {
      const float difference = q[i] - z[channel(i)];
      out.push_back(static_cast<double>(difference));
    }
    return out;
  }
  const std::vector<std::int64_t> q = NumbersOf<std::int64_t>(codes);
  const std::vector<std::int64_t> z = ZeroPoints<std::int64_t>(channels);
  const ScalarType promoted =
      channels.zero_points ? Promote(codes.dtype, channels.zero_points->value.dtype) : codes.dtype;
  out.reserve(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    const std::uint64_t difference =
        static_cast<std::uint64_t>(q[i]) - static_cast<std::uint64_t>(z[channel(i)]);
    const std::int64_t wrapped = Wrap(promoted, static_cast<std::int64_t>(difference));
    out.push_back(static_cast<double>(wrapped));  // exact up to 2^53: codes have at most 32 bits
  }
  return out;
}

// Element by element from `input`.
ConstantValue From(const ConstantValue& input, ConstantValue out) {
  out.roots = input.roots;
  return out;
}

// Likewise, with the scale and the zero point of the element's channel.
ConstantValue From(const ConstantValue& input, const ChannelScales& channels, ConstantValue out) {
  out.roots = input.roots;
  const ChannelOfElement channel(input.value, channels);
  for (const ConstantValue* each : {channels.scales, channels.zero_points}) {
    if (each == nullptr || each->roots.empty()) continue;
    out.roots.resize(out.ideal.size(), kNoRoot);
    for (std::size_t i = 0; i < out.roots.size(); ++i) {
      out.roots[i] = CombineRoots(out.roots[i], each->roots[channel(i)]);
    }
  }
  return out;
}

}  // namespace

ConstantValue EvaluateQuantize(const ir::QuantParams& params, const ConstantValue& input) {
  CheckDtype(input, ScalarType::kFloat32, "its input is ");
  const exec::QuantizeConstants q = exec::MakeQuantizeConstants(params.scale, params.zero_point,
                                                                params.quant_min, params.quant_max);
  const bool is_int32 = params.dtype == ScalarType::kInt32;
  std::vector<std::int64_t> codes;
  codes.reserve(input.ideal.size());
  for (const float x : NumbersOf<float>(input.value)) {
    codes.push_back(exec::Quantize(x, q, is_int32));
  }
  return From(input, ConstantOfCodes(params.dtype, input.value, codes));
}

ConstantValue EvaluateDequantize(const ir::QuantParams& params, const ConstantValue& codes) {
  CheckDtype(codes, params.dtype, "its codes are ");
  const auto zero_point = static_cast<float>(params.zero_point);
  const auto scale = static_cast<float>(params.scale);
  std::vector<float> numbers;
  ConstantValue out;
  numbers.reserve(codes.ideal.size());
  out.ideal.reserve(codes.ideal.size());
  for (const std::int64_t q : NumbersOf<std::int64_t>(codes.value)) {
    numbers.push_back(exec::Dequantize(static_cast<std::int32_t>(q), zero_point, scale));
    out.ideal.push_back(static_cast<double>(q - params.zero_point) * params.scale);
  }
  out.value = TensorOf(ScalarType::kFloat32, codes.value.sizes, numbers);
  return From(codes, std::move(out));
}

ConstantValue EvaluateQuantizePerChannel(const ir::ChannelQuantParams& params,
                                         const ChannelScales& channels,
                                         const ConstantValue& input) {
  CheckDtype(input, ScalarType::kFloat32, "its input is ");
  HasFloatZeroPoints(channels);
  const auto codes = HasDoubleScales(channels)
                         ? QuantizedCodes<double>(params, channels, input.value)
                         : QuantizedCodes<float>(params, channels, input.value);
  return From(input, channels, ConstantOfCodes(params.dtype, input.value, codes));
}

ConstantValue EvaluateDequantizePerChannel(const ir::ChannelQuantParams& params,
                                           const ChannelScales& channels,
                                           const ConstantValue& codes) {
  CheckDtype(codes, params.dtype, "its codes are ");
  const bool in_double = HasDoubleScales(channels);
  const ChannelOfElement channel(codes.value, channels);
  const std::vector<double> differences = Differences(channels, codes.value);
  const std::vector<double> scales = NumbersOf<double>(channels.scales->value);
  std::vector<float> numbers;
  ConstantValue out;
  numbers.reserve(differences.size());
  out.ideal.reserve(differences.size());
  for (std::size_t i = 0; i < differences.size(); ++i) {
    const double scale = scales[channel(i)];
    out.ideal.push_back(differences[i] * scale);
    const float narrow = static_cast<float>(differences[i]) * static_cast<float>(scale);
    numbers.push_back(in_double ? static_cast<float>(out.ideal.back()) : narrow);
  }
  out.value = TensorOf(ScalarType::kFloat32, codes.value.sizes, numbers);
  return From(codes, channels, std::move(out));
}

}  // namespace foldproof::prove
