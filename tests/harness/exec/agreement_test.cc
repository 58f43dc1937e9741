// SPDX-License-Identifier: BSD-3-Clause
//
// Independent executors, node by node: each node fed what libtorch computed before it, each
// convolution fed its codes. Results are equal to the bit where an operator promises it; sums lie
// within their bound; and a code differs only where the float before it is nearer to a rounding tie
// than the bound of its sum.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "harness/exec/libtorch/torch_executor.h"
#include "harness/exec/open/open_executor.h"
#include "harness/exec/plan/functional_view.h"
#include "harness/exec/quantized/code_vector.h"
#include "tests/harness/exec/float_distance.h"
#include "tests/harness/exec/node_promise.h"
#include "tests/harness/exec/recorded_trace.h"
#include "tests/harness/exec/summation_bound.h"
#include "tests/paths.h"

namespace foldproof::exec {
namespace {

namespace fs = std::filesystem;

// A program and an input of it.
struct Subject {
  std::string name;
  ir::Program program;
  Tensors inputs;
};

// What is known of one executor against libtorch.
struct Tally {
  std::int64_t nodes = 0, elements = 0, codes = 0, flips = 0;
  double worst_share_of_bound = 0;  // of sums
  double nearest_flip = 0;  // distance of a flipped code from its tie, in shares of the bound
  std::map<std::string, std::int64_t> refused;
};

std::vector<double> Reals(const Tensor& tensor) {
  std::vector<double> out;
  if (tensor.dtype == ir::ScalarType::kFloat64) return tensor.Elements<double>();
  for (const float x : tensor.Elements<float>()) out.push_back(x);
  return out;
}

class Agreement {
 public:
  Agreement() : torch_(FindTorchModule()), module_(FindTorchModule()) {
    for (const std::string& name : ExecutorNames()) {
      if (name == "integer" || name == "eigen") executors_[name] = OpenExecutor(name);
    }
  }

  void Check(const Subject& subject) {
    subject_ = &subject;
    const FunctionalView view(subject.program);
    view_ = &view;
    std::vector<ir::ValueId> fetch;
    for (const ir::Node& node : subject.program.graph.nodes()) {
      const bool is_tensor =
          node.outputs.size() == 1 && subject.program.graph.value(node.outputs[0]).type;
      const ir::NodeId made = *view.program().graph.FindNode(node.name);
      if (is_tensor && view.IsLive(made)) fetch.push_back(node.outputs[0]);
    }
    try {
      values_ = torch_.Run(subject.program, subject.inputs, fetch);
    } catch (const Error&) {
      ++not_run_;  // a bias of a wrong length or type: libtorch refuses the program
      return;
    }
    ++run_;
    for (const ir::ValueId id : fetch) {
      if (view.Original(view.Made(id)) == id) CheckNode(*program().graph.ProducerOf(view.Made(id)));
    }
  }

  std::string Print() const {
    std::ostringstream out;
    out << run_ << " programs run by " << torch_.Describe() << ", " << not_run_
        << " refused by it\n";
    for (const auto& [name, tally] : tallies_) {
      out << name << ": " << tally.nodes << " nodes, " << tally.elements
          << " elements, sums at most " << tally.worst_share_of_bound << " of their bound; "
          << tally.codes << " codes behind convolutions, " << tally.flips
          << " differ, the farthest from its tie by " << tally.nearest_flip << " of the bound\n";
      for (const auto& [why, count] : tally.refused)
        out << "  refused " << count << ": " << why << "\n";
    }
    return out.str();
  }

  std::int64_t run() const { return run_; }
  const std::map<std::string, Tally>& tallies() const { return tallies_; }

 private:
  const ir::Program& program() const { return view_->program(); }

  // What libtorch computed for a value of the functional program, where it lasts to the end.
  std::optional<Tensor> ValueOf(ir::ValueId id) const {
    const auto original = view_->Original(id);
    if (!original) return std::nullopt;
    if (const auto input = subject_->inputs.find(*original); input != subject_->inputs.end()) {
      return input->second;
    }
    const auto found = values_.find(*original);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

  // What `node` reads, fed; of a dequantized operand its codes where `as_codes`.
  void Feed(const ir::Node& node, bool as_codes, Tensors& feeds) const {
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) {
        const ir::Node* maker = program().graph.ProducerOf(id);
        const bool dequantizes =
            maker && (std::holds_alternative<ir::DequantizePerTensor>(maker->op) ||
                      std::holds_alternative<ir::DequantizePerChannel>(maker->op));
        const auto value = ValueOf(id);
        if (as_codes && dequantizes) return Feed(*maker, false, feeds);
        if (!value) {
          if (maker != nullptr) Feed(*maker, false, feeds);
          return;
        }
        const auto& declared = program().graph.value(id).type;
        if (!declared || declared->dtype != value->dtype) return Feed(*maker, false, feeds);
        feeds.insert_or_assign(id, *value);
      });
    }
  }

  // Operands as floats, for the bound.
  std::map<ir::ValueId, Tensor> OperandsOf(const ir::Node& node) const {
    std::map<ir::ValueId, Tensor> out;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) {
        if (const auto value = ValueOf(id)) out[id] = *value;
        if (const ir::Constant* constant = program().ConstantOf(id)) {
          out[id] = {constant->type.dtype, constant->type.sizes(), program().BytesOf(*constant)};
        }
      });
    }
    return out;
  }

  static bool IsProduct(const ir::Node& node) {
    return std::holds_alternative<ir::Convolution>(node.op) ||
           std::holds_alternative<ir::Linear>(node.op);
  }

  void CheckNode(const ir::Node& node) {
    for (auto& [name, executor] : executors_) {
      Tensors feeds;
      Feed(node, IsProduct(node), feeds);
      Tally& tally = tallies_[name];
      const std::string where = name + ", " + subject_->name + ": " + node.name;
      Tensor got;
      try {
        got = executor->Run(program(), feeds, {node.outputs[0]}).at(node.outputs[0]);
      } catch (const Error& error) {
        ++tally.refused[error.why()];
        continue;
      }
      ++tally.nodes;
      tally.elements += got.count();
      ASSERT_NO_FATAL_FAILURE(Compare(node, got, *ValueOf(node.outputs[0]), where, tally));
    }
    if (std::holds_alternative<ir::QuantizePerTensor>(node.op)) CheckCodes(node);
  }

  void Compare(const ir::Node& node, const Tensor& got, const Tensor& wanted,
               const std::string& where, Tally& tally) {
    ASSERT_EQ(got.sizes, wanted.sizes) << where;
    if (wanted.dtype != ir::ScalarType::kFloat32) {
      ASSERT_EQ(got.bytes, wanted.bytes) << where;
      return;
    }
    const std::vector<double> ours = Reals(got);
    const auto theirs = wanted.Elements<float>();
    const Promise promise = PromiseOf(node);
    if (promise == Promise::kSum) return CompareSums(node, ours, theirs, where, tally);
    // A batch_norm in float64 is three float32 roundings away from one in float32, and as far as
    // its products cancel: it is held to its formula elsewhere (trace_test, eigen's own tests).
    if (promise == Promise::kBatchNorm && got.dtype == ir::ScalarType::kFloat64) return;
    const std::int64_t most = promise == Promise::kTwoSteps  ? 2
                              : promise == Promise::kOneStep ? 1
                                                             : 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      ASSERT_LE(StepsBetween(static_cast<float>(ours[i]), theirs[i]), most)
          << where << " at " << i << ": " << ours[i] << ", libtorch " << theirs[i];
    }
  }

  // How far a convolution's sum may be from the exact one: the bound on a float32 sum of products
  // in any order (eq. 8), and two roundings more in each product, as libtorch's operands were
  // rounded when they were dequantized. Ours, exact codes times rounded scales, has one rounding at
  // its end.
  static double BoundAt(const SummationBound& bound, std::size_t i) {
    return bound.Of(i) + 4 * 0x1p-24 * bound.magnitude[i];
  }

  void CompareSums(const ir::Node& node, const std::vector<double>& ours,
                   const std::vector<float>& theirs, const std::string& where, Tally& tally) {
    const SummationBound bound = BoundOf(module_, node, OperandsOf(node));
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (std::isnan(bound.exact[i]) || std::isinf(bound.magnitude[i])) {
        ASSERT_EQ(StepsBetween(static_cast<float>(ours[i]), theirs[i]), 0) << where << " at " << i;
        continue;
      }
      const double off = std::fabs(ours[i] - static_cast<double>(theirs[i]));
      ASSERT_LE(off, BoundAt(bound, i)) << where << " at " << i;
      if (off > 0) {
        tally.worst_share_of_bound = std::max(tally.worst_share_of_bound, off / BoundAt(bound, i));
      }
    }
  }

  // The convolution whose value, perhaps through relu or bounds, `quantizer` reads; nullptr: none.
  const ir::Node* ConvolutionBefore(const ir::Node& quantizer) const {
    ir::ValueId at = std::get<ir::QuantizePerTensor>(quantizer.op).input;
    for (const ir::Node* node = program().graph.ProducerOf(at); node != nullptr;
         node = program().graph.ProducerOf(at)) {
      if (IsProduct(*node)) return node;
      const auto* unary = std::get_if<ir::Unary>(&node->op);
      const auto* clamp = std::get_if<ir::Clamp>(&node->op);
      if (unary && unary->kind == ir::Unary::Kind::kRelu) {
        at = unary->input;
      } else if (clamp) {
        at = clamp->input;
      } else {
        return nullptr;
      }
    }
    return nullptr;
  }

  // From the convolution's codes to the quantizer's in each executor.
  void CheckCodes(const ir::Node& quantizer) {
    const ir::Node* conv = ConvolutionBefore(quantizer);
    if (conv == nullptr) return;
    const ir::QuantParams& params = std::get<ir::QuantizePerTensor>(quantizer.op).params;
    const auto theirs = IntegersOf(*ValueOf(quantizer.outputs[0]));
    const SummationBound bound = BoundOf(module_, *conv, OperandsOf(*conv));
    if (bound.exact.size() != theirs.size()) return;
    for (auto& [name, executor] : executors_) {
      Tensors feeds;
      Feed(*conv, true, feeds);
      Tally& tally = tallies_[name];
      std::vector<std::int64_t> ours;
      try {
        ours = IntegersOf(
            executor->Run(program(), feeds, {quantizer.outputs[0]}).at(quantizer.outputs[0]));
      } catch (const Error&) {
        continue;  // counted at the convolution
      }
      tally.codes += static_cast<std::int64_t>(ours.size());
      for (std::size_t i = 0; i < ours.size(); ++i) {
        if (ours[i] == theirs[i]) continue;
        ++tally.flips;
        const std::string where =
            name + ", " + subject_->name + ": " + quantizer.name + " at " + std::to_string(i);
        // The tie between the two codes, in real units, and the float32 rounding of x * f32(1 / s).
        const double upper = static_cast<double>(std::max(ours[i], theirs[i]));
        const double tie = (upper - 0.5 - static_cast<double>(params.zero_point)) * params.scale;
        const double near = BoundAt(bound, i) + 3 * 0x1p-24 * std::fabs(tie);
        ASSERT_EQ(std::abs(ours[i] - theirs[i]), 1) << where;
        ASSERT_LE(std::fabs(bound.exact[i] - tie), near)
            << where << ": " << bound.exact[i] << " is no tie, which is " << tie;
        tally.nearest_flip = std::max(tally.nearest_flip, std::fabs(bound.exact[i] - tie) / near);
      }
    }
  }

  TorchExecutor torch_;
  TorchModule module_;
  std::map<std::string, std::unique_ptr<Executor>> executors_;
  std::map<std::string, Tally> tallies_;
  std::int64_t run_ = 0, not_run_ = 0;
  const Subject* subject_ = nullptr;
  const FunctionalView* view_ = nullptr;
  Tensors values_;
};

// Normal-like floats, the same on every machine.
Tensors RandomInputs(const ir::Program& program) {
  std::mt19937_64 random(3);
  Tensors out;
  for (const ir::ValueId id : program.UserInputs()) {
    const ir::TensorType& type = *program.graph.value(id).type;
    std::vector<float> floats(static_cast<std::size_t>(*type.element_count()));
    for (float& x : floats) {
      x = 0;
      for (int i = 0; i < 4; ++i) x += static_cast<float>(random() >> 40) * 0x1p-24f - 0.5f;
    }
    out.emplace(id, Tensor::Of(ir::ScalarType::kFloat32, type.sizes(), floats));
  }
  return out;
}

bool TakesFloats(const ir::Program& program) {
  return std::ranges::all_of(program.UserInputs(), [&](ir::ValueId id) {
    const auto& type = program.graph.value(id).type;
    return type && type->is_static() && type->dtype == ir::ScalarType::kFloat32;
  });
}

void CheckFolder(const fs::path& folder) {
  std::optional<Agreement> agreement;
  try {
    agreement.emplace();
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".pt2") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    const ir::Program program = pt2::ReadProgram(file);
    if (!TakesFloats(program)) continue;
    agreement->Check({file.filename().string(), program, RandomInputs(program)});
    if (::testing::Test::HasFatalFailure()) return;
  }
  std::cout << agreement->Print();
  EXPECT_GT(agreement->run(), 0);
  for (const auto& [name, tally] : agreement->tallies()) {
    EXPECT_GT(tally.nodes, 0) << name;
    EXPECT_TRUE(tally.refused.empty()) << name << " refuses what libtorch runs";
  }
}

TEST(Agreement, OfIndependentExecutorsOnTheGoldenPrograms) {
  CheckFolder(fs::path(tests::kSourceFolder) / "golden" / "pt2");
}

TEST(Agreement, OfIndependentExecutorsOnTheCorpus) {
  if (!fs::is_directory(Corpus())) GTEST_SKIP() << Corpus() << " is not there";
  CheckFolder(Corpus());
}

TEST(Agreement, OfIndependentExecutorsOnBigPrograms) {
  if (!fs::is_directory(Corpus() / "big")) GTEST_SKIP() << Corpus() << "/big is not there";
  CheckFolder(Corpus() / "big");
}

}  // namespace
}  // namespace foldproof::exec
