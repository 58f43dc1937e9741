// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/shifted_codes.h"

#include <fmt/format.h>

#include <utility>

#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/quantized_decomposed.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

}  // namespace

std::int64_t FusedCount(const std::vector<std::int64_t>& sizes) {
  std::int64_t of_all = 1;
  std::int64_t of_positive = 1;
  for (const std::int64_t size : sizes) {
    if (size > kMostFusedElements / of_positive) {
      Refuse(fmt::format("a tensor of more than {} elements is not run here", kMostFusedElements));
    }
    of_all *= size;
    if (size > 0) of_positive *= size;
  }
  return of_all;
}

std::vector<std::int32_t> ShiftedCodes(const Tensor& codes, std::int64_t zero_point,
                                       std::string_view what) {
  FusedCount(codes.sizes);
  // The references take wider codes too, but round them to float32, and their sums are not exact.
  if (!ir::IsInteger(codes.dtype) || ir::ElementSize(codes.dtype) > 2) {
    Refuse(fmt::format("{} of {} is not run here", what, ir::Name(codes.dtype)));
  }
  if (zero_point < ir::LowestOf(codes.dtype) || zero_point > ir::HighestOf(codes.dtype)) {
    Refuse(fmt::format("{} of {} has the zero point {}, which is no such code", what,
                       ir::Name(codes.dtype), zero_point));
  }
  std::vector<std::int32_t> shifted;
  shifted.reserve(static_cast<std::size_t>(codes.count()));
  for (const std::int64_t code : IntegersOf(codes)) {
    shifted.push_back(static_cast<std::int32_t>(code - zero_point));  // at most 17 bits
  }
  return shifted;
}

std::vector<std::int64_t> BiasTerms(const Tensor& bias) {
  if (bias.dtype != ScalarType::kInt32) {
    Refuse(fmt::format("takes a bias of int32, not {}", ir::Name(bias.dtype)));
  }
  std::vector<std::int64_t> terms;
  for (const std::int32_t b : bias.Elements<std::int32_t>()) {
    terms.push_back(static_cast<std::int64_t>(static_cast<float>(b)));
  }
  return terms;
}

Tensor QuantizeToRange(ScalarType dtype, const std::vector<std::int64_t>& sizes,
                       const std::vector<float>& reals, double scale, std::int64_t zero_point) {
  if (scale == 0) Refuse("divides by an output scale of 0");
  return QuantizePerTensor(Tensor::Of(ScalarType::kFloat32, sizes, reals),
                           {scale, zero_point, ir::LowestOf(dtype), ir::HighestOf(dtype), dtype});
}

}  // namespace foldproof::exec
