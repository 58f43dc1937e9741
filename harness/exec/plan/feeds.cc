// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/feeds.h"

#include <fmt/format.h>

namespace foldproof::exec {
namespace {

bool Fits(const ir::Value& value, const Tensor& tensor) {
  if (!value.type) return tensor.sizes.empty() && ir::IsInteger(tensor.dtype);
  const std::vector<ir::Dim>& dims = value.type->dims;
  if (tensor.dtype != value.type->dtype || tensor.sizes.size() != dims.size()) return false;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    if (dims[d].is_static() && dims[d].size != tensor.sizes[d]) return false;
  }
  return true;
}

}  // namespace

void CheckFeeds(const ir::Program& program, const std::set<ir::ValueId>& fed,
                const Tensors& feeds) {
  for (const ir::ValueId id : fed) {
    const ir::Value& value = program.graph.value(id);
    const auto found = feeds.find(id);
    if (found == feeds.end()) {
      throw Error(Error::Code::kInput, value.name, "was announced as given, but is not");
    }
    if (Fits(value, found->second)) continue;
    const Tensor& given = found->second;
    const std::string got = ir::MakeTensorType(given.dtype, given.sizes).ToString();
    const std::string wanted = value.type ? value.type->ToString() : "an integer";
    throw Error(Error::Code::kInput, value.name,
                fmt::format("takes {}, but {} was given", wanted, got));
  }
}

}  // namespace foldproof::exec
