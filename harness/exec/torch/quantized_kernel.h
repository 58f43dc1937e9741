// SPDX-License-Identifier: BSD-3-Clause
//
// libtorch's quantized kernels: quantized::conv1d, conv2d and linear, with or without relu, on real
// quantized tensors, under one of its engines.
#pragma once

#include <ATen/core/ivalue.h>
#include <c10/core/QEngine.h>

#include <optional>

#include "harness/exec/torch/argument_value.h"
#include "harness/exec/torch/boxed_call.h"

struct FoldproofTorchKernel {
  at::QEngine engine;
  FoldproofTorchOperator run;
  c10::IValue packed;             // weights and bias as the engine wants them
  FoldproofTorchProduct product;  // its pointers are not followed any more
};

namespace foldproof::exec::torch_module {

// The engine of that name ("qnnpack") where this libtorch has it on this machine.
std::optional<at::QEngine> FindEngine(const char* name);

// Throws what libtorch throws where the engine takes no such product.
FoldproofTorchKernel PackKernel(const char* engine, const FoldproofTorchProduct& product);
at::Tensor RunKernel(const FoldproofTorchKernel& kernel, const at::Tensor& input);

}  // namespace foldproof::exec::torch_module
