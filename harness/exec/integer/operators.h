// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/exec/integer/coded_tensor.h"
#include "harness/exec/integer/convolution.h"
#include "harness/exec/plan/node_run.h"

namespace foldproof::exec {

// A convolution or linear layer of which int32 does not hold an accumulator and its bias.
struct NodeOverflow {
  std::string node;
  AccumulatorOverflow overflow;
};
using Overflows = std::vector<NodeOverflow>;

// Every operator that the integer executor knows.
class IntegerOperators : public Operators<CodedTensor> {
 public:
  // `overflows` gets what overflows, once a node and run.
  explicit IntegerOperators(std::shared_ptr<Overflows> overflows)
      : overflows_(std::move(overflows)) {}

  CodedTensor FromTensor(Tensor tensor) const override { return CodedTensor(tensor); }
  Tensor ToTensor(const CodedTensor& value) const override { return value.ToTensor(); }
  NodeKernel<CodedTensor> KernelOf(const ir::Graph& graph, const ir::Node& node) const override;

 private:
  NodeKernel<CodedTensor> ConvolutionKernel(const ir::Node& node, const ir::Convolution& op) const;
  NodeKernel<CodedTensor> ProductKernel(const ir::Node& node, const ir::Linear& op) const;

  std::shared_ptr<Overflows> overflows_;
};

// Operators known by their target alone (ir::Opaque). Throws Error(kInput) with an empty place for
// one that is not known.
NodeKernel<CodedTensor> OpaqueKernel(const ir::Graph& graph, const ir::Node& node);

}  // namespace foldproof::exec
