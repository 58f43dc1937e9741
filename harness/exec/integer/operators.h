// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/exec/integer/coded_tensor.h"
#include "harness/exec/integer/convolution.h"
#include "harness/exec/plan/node_run.h"

namespace foldproof::exec {

// Every operator that the integer executor knows.
class IntegerOperators : public Operators<CodedTensor> {
 public:
  // `elsewhere`: who runs what is not known here, if anybody does.
  explicit IntegerOperators(std::shared_ptr<Elsewhere> elsewhere = nullptr)
      : elsewhere_(std::move(elsewhere)) {}

  CodedTensor FromTensor(Tensor tensor) const override { return CodedTensor(tensor); }
  Tensor ToTensor(const CodedTensor& value) const override { return value.ToTensor(); }
  NodeKernel<CodedTensor> KernelOf(const ir::Graph& graph, const ir::Node& node) const override;
  Elsewhere* elsewhere() const override { return elsewhere_.get(); }

 private:
  std::shared_ptr<Elsewhere> elsewhere_;
};

// Operators known by their target alone (ir::Opaque). Throws Error(kInput) with an empty place for
// one that is not known.
NodeKernel<CodedTensor> OpaqueKernel(const ir::Graph& graph, const ir::Node& node);

}  // namespace foldproof::exec
