// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <variant>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/libtorch/call_arguments.h"
#include "harness/exec/libtorch/torch_plan.h"

namespace foldproof::exec {

// A tensor of the module's; several values share one where they are the same constant.
using SharedHandle = std::shared_ptr<FoldproofTorchTensor>;
// A value while the program runs; nothing yet, or no more. A Tensor becomes a handle when libtorch
// first wants it.
using Held = std::variant<std::monostate, Tensor, SharedHandle, std::int64_t, double, bool>;

// One run of a plan: the values that are alive, and how each kind of step makes more of them.
class TorchRun {
 public:
  // Begins with what is the same in every run, `constants`: values() of another run.
  TorchRun(const TorchPlan& plan, std::vector<Held> constants);

  // Takes a value that was checked (feeds.h).
  void Feed(ir::ValueId id, const Tensor& tensor);
  // Runs the plan's steps after its constant ones and returns what is fetched.
  Tensors Fetch();
  // Runs the constant steps. Afterwards values() holds what other steps and fetches read of them
  // and of the constants.
  void RunConstantSteps();
  std::vector<Held>& values() { return held_; }
  // A value of those; throws Error(kInput) that names it where it is none of them.
  Operand OperandOf(ir::ValueId id);
  Tensor TensorOf(ir::ValueId id);

 private:
  void KeepConstant(ir::ValueId id);
  void RunStep(const TorchStep& step);
  void Quantize(const ir::Node& node, const ir::QuantizePerTensor& op);
  void Dequantize(const ir::Node& node, const ir::DequantizePerTensor& op);
  void RunComputedHere(const ir::Node& node);
  void RunSymbolic(const ir::Node& node);
  void RunOperator(const TorchStep& step);
  void RunKernel(const TorchStep& step);
  void Keep(ir::ValueId id, Held held) {
    if (!plan_.fed.contains(id)) held_[id.index] = std::move(held);
  }
  Held& Find(ir::ValueId id);
  Held Constant(const ir::Constant& constant);
  // In float64 runs: a float32 tensor as float64, and a float64 one as the float32 that `id`
  // declares.
  Tensor Widened(Tensor tensor) const;
  Tensor NarrowedAsDeclared(ir::ValueId id);
  SharedHandle Widened(SharedHandle handle) const;
  bool is_wide() const { return plan_.reals == TorchReals::kFloat64; }
  const std::byte* ElementsOf(ir::ValueId id, ir::ScalarType dtype, ir::TensorType* type);

  const TorchPlan& plan_;
  std::vector<Held> held_;  // by value
  // By storage, offset, sizes, strides and type: a constant under two names is one tensor.
  std::map<std::tuple<std::uint32_t, std::int64_t, std::vector<std::int64_t>,
                      std::vector<std::int64_t>, ir::ScalarType>,
           SharedHandle>
      constant_handles_;
};

}  // namespace foldproof::exec
