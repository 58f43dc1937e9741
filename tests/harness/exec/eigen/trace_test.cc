// SPDX-License-Identifier: BSD-3-Clause
//
// Every node of every recorded trace alone, in float64: fed its recorded operands, it gives the
// recorded codes bit for bit, and a number within what PyTorch's float32 roundings allow.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "harness/exec/eigen/eigen_executor.h"
#include "harness/exec/libtorch/torch_executor.h"
#include "harness/exec/quantized/code_vector.h"
#include "tests/harness/exec/float_distance.h"
#include "tests/harness/exec/node_promise.h"
#include "tests/harness/exec/recorded_trace.h"
#include "tests/harness/exec/summation_bound.h"

namespace foldproof::exec {
namespace {

constexpr double kUnit = 0x1p-24;  // u, the unit roundoff of float32

struct Row {
  std::int64_t nodes = 0;
  std::int64_t elements = 0;
  std::int64_t worst_steps = 0;
  double worst_share_of_bound = 0;
};

// y = (x - m) a + b with a = w / sqrt(v + eps), and the recorded one by eq. 5 on the same operands.
//
// Its inv carries the roundings of eps, of v + eps and of the root (half of the first two's
// relative error passes a root, whole the last), and its own: 3 u; times w: 4 u on a. Then
// b' = fma(-m, a, b) is rounded once and so is y. In training mode inv is rounded once, and m:
//
//     |recorded - ours| <= u (4 |x - m| |a| + |m a| + |b'| + |y|) (1 + 2^-20) + 2^-147
//
// which covers both. Statistics are taken in long double here.
struct NormChannel {
  long double mean = 0, factor = 1, bias = 0;

  double BoundAt(double x, double y) const {
    const auto beta = std::fabs(bias - mean * factor);
    const auto sum = 4 * std::fabs((static_cast<long double>(x) - mean) * factor) +
                     std::fabs(mean * factor) + beta + std::fabs(static_cast<long double>(y));
    return static_cast<double>(kUnit * sum * (1 + 0x1p-20L)) + 0x1p-147;
  }
};

class TraceCheck {
 public:
  TraceCheck() : module_(FindTorchModule()) {}

  void Check(const RecordedTrace& trace) {
    for (const ir::Node& node : trace.program.graph.nodes()) {
      if (trace.values.contains(node.name)) CheckNode(trace, node);
    }
  }

  std::string Print() const {
    std::ostringstream out;
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
    const ir::ValueId result = node.outputs.at(0);
    const Tensor got = executor_.Run(trace.program, trace.OperandsOf(node), {result}).at(result);
    Row& row = table_[node.target];
    ++row.nodes;
    ++nodes_;
    row.elements += recorded.count();
    const std::string where = trace.name + ": " + node.name + " (" + node.target + ")";
    ASSERT_EQ(got.sizes, recorded.sizes) << where;
    if (recorded.dtype != ir::ScalarType::kFloat32) {
      EXPECT_TRUE(got == recorded) << where;
      return;
    }
    ASSERT_EQ(got.dtype, ir::ScalarType::kFloat64) << where;
    Compare(trace, node, got.Elements<double>(), recorded.Elements<float>(), row, where);
  }

  void Compare(const RecordedTrace& trace, const ir::Node& node, const std::vector<double>& got,
               const std::vector<float>& recorded, Row& row, const std::string& where) {
    const Promise rule = PromiseOf(node);
    for (const std::size_t i : Indices(got)) {
      row.worst_steps =
          std::max(row.worst_steps, StepsBetween(static_cast<float>(got[i]), recorded[i]));
    }
    if (rule == Promise::kBits) return CompareBits(trace, node, got, recorded, row, where);
    if (rule == Promise::kSum) return CompareSums(trace, node, got, recorded, row, where);
    if (rule == Promise::kBatchNorm) return CompareNorms(trace, node, got, recorded, row, where);
    for (const std::size_t i : Indices(got)) {
      ASSERT_LE(StepsBetween(static_cast<float>(got[i]), recorded[i]),
                rule == Promise::kOneStep ? 1 : 2)
          << where << " at " << i;
    }
  }

  static std::vector<std::size_t> Indices(const std::vector<double>& elements) {
    std::vector<std::size_t> out(elements.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = i;
    return out;
  }

  // Two kinds of operands are rounded before the one operation: a number of the graph that is no
  // float32, and a code above 2^24 (eq. 2, 4).
  void CompareBits(const RecordedTrace& trace, const ir::Node& node, const std::vector<double>& got,
                   const std::vector<float>& recorded, Row& row, const std::string& where) {
    const Tensors operands = trace.OperandsAndConstantsOf(node);
    const double shift = NumberRounding(node);
    for (const std::size_t i : Indices(got)) {
      const auto narrow = static_cast<float>(got[i]);
      if (IsWideCode(node, operands, i)) {
        ASSERT_LE(StepsBetween(narrow, recorded[i]), 2) << where << " at " << i;
      } else if (shift > 0 && std::isfinite(got[i])) {
        const double bound = kUnit * std::fabs(recorded[i]) + Moved(node, shift, got[i]);
        Hold(got[i], recorded[i], bound, row, where, i);
      } else {
        ASSERT_TRUE(SameBits(narrow, recorded[i])) << where << " at " << i << ": " << std::hexfloat
                                                   << got[i] << ", recorded " << recorded[i];
      }
    }
  }

  // |c - f32(c)| / |c| of the number c that a binary operator takes; 0 where it takes none.
  static double NumberRounding(const ir::Node& node) {
    const auto* op = std::get_if<ir::Binary>(&node.op);
    const auto* c = op ? std::get_if<double>(&op->other) : nullptr;
    if (c == nullptr || *c == 0) return 0;
    return std::fabs(*c - static_cast<double>(static_cast<float>(*c))) / std::fabs(*c);
  }

  // How far that moves the result.
  static double Moved(const ir::Node& node, double shift, double result) {
    const auto& op = std::get<ir::Binary>(node.op);
    const bool adds = op.kind == ir::Binary::Kind::kAdd || op.kind == ir::Binary::Kind::kSub;
    const double moved = shift * std::fabs(adds ? std::get<double>(op.other) : result);
    return moved * (1 + 0x1p-20) + 0x1p-149;
  }

  static bool IsWideCode(const ir::Node& node, const Tensors& operands, std::size_t i) {
    const auto* per_tensor = std::get_if<ir::DequantizePerTensor>(&node.op);
    const auto* per_channel = std::get_if<ir::DequantizePerChannel>(&node.op);
    if (per_tensor == nullptr && per_channel == nullptr) return false;
    const auto found = operands.find(per_tensor ? per_tensor->input : per_channel->input);
    if (found == operands.end() || found->second.dtype != ir::ScalarType::kInt32) return false;
    return std::abs(IntegersOf(found->second)[i]) > (std::int64_t{1} << 24);
  }

  static void Hold(double got, float recorded, double bound, Row& row, const std::string& where,
                   std::size_t i) {
    const double off = std::fabs(static_cast<double>(recorded) - got);
    ASSERT_LE(off, bound) << where << " at " << i << ": " << std::hexfloat << got << ", recorded "
                          << recorded;
    if (off > 0) row.worst_share_of_bound = std::max(row.worst_share_of_bound, off / bound);
  }

  // Both NaN, or the same infinity: what no bound speaks of.
  static void ExpectSameSpecial(double got, float recorded, const std::string& where,
                                std::size_t i) {
    ASSERT_EQ(StepsBetween(static_cast<float>(got), recorded), 0) << where << " at " << i;
  }

  // Ours and libtorch's float64 sum are each within gamma_n(2^-53) of the exact one.
  void CompareSums(const RecordedTrace& trace, const ir::Node& node, const std::vector<double>& got,
                   const std::vector<float>& recorded, Row& row, const std::string& where) {
    const SummationBound bound = BoundOf(module_, node, trace.OperandsAndConstantsOf(node));
    ASSERT_EQ(bound.exact.size(), got.size()) << where;
    const double gamma = static_cast<double>(bound.terms) * 0x1p-53;
    for (const std::size_t i : Indices(got)) {
      if (std::isnan(bound.exact[i]) || std::isinf(bound.magnitude[i])) {
        ExpectSameSpecial(got[i], recorded[i], where, i);
        continue;
      }
      ASSERT_LE(std::fabs(got[i] - bound.exact[i]), 2.01 * gamma * bound.magnitude[i])
          << where << " at " << i;
      Hold(got[i], recorded[i], bound.Of(i), row, where, i);
    }
  }

  void CompareNorms(const RecordedTrace& trace, const ir::Node& node,
                    const std::vector<double>& got, const std::vector<float>& recorded, Row& row,
                    const std::string& where) {
    const auto& op = std::get<ir::BatchNorm>(node.op);
    const Tensors operands = trace.OperandsAndConstantsOf(node);
    const std::vector<float> x = operands.at(op.input).Elements<float>();
    const auto& sizes = operands.at(op.input).sizes;
    const auto channels = static_cast<std::size_t>(sizes[1]);
    const std::size_t inner = x.size() / (channels * static_cast<std::size_t>(sizes[0]));
    for (const std::size_t i : Indices(got)) {
      const NormChannel channel = ChannelOf(op, operands, i / inner % channels, inner);
      const auto y = static_cast<double>((x[i] - channel.mean) * channel.factor + channel.bias);
      if (!std::isfinite(y)) {
        ExpectSameSpecial(got[i], recorded[i], where, i);
        continue;
      }
      ASSERT_LE(std::fabs(got[i] - y), 0x1p-26 * channel.BoundAt(x[i], y)) << where << " at " << i;
      Hold(got[i], recorded[i], channel.BoundAt(x[i], y), row, where, i);
    }
  }

  static NormChannel ChannelOf(const ir::BatchNorm& op, const Tensors& operands, std::size_t c,
                               std::size_t inner) {
    const auto at = [&](const std::optional<ir::ValueId>& id, float otherwise) -> long double {
      return id ? operands.at(*id).Elements<float>()[c] : otherwise;
    };
    long double mean = op.training ? 0 : at(op.running_mean, 0);
    long double var = op.training ? 0 : at(op.running_var, 1);
    if (op.training) {
      const std::vector<float> x = operands.at(op.input).Elements<float>();
      const auto channels = static_cast<std::size_t>(operands.at(op.input).sizes[1]);
      const long double n = static_cast<long double>(x.size() / channels);
      const auto is_member = [&](std::size_t i) { return i / inner % channels == c; };
      for (std::size_t i = 0; i < x.size(); ++i) mean += is_member(i) ? x[i] / n : 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        var += is_member(i) ? (x[i] - mean) * (x[i] - mean) / n : 0;
      }
    }
    return {mean, at(op.weight, 1) / std::sqrt(var + op.eps), at(op.bias, 0)};
  }

  EigenExecutor executor_;
  TorchModule module_;
  std::map<std::string, Row> table_;
  std::int64_t nodes_ = 0;
};

void CheckFolder(const std::filesystem::path& programs, const std::filesystem::path& traces,
                 std::int64_t at_least) {
  try {
    FindTorchModule();
  } catch (const Error& error) {
    GTEST_SKIP() << "the bounds of sums are taken from libtorch: " << error.what();
  }
  const auto files = TraceFiles(traces);
  if (files.empty()) GTEST_SKIP() << "no traces in " << traces;
  TraceCheck check;
  for (const auto& file : files) check.Check(ReadTrace(programs, file));
  std::cout << check.Print();
  EXPECT_GE(check.nodes(), at_least);
}

TEST(EigenTrace, GoldenNodesGiveTheirRecordedValues) {
  CheckFolder(GoldenTraces(), GoldenTraces(), 17);
}

TEST(EigenTrace, CorpusNodesGiveTheirRecordedValues) {
  CheckFolder(Corpus(), Corpus() / "trace", 1626);
}

}  // namespace
}  // namespace foldproof::exec
