// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "harness/exec/torch/module.h"

struct FoldproofTorchOperator {
  std::string name;
  std::optional<c10::OperatorHandle> handle;  // nothing where this libtorch has no such operator
};

namespace foldproof::exec::torch_module {

// The operator that libtorch has under `name` ("aten::conv2d") and `overload` ("").
FoldproofTorchOperator FindOperator(const char* name, const char* overload);

// The operator's stack, one entry an argument of its schema in the schema's order: the given value
// converted to the schema's type, else the schema's default, else None where the type allows it.
// Throws Lacking for an argument that has no place, std::runtime_error for one that is missing or
// of the wrong type.
torch::jit::Stack StackOf(const c10::FunctionSchema& schema,
                          std::span<const FoldproofTorchArgument> arguments);

// Calls the operator, or what stands for it in this version of libtorch. Returns its results.
// Throws Lacking where nothing does.
torch::jit::Stack CallBoxed(const FoldproofTorchOperator& found,
                            std::span<const FoldproofTorchArgument> arguments);

}  // namespace foldproof::exec::torch_module
