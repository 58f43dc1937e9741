// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/quantized_decomposed.h"

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/exec/quantized/code_loops.h"
#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/half.h"
#include "harness/exec/quantized/quantize.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

template <typename Real>
constexpr ScalarType kReals =
    std::is_same_v<Real, double> ? ScalarType::kFloat64 : ScalarType::kFloat32;

void CheckDtype(const Tensor& tensor, ScalarType wanted) {
  if (tensor.dtype == wanted) return;
  Refuse("takes " + std::string(ir::Name(wanted)) + ", not " + std::string(ir::Name(tensor.dtype)) +
         "; export the program again");
}

void CheckRangeOfType(ScalarType dtype, std::int64_t low, std::int64_t high) {
  if (!ir::IsInteger(dtype) || dtype == ScalarType::kInt64) {
    Refuse("codes of " + std::string(ir::Name(dtype)) + " are not run here");
  }
  if (low < ir::LowestOf(dtype) || high > ir::HighestOf(dtype)) {
    Refuse("quant_min and quant_max do not fit into " + std::string(ir::Name(dtype)));
  }
}

// f64 to int32 as x86 converts: NaN and what does not fit become -2^31.
std::int32_t ToInt32Of(double t) {
  return t >= -2147483648.0 && t < 2147483648.0 ? static_cast<std::int32_t>(t)
                                                : std::int32_t{-2147483647 - 1};
}

// NaN becomes -2^31, whose low bits are 0: that is what the narrow types hold then.
template <typename T>
std::int64_t ToCode(T t) {
  if constexpr (std::is_same_v<T, float>) {
    return exec::ToInt32(t);
  } else {
    return ToInt32Of(t);
  }
}

// q = clamp(T(rint(T(T(x) * T(1 / s))) + T(z)), T(min), T(max)), all in T, the type of the scales:
// float32 or float64; ties to even (docs/numerics.md, eq. 3).
template <typename T>
std::int64_t QuantizeInChannel(float x, T scale, T zero_point, T low, T high) {
  const T inverse = T{1} / scale;
  const T t = std::nearbyint(static_cast<T>(x) * inverse) + zero_point;
  return ToCode<T>(t < low ? low : t > high ? high : t);
}

// Which channel each element belongs to: (i / inner) % channels.
struct ChannelLayout {
  std::int64_t channels = 1;
  std::int64_t inner = 1;

  std::size_t At(std::size_t element) const {
    return static_cast<std::size_t>(static_cast<std::int64_t>(element) / inner % channels);
  }
};

ChannelLayout LayoutOf(const Tensor& tensor, const ChannelParams& params) {
  const auto rank = static_cast<std::int64_t>(tensor.sizes.size());
  const std::int64_t axis = params.axis < 0 ? params.axis + rank : params.axis;
  if (axis < 0 || axis >= rank) Refuse("axis " + std::to_string(params.axis) + " does not exist");
  ChannelLayout layout{tensor.sizes[static_cast<std::size_t>(axis)], 1};
  for (std::int64_t d = axis + 1; d < rank; ++d) {
    layout.inner *= tensor.sizes[static_cast<std::size_t>(d)];
  }
  const auto fits = [&](const Tensor& of) { return of.count() == layout.channels; };
  if (!fits(params.scales) || (params.zero_points && !fits(*params.zero_points))) {
    Refuse("needs a scale and a zero point for each of " + std::to_string(layout.channels) +
           " channels");
  }
  return layout;
}

// The elements of a float tensor, or of an integer one converted to T.
template <typename T>
std::vector<T> RealsOf(const Tensor& tensor) {
  std::vector<T> out;
  out.reserve(static_cast<std::size_t>(tensor.count()));
  if (tensor.dtype == ScalarType::kFloat32) {
    for (const float x : tensor.Elements<float>()) out.push_back(static_cast<T>(x));
  } else if (tensor.dtype == ScalarType::kFloat64) {
    for (const double x : tensor.Elements<double>()) out.push_back(static_cast<T>(x));
  } else {
    for (const std::int64_t x : IntegersOf(tensor)) out.push_back(static_cast<T>(x));
  }
  return out;
}

// The elements of a float32 tensor, or of a float16 or bfloat16 one widened.
std::vector<float> FloatsOf(const Tensor& input) {
  if (input.dtype != ScalarType::kFloat16 && input.dtype != ScalarType::kBFloat16) {
    CheckDtype(input, ScalarType::kFloat32);
    return input.Elements<float>();
  }
  const auto from = input.dtype == ScalarType::kFloat16 ? FromFloat16 : FromBFloat16;
  std::vector<float> out;
  for (const std::uint16_t bits : input.Elements<std::uint16_t>()) out.push_back(from(bits));
  return out;
}

template <typename T>
Tensor QuantizePerChannelOf(const Tensor& input, const ChannelParams& params) {
  const ChannelLayout layout = LayoutOf(input, params);
  const std::vector<T> scales = RealsOf<T>(params.scales);
  const std::vector<T> zero_points =
      params.zero_points ? RealsOf<T>(*params.zero_points) : std::vector<T>(scales.size(), T{0});
  const auto low = static_cast<T>(params.quant_min);
  const auto high = static_cast<T>(params.quant_max);
  std::vector<std::int64_t> codes;
  const std::vector<float> elements = FloatsOf(input);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::size_t c = layout.At(i);
    codes.push_back(QuantizeInChannel<T>(elements[i], scales[c], zero_points[c], low, high));
  }
  return TensorOfIntegers(params.dtype, input.sizes, codes);
}

// The type in which torch subtracts: the wider one; uint8 and a signed type of 8 bits meet in
// int16.
ScalarType Promoted(ScalarType a, ScalarType b) {
  if (a == b) return a;
  if (a == ScalarType::kUInt16 || b == ScalarType::kUInt16) {
    Refuse("uint16 codes take no integer zero points per channel; PyTorch refuses them too");
  }
  const bool both_narrow = ir::ElementSize(a) == 1 && ir::ElementSize(b) == 1;
  if (both_narrow) return ScalarType::kInt16;
  return ir::ElementSize(a) > ir::ElementSize(b) ? a : b;
}

// q - z, wrapped to the promoted type; q where there is no z. Unsigned arithmetic, so that int64
// wraps as well.
std::vector<std::int64_t> ShiftedCodesOfChannels(const Tensor& codes, const ChannelParams& params,
                                                 const ChannelLayout& layout) {
  std::vector<std::int64_t> shifted = IntegersOf(codes);
  if (!params.zero_points) return shifted;
  const ScalarType type = Promoted(codes.dtype, params.zero_points->dtype);
  if (type == ScalarType::kUInt16) Refuse("uint16 is not subtracted; PyTorch refuses it too");
  const std::vector<std::int64_t> zero_points = IntegersOf(*params.zero_points);
  for (std::size_t i = 0; i < shifted.size(); ++i) {
    shifted[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(shifted[i]) -
                                           static_cast<std::uint64_t>(zero_points[layout.At(i)]));
  }
  return IntegersOf(TensorOfIntegers(type, codes.sizes, shifted));
}

// f32(T(q - z) * s), T the scales' type and q - z in the promoted integer type (docs/numerics.md,
// eq. 4); with float32 zero points q - z is rounded to float32 twice: f32(f32(q) - z). With Real =
// double nothing is rounded to float32.
template <typename T, typename Real = float>
Tensor DequantizePerChannelOf(const Tensor& codes, const ChannelParams& params) {
  const ChannelLayout layout = LayoutOf(codes, params);
  const std::vector<T> scales = RealsOf<T>(params.scales);
  std::vector<T> shifted;
  if (params.zero_points && params.zero_points->dtype == ScalarType::kFloat32) {
    const std::vector<Real> zero_points = RealsOf<Real>(*params.zero_points);
    const std::vector<Real> reals = RealsOf<Real>(codes);
    for (std::size_t i = 0; i < reals.size(); ++i) {
      shifted.push_back(static_cast<T>(reals[i] - zero_points[layout.At(i)]));
    }
  } else {
    for (const std::int64_t code : ShiftedCodesOfChannels(codes, params, layout)) {
      shifted.push_back(static_cast<T>(code));
    }
  }
  std::vector<Real> out;
  out.reserve(shifted.size());
  for (std::size_t i = 0; i < shifted.size(); ++i) {
    out.push_back(static_cast<Real>(shifted[i] * scales[layout.At(i)]));
  }
  return Tensor::Of(kReals<Real>, codes.sizes, out);
}

void CheckChannelTypes(const ChannelParams& params) {
  CheckRangeOfType(params.dtype, params.quant_min, params.quant_max);
  if (params.scales.dtype != ScalarType::kFloat32 && params.scales.dtype != ScalarType::kFloat64) {
    Refuse("scales of " + std::string(ir::Name(params.scales.dtype)) + " are not run here");
  }
  if (!params.zero_points) return;
  const ScalarType type = params.zero_points->dtype;
  if (type != ScalarType::kFloat32 && !ir::IsInteger(type)) {
    Refuse("zero points of " + std::string(ir::Name(type)) + " are not run here");
  }
}

template <typename Real>
Tensor DequantizePerTensorOf(const Tensor& codes, const ir::QuantParams& params) {
  CheckDtype(codes, params.dtype);
  CheckRangeOfType(params.dtype, params.quant_min, params.quant_max);
  Tensor out{kReals<Real>, codes.sizes, {}};
  const auto count = static_cast<std::size_t>(codes.count());
  out.bytes.resize(count * sizeof(Real));
  auto* x = reinterpret_cast<Real*>(out.bytes.data());
  DequantizeElements(codes.bytes.data(), params, std::span(x, count));
  return out;
}

}  // namespace

Tensor QuantizePerTensor(const Tensor& input, const ir::QuantParams& params) {
  CheckRangeOfType(params.dtype, params.quant_min, params.quant_max);
  Tensor out{params.dtype, input.sizes, {}};
  const auto count = static_cast<std::size_t>(input.count());
  out.bytes.resize(count * ir::ElementSize(params.dtype));
  QuantizeElements(FloatsOf(input), params, out.bytes.data());
  return out;
}

Tensor DequantizePerTensor(const Tensor& codes, const ir::QuantParams& params) {
  return DequantizePerTensorOf<float>(codes, params);
}

Tensor DequantizePerTensorWide(const Tensor& codes, const ir::QuantParams& params) {
  return DequantizePerTensorOf<double>(codes, params);
}

Tensor QuantizePerChannel(const Tensor& input, const ChannelParams& params) {
  CheckChannelTypes(params);
  return params.scales.dtype == ScalarType::kFloat64 ? QuantizePerChannelOf<double>(input, params)
                                                     : QuantizePerChannelOf<float>(input, params);
}

Tensor DequantizePerChannel(const Tensor& codes, const ChannelParams& params) {
  CheckDtype(codes, params.dtype);
  CheckChannelTypes(params);
  return params.scales.dtype == ScalarType::kFloat64 ? DequantizePerChannelOf<double>(codes, params)
                                                     : DequantizePerChannelOf<float>(codes, params);
}

Tensor DequantizePerChannelWide(const Tensor& codes, const ChannelParams& params) {
  CheckDtype(codes, params.dtype);
  CheckChannelTypes(params);
  return DequantizePerChannelOf<double, double>(codes, params);
}

}  // namespace foldproof::exec
