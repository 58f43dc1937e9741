// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/conv_operands.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "harness/exec/integer/numbers.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

// Codes of type T less their zero point, in T itself where they wrap.
template <typename T>
void Shift(std::span<const T> codes, const CodeMeaning& meaning, std::size_t inner,
           std::vector<std::int32_t>& out) {
  const std::size_t channels = meaning.zero_points.size();
  for (std::size_t begin = 0, plane = 0; begin < codes.size(); begin += inner, ++plane) {
    const std::int64_t z = meaning.zero_points[plane % channels];
    const std::size_t end = std::min(codes.size(), begin + inner);
    if (meaning.wraps) {
      for (std::size_t i = begin; i < end; ++i) {
        out[i] =
            static_cast<T>(static_cast<std::uint64_t>(codes[i]) - static_cast<std::uint64_t>(z));
      }
    } else {
      if (z < -(std::int64_t{1} << 24) || z > (std::int64_t{1} << 24)) {
        Refuse("a zero point is out of the range that is run here");
      }
      const auto zero_point = static_cast<std::int32_t>(z);
      for (std::size_t i = begin; i < end; ++i) {
        out[i] = static_cast<std::int32_t>(codes[i]) - zero_point;
      }
    }
  }
}

std::size_t InnerOf(const CodedTensor& tensor) {
  const CodeMeaning& meaning = *tensor.meaning();
  if (!meaning.per_channel()) return std::max<std::size_t>(1, tensor.count());
  std::size_t inner = 1;
  for (std::size_t d = meaning.axis + 1; d < tensor.rank(); ++d) {
    inner *= static_cast<std::size_t>(tensor.sizes()[d]);
  }
  return std::max<std::size_t>(1, inner);
}

}  // namespace

std::vector<std::int32_t> ShiftedCodesOf(const CodedTensor& dequantized) {
  const CodedTensor codes = dequantized.Codes();
  const CodeMeaning& meaning = *dequantized.meaning();
  const std::size_t inner = InnerOf(dequantized);
  std::vector<std::int32_t> out(codes.count());
  switch (codes.dtype()) {
    case ScalarType::kInt8: Shift(codes.As<std::int8_t>(), meaning, inner, out); break;
    case ScalarType::kUInt8: Shift(codes.As<std::uint8_t>(), meaning, inner, out); break;
    case ScalarType::kInt16: Shift(codes.As<std::int16_t>(), meaning, inner, out); break;
    case ScalarType::kUInt16: Shift(codes.As<std::uint16_t>(), meaning, inner, out); break;
    default: Refuse("codes of " + std::string(ir::Name(codes.dtype())) + " are not convolved here");
  }
  return out;
}

bool HasScaleAnOutput(const CodedTensor& weight, bool transposed) {
  const CodeMeaning* meaning = weight.meaning();
  return meaning != nullptr && (!meaning->per_channel() || meaning->axis == (transposed ? 1u : 0u));
}

std::vector<std::int64_t> BiasCodesOf(const CodedTensor& bias) {
  const CodeMeaning* meaning = bias.meaning();
  FP_CHECK(meaning != nullptr);
  std::vector<std::int64_t> store, out;
  const auto codes = NumbersIn(bias.Codes(), store);
  for (std::size_t c = 0; c < codes.size(); ++c) {
    const std::int64_t zero_point = meaning->zero_points[meaning->per_channel() ? c : 0];
    const auto shifted = static_cast<std::int64_t>(static_cast<std::uint64_t>(codes[c]) -
                                                   static_cast<std::uint64_t>(zero_point));
    out.push_back(meaning->wraps ? static_cast<std::int32_t>(shifted) : shifted);
  }
  return out;
}

std::vector<double> BiasOf(const CodedTensor* bias, std::size_t outputs) {
  if (bias == nullptr) return std::vector<double>(outputs, 0.0);
  if (bias->count() != outputs) {
    Refuse("its bias has " + std::to_string(bias->count()) + " entries for " +
           std::to_string(outputs) + " output channels");
  }
  if (const CodeMeaning* meaning = bias->meaning()) {
    const std::vector<std::int64_t> codes = BiasCodesOf(*bias);
    std::vector<double> out;
    for (std::size_t c = 0; c < outputs; ++c) {
      out.push_back(static_cast<double>(codes[c]) *
                    meaning->scales[meaning->per_channel() ? c : 0]);
    }
    return out;
  }
  if (!ir::IsFloat(bias->dtype())) {
    Refuse("its bias is " + std::string(ir::Name(bias->dtype())) +
           " and not dequantized; PyTorch refuses it too");
  }
  std::vector<double> store;
  const auto numbers = NumbersIn(*bias, store);
  return {numbers.begin(), numbers.end()};
}

PlainWeight WeightOf(const ConvGeometry& geometry, bool transposed, const CodedTensor& weight,
                     bool as_codes) {
  PlainWeight out;
  const auto outputs = static_cast<std::size_t>(geometry.outputs);
  const std::size_t taps = geometry.taps();
  std::vector<double> store;
  const std::vector<std::int32_t> codes =
      as_codes ? ShiftedCodesOf(weight) : std::vector<std::int32_t>();
  const std::span<const double> floats =
      as_codes ? std::span<const double>() : NumbersIn(weight, store);
  out.narrow = as_codes && std::ranges::all_of(codes, [](std::int32_t w) {
                 return w >= std::numeric_limits<std::int16_t>::min() &&
                        w <= std::numeric_limits<std::int16_t>::max();
               });
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t k = 0; k < taps; ++k) {
      const std::size_t at = WeightIndex(geometry, transposed, o, k);
      if (as_codes) out.codes.push_back(codes[at]);
      if (!out.narrow) out.numbers.push_back(as_codes ? codes[at] : floats[at]);
    }
    if (!as_codes) continue;
    const std::vector<float>& scales = weight.meaning()->scales;
    out.scales.push_back(scales[o % scales.size()]);
  }
  return out;
}

}  // namespace foldproof::exec
