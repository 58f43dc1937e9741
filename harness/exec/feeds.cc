// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/feeds.h"

#include <fmt/format.h>

namespace foldproof::exec {
namespace {

bool Fits(const ir::Value& value, const Tensor& tensor, ir::ScalarType dtype) {
  if (!value.type) return tensor.sizes.empty() && ir::IsInteger(dtype);
  const std::vector<ir::Dim>& dims = value.type->dims;
  if (dtype != value.type->dtype || tensor.sizes.size() != dims.size()) return false;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    if (dims[d].is_static() && dims[d].size != tensor.sizes[d]) return false;
  }
  return true;
}

}  // namespace

void CheckFeed(const ir::Value& value, const Tensor& given, TakenFloats taken) {
  const bool narrows = taken == TakenFloats::kWider && given.dtype == ir::ScalarType::kFloat64 &&
                       value.type && value.type->dtype == ir::ScalarType::kFloat32;
  if (Fits(value, given, narrows ? ir::ScalarType::kFloat32 : given.dtype)) return;
  const std::string got = ir::MakeTensorType(given.dtype, given.sizes).ToString();
  const std::string wanted = value.type ? value.type->ToString() : "an integer";
  throw Error(Error::Code::kInput, value.name,
              fmt::format("takes {}, but {} was given", wanted, got));
}

void CheckFeeds(const ir::Program& program, const std::set<ir::ValueId>& fed, const Tensors& feeds,
                TakenFloats taken) {
  for (const ir::ValueId id : fed) {
    const ir::Value& value = program.graph.value(id);
    const auto found = feeds.find(id);
    if (found == feeds.end()) {
      throw Error(Error::Code::kInput, value.name, "was announced as given, but is not");
    }
    CheckFeed(value, found->second, taken);
  }
}

}  // namespace foldproof::exec
