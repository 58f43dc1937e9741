// SPDX-License-Identifier: BSD-3-Clause
//
// From a node to the arithmetic of this folder.
#pragma once

#include "harness/exec/eigen/real_tensor.h"
#include "harness/exec/plan/node_run.h"

namespace foldproof::exec::real {

using Kernel = NodeKernel<NumericTensor>;
using Read = ReadValue<NumericTensor>;

// `node`, which outlives the kernel. Throws Error(kInput) with an empty place for an operator that
// is not known.
Kernel KernelOf(const ir::Graph& graph, const ir::Node& node);

// The same for a node whose op is ir::Opaque.
Kernel OpaqueKernelOf(const ir::Graph& graph, const ir::Node& node);

}  // namespace foldproof::exec::real
