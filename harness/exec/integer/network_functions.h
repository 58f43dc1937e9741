// SPDX-License-Identifier: BSD-3-Clause
//
// Operators of whole rows, matrices and images that networks' heads are made of: normalizations,
// softmax, products of matrices, interpolation, embeddings. Each result is computed in float64 and
// rounded once: within a few steps of libtorch's kernels, which add floats in orders of their own.
#pragma once

#include <string_view>
#include <vector>

#include "harness/exec/integer/coded_arguments.h"

namespace foldproof::exec {

using NetworkFunction = std::vector<CodedTensor> (*)(const CodedArguments& arguments);

// nullptr where the target is none of them.
NetworkFunction FindNetworkFunction(std::string_view target);

}  // namespace foldproof::exec
