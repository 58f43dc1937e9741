// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/constant_quantization.h"

#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

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
exec::Tensor QuantizedCodes(const ir::ChannelQuantParams& params, const ChannelScales& channels,
                            const exec::Tensor& input) {
  const ChannelOfElement channel(input, channels);
  std::vector<T> inverses = NumbersOf<T>(channels.scales->value);
  for (T& scale : inverses) scale = T{1} / scale;
  const std::vector<T> zero_points = ZeroPoints<T>(channels);
  const auto low = static_cast<T>(params.quant_min);
  const auto high = static_cast<T>(params.quant_max);
  exec::Tensor out = EmptyTensor(params.dtype, input.sizes);
  std::array<T, kBlock> numbers;
  std::array<std::int64_t, kBlock> codes;
  ForEachBlock(static_cast<std::size_t>(input.count()), [&](std::size_t from, std::size_t size) {
    ReadNumbers<T>(input, from, std::span(numbers).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t c = channel(from + i);
      const T scaled = numbers[i] * inverses[c];
      const T t = std::nearbyint(scaled) + zero_points[c];
      const T clamped = t < low ? low : t > high ? high : t;
      codes[i] = ToInteger(params.dtype, static_cast<double>(clamped));
    }
    WriteNumbers<std::int64_t>(std::span(codes).first(size), from, out);
  });
  return out;
}

// q - z of each element, as the program computes it.
class Differences {
 public:
  Differences(const ChannelScales& channels, const exec::Tensor& codes)
      : codes_(codes), channel_(codes, channels) {
    if (HasFloatZeroPoints(channels)) {
      float_zero_points_ = ZeroPoints<float>(channels);
    } else {
      zero_points_ = ZeroPoints<std::int64_t>(channels);
      if (channels.zero_points != nullptr)
        promoted_ = Promote(codes.dtype, channels.zero_points->value.dtype);
    }
  }

  // Those from element `from` on.
  void Read(std::size_t from, std::span<double> out) const {
    if (!float_zero_points_.empty()) {
      std::array<float, kBlock> q;
      ReadNumbers<float>(codes_, from, std::span(q).first(out.size()));
      for (std::size_t i = 0; i < out.size(); ++i) {
        const float difference = q[i] - float_zero_points_[channel_(from + i)];
        out[i] = static_cast<double>(difference);
      }
      return;
    }
    std::array<std::int64_t, kBlock> q;
    ReadNumbers<std::int64_t>(codes_, from, std::span(q).first(out.size()));
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint64_t difference = static_cast<std::uint64_t>(q[i]) -
                                       static_cast<std::uint64_t>(zero_points_[channel_(from + i)]);
      const std::int64_t wrapped =
          Wrap(promoted_.value_or(codes_.dtype), static_cast<std::int64_t>(difference));
      out[i] = static_cast<double>(wrapped);  // exact up to 2^53: codes have at most 32 bits
    }
  }

 private:
  const exec::Tensor& codes_;
  ChannelOfElement channel_;
  std::vector<float> float_zero_points_;
  std::vector<std::int64_t> zero_points_;
  std::optional<ScalarType> promoted_;
};

// Element by element from `input`.
ConstantValue From(const ConstantValue& input, ConstantValue out) {
  out.roots = input.roots;
  return out;
}

// Likewise, with the scale and the zero point of the element's channel.
ConstantValue From(const ConstantValue& input, const ChannelScales& channels, ConstantValue out) {
  out.roots = input.roots;
  const ChannelOfElement channel(input.value, channels);
  const auto count = static_cast<std::size_t>(input.value.count());
  for (const ConstantValue* each : {channels.scales, channels.zero_points}) {
    if (each == nullptr || each->roots.empty()) continue;
    const std::vector<RootId> by_channel = each->roots.Each();
    Roots spread;
    for (std::size_t i = 0; i < count; ++i) spread.Append(by_channel[channel(i)], 1);
    out.roots = Roots::Combined(out.roots, spread);
  }
  return out;
}

}  // namespace

ConstantValue EvaluateQuantize(const ir::QuantParams& params, const ConstantValue& input) {
  CheckDtype(input, ScalarType::kFloat32, "its input is ");
  const exec::QuantizeConstants q = exec::MakeQuantizeConstants(params.scale, params.zero_point,
                                                                params.quant_min, params.quant_max);
  const bool is_int32 = params.dtype == ScalarType::kInt32;
  exec::Tensor out = EmptyTensor(params.dtype, input.value.sizes);
  std::array<float, kBlock> numbers;
  std::array<std::int64_t, kBlock> codes;
  ForEachBlock(static_cast<std::size_t>(out.count()), [&](std::size_t from, std::size_t size) {
    ReadNumbers<float>(input.value, from, std::span(numbers).first(size));
    for (std::size_t i = 0; i < size; ++i) codes[i] = exec::Quantize(numbers[i], q, is_int32);
    WriteNumbers<std::int64_t>(std::span(codes).first(size), from, out);
  });
  return From(input, {std::move(out)});
}

ConstantValue EvaluateDequantize(const ir::QuantParams& params, const ConstantValue& codes) {
  CheckDtype(codes, params.dtype, "its codes are ");
  const auto zero_point = static_cast<float>(params.zero_point);
  const auto scale = static_cast<float>(params.scale);
  ConstantValue out{EmptyTensor(ScalarType::kFloat32, codes.value.sizes)};
  out.own_ideal.resize(static_cast<std::size_t>(codes.value.count()));
  std::array<std::int64_t, kBlock> q;
  std::array<float, kBlock> numbers;
  ForEachBlock(out.own_ideal.size(), [&](std::size_t from, std::size_t size) {
    ReadNumbers<std::int64_t>(codes.value, from, std::span(q).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      numbers[i] = exec::Dequantize(static_cast<std::int32_t>(q[i]), zero_point, scale);
      out.own_ideal[from + i] = static_cast<double>(q[i] - params.zero_point) * params.scale;
    }
    WriteNumbers<float>(std::span(numbers).first(size), from, out.value);
  });
  return From(codes, std::move(out));
}

ConstantValue EvaluateQuantizePerChannel(const ir::ChannelQuantParams& params,
                                         const ChannelScales& channels,
                                         const ConstantValue& input) {
  CheckDtype(input, ScalarType::kFloat32, "its input is ");
  HasFloatZeroPoints(channels);
  return From(input, channels,
              {HasDoubleScales(channels) ? QuantizedCodes<double>(params, channels, input.value)
                                         : QuantizedCodes<float>(params, channels, input.value)});
}

ConstantValue EvaluateDequantizePerChannel(const ir::ChannelQuantParams& params,
                                           const ChannelScales& channels,
                                           const ConstantValue& codes) {
  CheckDtype(codes, params.dtype, "its codes are ");
  const bool in_double = HasDoubleScales(channels);
  const ChannelOfElement channel(codes.value, channels);
  const Differences differences(channels, codes.value);
  const std::vector<double> scales = NumbersOf<double>(channels.scales->value);
  ConstantValue out{EmptyTensor(ScalarType::kFloat32, codes.value.sizes)};
  out.own_ideal.resize(static_cast<std::size_t>(codes.value.count()));
  std::array<double, kBlock> difference;
  std::array<float, kBlock> numbers;
  ForEachBlock(out.own_ideal.size(), [&](std::size_t from, std::size_t size) {
    differences.Read(from, std::span(difference).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      const double scale = scales[channel(from + i)];
      const double ideal = difference[i] * scale;
      const float narrow = static_cast<float>(difference[i]) * static_cast<float>(scale);
      out.own_ideal[from + i] = ideal;
      numbers[i] = in_double ? static_cast<float>(ideal) : narrow;
    }
    WriteNumbers<float>(std::span(numbers).first(size), from, out.value);
  });
  return From(codes, channels, std::move(out));
}

}  // namespace foldproof::prove
