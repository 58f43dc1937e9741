// SPDX-License-Identifier: BSD-3-Clause
//
// Every node of every recorded trace alone: fed its recorded operands, it gives its recorded value.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "harness/exec/libtorch/torch_executor.h"
#include "tests/harness/exec/batch_norm_formula.h"
#include "tests/harness/exec/float_distance.h"
#include "tests/harness/exec/node_promise.h"
#include "tests/harness/exec/recorded_trace.h"
#include "tests/harness/exec/summation_bound.h"

namespace foldproof::exec {
namespace {

// What is known of all nodes of one operator.
struct Row {
  std::int64_t nodes = 0;
  std::int64_t elements = 0;
  std::int64_t worst_steps = 0;
  double worst_share_of_bound = 0;  // of sums alone
};
using Table = std::map<std::string, Row>;

class TraceCheck {
 public:
  TraceCheck() : executor_(FindTorchModule()), module_(FindTorchModule()) {}

  void Check(const RecordedTrace& trace) {
    for (const ir::Node& node : trace.program.graph.nodes()) {
      if (!trace.values.contains(node.name)) continue;
      CheckNode(trace, node);
    }
  }

  std::string Print() const {
    std::ostringstream out;
    out << executor_.Describe() << "\n";
    for (const auto& [target, row] : table_) {
      out << target << ": " << row.nodes << " nodes, " << row.elements << " elements, worst "
          << row.worst_steps << " steps";
      if (row.worst_share_of_bound > 0) {
        out << ", " << row.worst_share_of_bound << " of the bound";
      }
      out << "\n";
    }
    return out.str();
  }

  std::int64_t nodes() const { return nodes_; }

 private:
  void CheckNode(const RecordedTrace& trace, const ir::Node& node) {
    const Tensor& recorded = trace.values.at(node.name);
    const Tensors feeds = trace.OperandsOf(node);
    const Tensor got =
        executor_.Run(trace.program, feeds, {node.outputs.at(0)}).at(node.outputs.at(0));
    Row& row = table_[node.target];
    ++row.nodes;
    ++nodes_;
    row.elements += recorded.count();
    const std::string where = trace.name + ": " + node.name + " (" + node.target + ")";
    ASSERT_EQ(got.dtype, recorded.dtype) << where;
    ASSERT_EQ(got.sizes, recorded.sizes) << where;
    if (got.dtype != ir::ScalarType::kFloat32) {
      EXPECT_EQ(got.bytes, recorded.bytes) << where;
      return;
    }
    CompareFloats(trace, node, got.Elements<float>(), recorded.Elements<float>(), row, where);
  }

  void CompareFloats(const RecordedTrace& trace, const ir::Node& node,
                     const std::vector<float>& got, const std::vector<float>& recorded, Row& row,
                     const std::string& where) {
    const Promise promise = PromiseOf(node);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::int64_t steps = StepsBetween(got[i], recorded[i]);
      row.worst_steps = std::max(row.worst_steps, steps);
      if (promise == Promise::kBits) {
        ASSERT_TRUE(SameBits(got[i], recorded[i])) << where << " at " << i << ": " << std::hexfloat
                                                   << got[i] << ", recorded " << recorded[i];
      }
      const std::int64_t most = promise == Promise::kOneStep ? 1 : 2;
      if (promise == Promise::kOneStep || promise == Promise::kTwoSteps) {
        ASSERT_LE(steps, most) << where << " at " << i;
      }
    }
    if (promise == Promise::kBatchNorm) CompareBatchNorms(trace, node, got, recorded, where);
    if (promise == Promise::kSum) CompareSums(trace, node, got, recorded, row, where);
  }

  // The recording was made with fused multiply-add (eq. 5); our kernels may have none (eq. 6).
  void CompareBatchNorms(const RecordedTrace& trace, const ir::Node& node,
                         const std::vector<float>& got, const std::vector<float>& recorded,
                         const std::string& where) {
    const auto& op = std::get<ir::BatchNorm>(node.op);
    const Tensors operands = trace.OperandsAndConstantsOf(node);
    const std::vector<float> x = operands.at(op.input).Elements<float>();
    const auto& sizes = operands.at(op.input).sizes;
    const auto channels = static_cast<std::size_t>(sizes[1]);
    const std::size_t inner = x.size() / (channels * static_cast<std::size_t>(sizes[0]));
    for (std::size_t c = 0; c < channels; ++c) {
      std::vector<std::size_t> members;
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (i / inner % channels == c) members.push_back(i);
      }
      const BatchNormChannel channel = ChannelOf(op, operands, c, x, members);
      for (const std::size_t i : members) {
        const float fused = BatchNormFormula(x[i], channel, true);
        const float ours = BatchNormFormula(x[i], channel, fused_kernels_);
        ASSERT_TRUE(SameBits(recorded[i], fused)) << where << " at " << i;
        ASSERT_TRUE(SameBits(got[i], ours)) << where << " at " << i;
      }
    }
  }

  static BatchNormChannel ChannelOf(const ir::BatchNorm& op, const Tensors& operands, std::size_t c,
                                    const std::vector<float>& x,
                                    const std::vector<std::size_t>& members) {
    const auto at = [&](ir::ValueId id) { return operands.at(id).Elements<float>()[c]; };
    BatchNormChannel channel;
    if (op.weight) channel.weight = at(*op.weight);
    if (op.bias) channel.bias = at(*op.bias);
    if (op.training) {
      std::vector<float> batch;
      for (const std::size_t i : members) batch.push_back(x[i]);
      TakeBatchStatistics(batch, op.eps, channel);
    } else {
      channel.mean = at(*op.running_mean);
      channel.inverse = InverseDeviation(at(*op.running_var), op.eps);
    }
    return channel;
  }

  // Both the recording's sum and ours lie within the bound around the exact one.
  void CompareSums(const RecordedTrace& trace, const ir::Node& node, const std::vector<float>& got,
                   const std::vector<float>& recorded, Row& row, const std::string& where) {
    const SummationBound bound = BoundOf(module_, node, trace.OperandsAndConstantsOf(node));
    ASSERT_EQ(bound.exact.size(), got.size()) << where;
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (std::isnan(bound.exact[i]) || std::isinf(bound.magnitude[i])) {
        ASSERT_EQ(StepsBetween(got[i], recorded[i]), 0) << where << " at " << i;
        continue;
      }
      for (const float sum : {got[i], recorded[i]}) {
        const double off = std::fabs(static_cast<double>(sum) - bound.exact[i]);
        ASSERT_LE(off, bound.Of(i)) << where << " at " << i;
        if (off > 0) {
          row.worst_share_of_bound = std::max(row.worst_share_of_bound, off / bound.Of(i));
        }
      }
    }
  }

  TorchExecutor executor_;
  TorchModule module_;
  bool fused_kernels_ = HasFusedKernels(executor_.Describe());
  Table table_;
  std::int64_t nodes_ = 0;
};

bool ModuleIsBuilt(std::string* why) {
  try {
    FindTorchModule();
    return true;
  } catch (const Error& error) {
    *why = error.what();
    return false;
  }
}

void CheckFolder(const std::filesystem::path& programs, const std::filesystem::path& traces,
                 std::int64_t at_least) {
  std::string why;
  if (!ModuleIsBuilt(&why)) GTEST_SKIP() << why;
  const auto files = TraceFiles(traces);
  if (files.empty()) GTEST_SKIP() << "no traces in " << traces;
  TraceCheck check;
  for (const auto& file : files) check.Check(ReadTrace(programs, file));
  std::cout << check.Print();
  EXPECT_GE(check.nodes(), at_least);
}

// 17 nodes: the program's 15 tensors of the chain and its two constants' ones.
TEST(Trace, GoldenNodesGiveTheirRecordedValues) { CheckFolder(GoldenTraces(), GoldenTraces(), 17); }

TEST(Trace, CorpusNodesGiveTheirRecordedValues) { CheckFolder(Corpus(), Corpus() / "trace", 1626); }

}  // namespace
}  // namespace foldproof::exec
