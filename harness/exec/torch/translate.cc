// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/torch/translate.h"

#include <c10/core/Layout.h>
#include <c10/core/MemoryFormat.h>
#include <torch/csrc/api/include/torch/version.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "harness/exec/torch/lacking.h"
#include "src/ir/tensor_type.h"

namespace foldproof::exec::torch_module {
namespace {

using Pair = std::pair<ir::ScalarType, c10::ScalarType>;

constexpr auto kScalarTypes = std::to_array<Pair>({
  {ir::ScalarType::kUInt8, c10::ScalarType::Byte}, {ir::ScalarType::kInt8, c10::ScalarType::Char},
      {ir::ScalarType::kInt16, c10::ScalarType::Short},
      {ir::ScalarType::kInt32, c10::ScalarType::Int},
      {ir::ScalarType::kInt64, c10::ScalarType::Long},
      {ir::ScalarType::kFloat16, c10::ScalarType::Half},
      {ir::ScalarType::kFloat32, c10::ScalarType::Float},
      {ir::ScalarType::kFloat64, c10::ScalarType::Double},
      {ir::ScalarType::kComplexHalf, c10::ScalarType::ComplexHalf},
      {ir::ScalarType::kComplexFloat, c10::ScalarType::ComplexFloat},
      {ir::ScalarType::kComplexDouble, c10::ScalarType::ComplexDouble},
      {ir::ScalarType::kBool, c10::ScalarType::Bool},
      {ir::ScalarType::kBFloat16, c10::ScalarType::BFloat16},
// 2.3 brought uint16 and 2.2 the last of the float8 types.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
      {ir::ScalarType::kUInt16, c10::ScalarType::UInt16},
      {ir::ScalarType::kFloat8E4M3FN, c10::ScalarType::Float8_e4m3fn},
      {ir::ScalarType::kFloat8E5M2, c10::ScalarType::Float8_e5m2},
      {ir::ScalarType::kFloat8E4M3FNUZ, c10::ScalarType::Float8_e4m3fnuz},
      {ir::ScalarType::kFloat8E5M2FNUZ, c10::ScalarType::Float8_e5m2fnuz},
#endif
});

}  // namespace

c10::ScalarType ToC10ScalarType(std::int64_t code) {
  for (const auto& [ours, theirs] : kScalarTypes) {
    if (static_cast<std::int64_t>(ours) == code) return theirs;
  }
  throw Lacking("libtorch " TORCH_VERSION " has no such element type; a newer one may");
}

std::int32_t FromC10ScalarType(c10::ScalarType type) {
  for (const auto& [ours, theirs] : kScalarTypes) {
    if (theirs == type) return static_cast<std::int32_t>(ours);
  }
  throw std::runtime_error(std::string("a tensor of type ") + c10::toString(type) +
                           " has no counterpart in a torch.export archive");
}

std::int64_t ToC10Layout(std::int64_t code) {
  constexpr std::int64_t kStrided = 7;  // of torch.export
  if (code == kStrided) return static_cast<std::int64_t>(c10::Layout::Strided);
  throw std::runtime_error("only strided tensors can be run, not a sparse layout");
}

std::int64_t ToC10MemoryFormat(std::int64_t code) {
  switch (code) {  // as torch.export counts
    case 1: return static_cast<std::int64_t>(c10::MemoryFormat::Contiguous);
    case 2: return static_cast<std::int64_t>(c10::MemoryFormat::ChannelsLast);
    case 3: return static_cast<std::int64_t>(c10::MemoryFormat::ChannelsLast3d);
    case 4: return static_cast<std::int64_t>(c10::MemoryFormat::Preserve);
  }
  throw std::runtime_error("memory format " + std::to_string(code) + " is not known");
}

}  // namespace foldproof::exec::torch_module
