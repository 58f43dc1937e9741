// SPDX-License-Identifier: BSD-3-Clause
//
// Operators that networks' heads are made of, in float64: normalizations of rows and groups,
// interpolation, embeddings, adaptive pooling.
#pragma once

#include <string_view>
#include <vector>

#include "harness/exec/eigen/named_arguments.h"

namespace foldproof::exec::real {

using NetworkKernel = std::vector<NumericTensor> (*)(const NamedArguments& arguments);

// nullptr where the target is none of them.
NetworkKernel FindNetworkKernel(std::string_view target);

}  // namespace foldproof::exec::real
