// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/quantization.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "harness/exec/integer/numbers.h"
#include "harness/exec/quantized/code_loops.h"
#include "harness/exec/quantized/code_vector.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

void CheckCodeRange(const ir::QuantParams& params) {
  if (!ir::IsInteger(params.dtype) || params.dtype == ScalarType::kInt64) {
    Refuse("codes of " + std::string(ir::Name(params.dtype)) + " are not run here");
  }
  if (params.quant_min < ir::LowestOf(params.dtype) ||
      params.quant_max > ir::HighestOf(params.dtype)) {
    Refuse("quant_min and quant_max do not fit into " + std::string(ir::Name(params.dtype)));
  }
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
  CheckCodeRange(params);
  std::vector<float> store;
  const std::span<const float> x = NumbersIn(input, store);
  std::shared_ptr<std::byte[]> codes = NewElements(x.size() * ir::ElementSize(params.dtype));
  QuantizeElements(x, params, codes.get());
  return {params.dtype, input.sizes(), std::move(codes)};
}

CodedTensor DequantizeTensor(const CodedTensor& codes, const ir::QuantParams& params) {
  CheckCodes(codes, params.dtype);
  CheckCodeRange(params);
  auto meaning = std::make_shared<CodeMeaning>();
  meaning->scales = {static_cast<float>(params.scale)};
  meaning->zero_points = {params.zero_point};
  const CodedTensor::FloatsOf floats_of = [params](const CodedTensor& of) {
    Filling<float> out(of.count());
    DequantizeElements(of.elements().get(), params, out.span());
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
  // Scales of another type are multiplied in that type: the result is no code times a float32.
  if (params.scales.dtype != ScalarType::kFloat32) return nullptr;
  const auto wraps = Wraps(codes, params.zero_points);
  const auto dims = static_cast<std::int64_t>(rank);
  const std::int64_t axis = params.axis < 0 ? params.axis + dims : params.axis;
  if (!wraps || axis < 0 || axis >= dims) return nullptr;
  auto meaning = std::make_shared<CodeMeaning>();
  meaning->axis = static_cast<std::size_t>(axis);
  meaning->wraps = *wraps;
  meaning->scales = params.scales.Elements<float>();
  meaning->zero_points = params.zero_points ? IntegersOf(*params.zero_points)
                                            : std::vector<std::int64_t>(meaning->scales.size(), 0);
  return meaning;
}

}  // namespace foldproof::exec
