// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/ir/constant.h"

namespace foldproof::ir {

// Whether the two constants are the same elements of one storage, in the same order.
bool IsSameTensor(const Constant& a, const Constant& b);

// Whether the elements lie row-major and without gaps: then a reshape of it is a view.
bool IsRowMajor(const Constant& constant);

}  // namespace foldproof::ir
