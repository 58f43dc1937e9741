// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>

#include "harness/exec/torch/module.h"

struct FoldproofTorchTensor {
  at::Tensor tensor;
};

namespace foldproof::exec::torch_module {

// `given` as the schema's argument `wanted` takes it: numbers become tensors where it wants those,
// an int becomes a list where it wants one of a fixed length, our type numbers become c10's. Throws
// std::runtime_error that names the argument where that makes no sense.
c10::IValue ToIValue(const FoldproofTorchArgument& given, const c10::Argument& wanted);

}  // namespace foldproof::exec::torch_module
