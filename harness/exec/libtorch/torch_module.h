// SPDX-License-Identifier: BSD-3-Clause
//
// The module foldproof_torch as a C++ type: opened with dlopen, its tensors owned, its failures
// thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/exec/tensor.h"
#include "harness/exec/torch/module.h"

namespace foldproof::exec {

// "aten.conv2d.default" as libtorch names it: {"aten::conv2d", ""}.
struct OperatorName {
  std::string name;
  std::string overload;
};
OperatorName ParseTarget(std::string_view target);

// What a call of an operator does to its arguments, one entry an argument.
struct Effects {
  std::vector<bool> writes;  // is changed in place
  std::vector<bool> views;   // a result may share its memory
  bool random = false;       // of the call: its result is drawn at random
};

class TorchModule {
 public:
  struct DropTensor {
    void (*drop)(FoldproofTorchTensor*) = nullptr;
    void operator()(FoldproofTorchTensor* tensor) const { drop(tensor); }
  };
  using Handle = std::unique_ptr<FoldproofTorchTensor, DropTensor>;
  struct ReleaseOperator {
    void (*release)(FoldproofTorchOperator*) = nullptr;
    void operator()(FoldproofTorchOperator* found) const { release(found); }
  };
  using Operator = std::unique_ptr<FoldproofTorchOperator, ReleaseOperator>;
  struct DropKernel {
    void (*drop)(FoldproofTorchKernel*) = nullptr;
    void operator()(FoldproofTorchKernel* kernel) const { drop(kernel); }
  };
  using Kernel = std::unique_ptr<FoldproofTorchKernel, DropKernel>;
  using Result = std::variant<std::monostate, Handle, std::int64_t, double, bool>;

  // Throws Error(kInternal) where the module is missing, was built from other sources, or loads
  // another libtorch than it was compiled for. Nothing is ever unloaded: libtorch does not bear it.
  explicit TorchModule(const std::filesystem::path& file);

  std::string Describe() const;  // "torch 1.13.0, AVX2, 1 thread"

  // These throw Error(kInput) with an empty place and libtorch's own words; it is Undecided() where
  // this libtorch lacks an operator, an argument of it or an element type.
  Handle Make(const Tensor& tensor) const;
  Handle MakeUninitialized(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes) const;
  Tensor Read(const FoldproofTorchTensor* tensor) const;
  ir::TensorType TypeOf(const FoldproofTorchTensor* tensor) const;
  // The tensor's own elements, row-major, borrowed as long as it lives; nullptr where they are not
  // stored so.
  std::byte* Borrow(FoldproofTorchTensor* tensor) const;

  // An operator that libtorch has not is found too; calling it says so.
  Operator Find(const OperatorName& target) const;
  // The first `wanted` results, a list's items counted singly; fewer where there are fewer.
  std::vector<Result> Call(const FoldproofTorchOperator* found,
                           const std::vector<FoldproofTorchArgument>& arguments,
                           std::size_t wanted) const;
  std::vector<Result> Call(const OperatorName& target,
                           const std::vector<FoldproofTorchArgument>& arguments,
                           std::size_t wanted) const {
    return Call(Find(target).get(), arguments, wanted);
  }

  // Nothing is written, shared or drawn where libtorch has no such operator.
  Effects EffectsOf(const FoldproofTorchOperator* found,
                    const std::vector<const char*>& arguments) const;

  // Quantized kernels (harness/exec/torch/module.h).
  bool HasEngine(const std::string& engine) const;
  Kernel Pack(const std::string& engine, const FoldproofTorchProduct& product) const;
  Handle RunKernel(const FoldproofTorchKernel* kernel, const FoldproofTorchTensor* input) const;

 private:
  const FoldproofTorchTable* table_;
};

// Where the module lies: beside this program, or in ../lib/foldproof of an installed one. That of a
// wheel is opened with the PyTorch of FOLDPROOF_PYTORCH, an environment variable. Throws
// Error(kInternal) that says which command builds it, or which PyTorch it needs.
std::filesystem::path FindTorchModule();

}  // namespace foldproof::exec
