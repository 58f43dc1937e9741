// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/quantization.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "harness/exec/code_vector.h"
#include "harness/exec/integer/numbers.h"
#include "harness/exec/quantize.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

[[noreturn]] void Refuse(std::string why) { throw Error(Error::Code::kInput, "", std::move(why)); }

// q = int(clamp(t)), NaN to 0 (docs/numerics.md, eq. 1); a type of at most 16 bits.
template <typename T>
[[gnu::always_inline]] inline void NarrowLoop(const float* x, std::size_t count,
                                              const QuantizeConstants& q, T* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const float t = ClampCode(QuantizeUnclamped(x[i], q), q);
    out[i] = static_cast<T>(static_cast<std::int32_t>(t == t ? t : 0.0f));
  }
}

FOLDPROOF_VECTOR_CLONES void QuantizeInto(const float* x, std::size_t count,
                                          const QuantizeConstants& q, std::int8_t* out) {
  NarrowLoop(x, count, q, out);
}
FOLDPROOF_VECTOR_CLONES void QuantizeInto(const float* x, std::size_t count,
                                          const QuantizeConstants& q, std::uint8_t* out) {
  NarrowLoop(x, count, q, out);
}
FOLDPROOF_VECTOR_CLONES void QuantizeInto(const float* x, std::size_t count,
                                          const QuantizeConstants& q, std::int16_t* out) {
  NarrowLoop(x, count, q, out);
}
FOLDPROOF_VECTOR_CLONES void QuantizeInto(const float* x, std::size_t count,
                                          const QuantizeConstants& q, std::uint16_t* out) {
  NarrowLoop(x, count, q, out);
}
void QuantizeInto(const float* x, std::size_t count, const QuantizeConstants& q,
                  std::int32_t* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = Quantize(x[i], q, true);
}

// f32(f32(f32(q) - f32(z)) * f32(s)) (docs/numerics.md, eq. 2).
template <typename T>
[[gnu::always_inline]] inline void DequantizeLoop(const T* codes, std::size_t count,
                                                  float zero_point, float scale, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = Dequantize(codes[i], zero_point, scale);
}

FOLDPROOF_VECTOR_CLONES void DequantizeInto(const std::int8_t* codes, std::size_t count, float z,
                                            float s, float* out) {
  DequantizeLoop(codes, count, z, s, out);
}
FOLDPROOF_VECTOR_CLONES void DequantizeInto(const std::uint8_t* codes, std::size_t count, float z,
                                            float s, float* out) {
  DequantizeLoop(codes, count, z, s, out);
}
FOLDPROOF_VECTOR_CLONES void DequantizeInto(const std::int16_t* codes, std::size_t count, float z,
                                            float s, float* out) {
  DequantizeLoop(codes, count, z, s, out);
}
FOLDPROOF_VECTOR_CLONES void DequantizeInto(const std::uint16_t* codes, std::size_t count, float z,
                                            float s, float* out) {
  DequantizeLoop(codes, count, z, s, out);
}
FOLDPROOF_VECTOR_CLONES void DequantizeInto(const std::int32_t* codes, std::size_t count, float z,
                                            float s, float* out) {
  DequantizeLoop(codes, count, z, s, out);
}

// Calls work(T{}) with the C++ type of codes of `dtype`.
template <typename Work>
auto WithCode(ScalarType dtype, Work&& work) {
  switch (dtype) {
    case ScalarType::kInt8: return work(std::int8_t{});
    case ScalarType::kUInt8: return work(std::uint8_t{});
    case ScalarType::kInt16: return work(std::int16_t{});
    case ScalarType::kUInt16: return work(std::uint16_t{});
    case ScalarType::kInt32: return work(std::int32_t{});
    default: Refuse("codes of " + std::string(ir::Name(dtype)) + " are not run here");
  }
}

void CheckRange(const ir::QuantParams& params) {
  WithCode(params.dtype, [&](auto) {
    if (params.quant_min < ir::LowestOf(params.dtype) ||
        params.quant_max > ir::HighestOf(params.dtype)) {
      Refuse("quant_min and quant_max do not fit into " + std::string(ir::Name(params.dtype)));
    }
  });
}

void CheckCodes(const CodedTensor& codes, ScalarType wanted) {
  if (codes.dtype() == wanted) return;
  Refuse("takes " + std::string(ir::Name(wanted)) + ", not " +
         std::string(ir::Name(codes.dtype())) + "; export the program again");
}

// Whether the difference of a code and a zero point is what integers say: taken in the codes' own
// type (it wraps), or in one that holds it. nullopt: neither, or no integer zero points.
std::optional<bool> Wraps(ScalarType codes, const std::optional<Tensor>& zero_points) {
  if (!zero_points) return false;
  const ScalarType dtype = zero_points->dtype;
  if (!ir::IsInteger(dtype)) return std::nullopt;
  if (codes == ScalarType::kInt32) {
    if (dtype == ScalarType::kInt64) return false;
    return true;
  }
  const std::size_t width = ir::ElementSize(dtype);
  if (dtype == codes || width < ir::ElementSize(codes)) return true;
  if (width == ir::ElementSize(codes)) return false;  // uint8 and int8 meet in int16
  for (const std::int64_t z : IntegersOf(*zero_points)) {
    const std::int64_t low = ir::LowestOf(codes) - z, high = ir::HighestOf(codes) - z;
    const bool holds = width == 8 || (low >= ir::LowestOf(dtype) && high <= ir::HighestOf(dtype));
    if (!holds) return std::nullopt;
  }
  return false;
}

}  // namespace

CodedTensor QuantizeTensor(const CodedTensor& input, const ir::QuantParams& params) {
  const bool is_float = input.dtype() == ScalarType::kFloat32 ||
                        input.dtype() == ScalarType::kFloat16 ||
                        input.dtype() == ScalarType::kBFloat16;
  if (!is_float) {
    Refuse("takes float32, not " + std::string(ir::Name(input.dtype())) +
           "; export the program again");
  }
  CheckRange(params);
  const QuantizeConstants constants =
      MakeQuantizeConstants(params.scale, params.zero_point, params.quant_min, params.quant_max);
  std::vector<float> store;
  const std::span<const float> x = NumbersIn(input, store);
  return WithCode(params.dtype, [&](auto zero) {
    Filling<decltype(zero)> out(x.size());
    QuantizeInto(x.data(), x.size(), constants, out.span().data());
    return std::move(out).Finish(params.dtype, input.sizes());
  });
}

CodedTensor DequantizeTensor(const CodedTensor& codes, const ir::QuantParams& params) {
  CheckCodes(codes, params.dtype);
  CheckRange(params);
  auto meaning = std::make_shared<CodeMeaning>();
  meaning->scales = {static_cast<float>(params.scale)};
  meaning->zero_points = {params.zero_point};
  const CodedTensor::FloatsOf floats_of =
      [s = meaning->scales.front(),
       z = static_cast<float>(params.zero_point)](const CodedTensor& of) {
        Filling<float> out(of.count());
        WithCode(of.dtype(), [&](auto zero) {
          DequantizeInto(of.As<decltype(zero)>().data(), of.count(), z, s, out.span().data());
        });
        return Elements(std::move(out).Finish());
      };
  return CodedTensor::Dequantized(codes, std::move(meaning), floats_of);
}

CodedTensor QuantizeChannels(const CodedTensor& input, const ChannelParams& params) {
  return CodedTensor(QuantizePerChannel(input.ToTensor(), params));
}

CodedTensor DequantizeChannels(const CodedTensor& codes, const ChannelParams& params) {
  const CodedTensor floats(DequantizePerChannel(codes.ToTensor(), params));
  std::shared_ptr<const CodeMeaning> meaning = MeaningOf(codes.dtype(), codes.rank(), params);
  if (meaning == nullptr) return floats;
  return CodedTensor::Dequantized(codes, std::move(meaning),
                                  [floats](const CodedTensor&) { return floats.elements(); });
}

std::shared_ptr<const CodeMeaning> MeaningOf(ScalarType codes, std::size_t rank,
                                             const ChannelParams& params) {
  const auto wraps = Wraps(codes, params.zero_points);
  const auto dims = static_cast<std::int64_t>(rank);
  const std::int64_t axis = params.axis < 0 ? params.axis + dims : params.axis;
  if (!wraps || axis < 0 || axis >= dims) return nullptr;
  auto meaning = std::make_shared<CodeMeaning>();
  meaning->axis = static_cast<std::size_t>(axis);
  meaning->wraps = *wraps;
  std::vector<double> store;
  for (const double s : NumbersIn(CodedTensor(params.scales), store)) {
    meaning->scales.push_back(static_cast<float>(s));
  }
  meaning->zero_points = params.zero_points ? IntegersOf(*params.zero_points)
                                            : std::vector<std::int64_t>(meaning->scales.size(), 0);
  return meaning;
}

}  // namespace foldproof::exec
