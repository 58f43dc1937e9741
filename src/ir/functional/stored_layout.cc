// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/stored_layout.h"

namespace foldproof::ir {

bool IsSameTensor(const Constant& a, const Constant& b) {
  return a.storage == b.storage && a.offset == b.offset && a.strides == b.strides &&
         a.type == b.type;
}

bool IsRowMajor(const Constant& constant) {
  std::int64_t step = 1;
  for (std::size_t k = constant.strides.size(); k-- > 0;) {
    const std::int64_t size = constant.type.dims[k].size;
    if (size != 1 && constant.strides[k] != step) return false;
    step *= size;
  }
  return true;
}

}  // namespace foldproof::ir
