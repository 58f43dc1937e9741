// SPDX-License-Identifier: BSD-3-Clause
//
// FoldConvBN that folds what it must leave, leaves what it must fold, or edits what others read.
// There is none for "statistics-unread": batch_norm stays where they are read, and nothing moves.
#include <cmath>
#include <deque>

#include "harness/mutants/mutant_kinds.h"
#include "src/base/error.h"

namespace foldproof::mutants {
namespace {

using fold::CodesMode;
using fold::NormCandidate;
using fold::NormGuard;
using fold::NormPair;
using fold::NormRules;
using fold::Policy;
using ir::Miss;
using NormMatch = std::variant<NormPair, Miss>;

// The guards in their order without those of these names.
std::span<const NormGuard> Without(std::deque<std::vector<NormGuard>>& lists,
                                   std::initializer_list<std::string_view> names) {
  std::vector<NormGuard> list;
  for (const NormGuard& guard : fold::NormGuards()) {
    bool left_out = false;
    for (const std::string_view name : names) left_out |= guard.name == name;
    if (!left_out) list.push_back(guard);
  }
  FP_CHECK(list.size() + names.size() == fold::NormGuards().size());
  return lists.emplace_back(std::move(list));
}

std::size_t OneReader(const ir::Program&, ir::ValueId) { return 1; }

std::optional<Miss> NothingWritten(const ir::Editor&, ir::NodeId) { return std::nullopt; }

// As if batch_norm did not take the statistics of the batch.
NormMatch MatchTraining(const ir::Program& program, const ir::Node& norm) {
  ir::Node evaluated = norm;
  std::get<ir::BatchNorm>(evaluated.op).training = false;
  return fold::MatchNormPair(program, evaluated);
}

// A relu between product and batch_norm is not looked at.
NormMatch MatchThroughRelu(const ir::Program& program, const ir::Node& norm) {
  ir::Node nearer = norm;
  auto& op = std::get<ir::BatchNorm>(nearer.op);
  const ir::Node* maker = program.graph.ProducerOf(op.input);
  const auto* unary = maker == nullptr ? nullptr : std::get_if<ir::Unary>(&maker->op);
  if (unary != nullptr && unary->kind == ir::Unary::Kind::kRelu) op.input = unary->input;
  return fold::MatchNormPair(program, nearer);
}

const ir::Node* ProductOf(const ir::Program& program, const NormMatch& match) {
  const auto* pair = std::get_if<NormPair>(&match);
  return pair == nullptr ? nullptr : &program.graph.node(pair->product);
}

NormMatch MatchNoLinear(const ir::Program& program, const ir::Node& norm) {
  NormMatch match = fold::MatchNormPair(program, norm);
  const ir::Node* product = ProductOf(program, match);
  if (product == nullptr || !std::holds_alternative<ir::Linear>(product->op)) return match;
  return Miss{"no-pair", norm.name, "a linear"};
}

NormMatch MatchNoTransposed(const ir::Program& program, const ir::Node& norm) {
  NormMatch match = fold::MatchNormPair(program, norm);
  const auto* pair = std::get_if<NormPair>(&match);
  if (pair == nullptr || !pair->shape.transposed) return match;
  return Miss{"no-pair", norm.name, "a transposed convolution"};
}

NormMatch MatchNoNative(const ir::Program& program, const ir::Node& norm) {
  if (norm.target == "aten.batch_norm.default") return fold::MatchNormPair(program, norm);
  return Miss{"no-pair", norm.name, "another spelling"};
}

NormMatch MatchAffineOrRaise(const ir::Program& program, const ir::Node& norm) {
  if (!std::get<ir::BatchNorm>(norm.op).weight) {
    throw Error(Error::Code::kInput, norm.name, "it has no weight");
  }
  return fold::MatchNormPair(program, norm);
}

std::variant<NormCandidate, Miss> ReadFloatsAlone(const ir::Program& program,
                                                  const NormPair& pair) {
  auto read = fold::ReadNormPair(program, pair);
  const auto* candidate = std::get_if<NormCandidate>(&read);
  if (candidate == nullptr || !candidate->codes) return read;
  return Miss{"not-constant", program.graph.node(pair.product).name, "a weight of codes"};
}

// A bias that others read is this product's alone, and so is its batch_norm's.
std::variant<NormCandidate, Miss> ReadWithoutBias(const ir::Program& program,
                                                  const NormPair& pair) {
  auto read = fold::ReadNormPair(program, pair);
  if (auto* candidate = std::get_if<NormCandidate>(&read)) {
    candidate->numbers.bias.assign(candidate->numbers.bias.size(), 0.0);
  }
  return read;
}

}  // namespace

std::vector<Mutant> NormMutants() {
  static std::deque<std::vector<NormGuard>> lists;
  std::vector<Mutant> out;
  const auto add = [&](std::string_view name, std::string_view breaks, Policy policy, auto change,
                       CodesMode mode = CodesMode::kRequantize) {
    out.push_back(NormMutantOf(name, breaks, policy, mode, change));
  };
  const auto guards = [&](std::initializer_list<std::string_view> names) {
    return [list = Without(lists, names)](NormRules& rules) { rules.guards = list; };
  };
  const auto match = [](auto part) { return [part](NormRules& rules) { rules.match = part; }; };
  add("norm-batched-unasked", "weights: guard batched: any dimension is the channels",
      Policy::kGuarded, guards({"batched"}), CodesMode::kRescale);
  add("norm-reader-unasked", "weights: guard one-reader: other readers are ignored",
      Policy::kGuarded, guards({"one-reader"}));
  // What a variance below 0 makes is out of float32, too.
  add("norm-nonfinite-unasked", "weights: guard finite: NaN and infinity are folded",
      Policy::kGuarded, guards({"finite", "finite-value"}));
  add("norm-shared-weight-changed", "weights: a weight is changed under its other readers",
      Policy::kRepair, [](NormRules& rules) { rules.readers = OneReader; });
  add(
      "norm-written-unasked", "weights: what is written into is folded", Policy::kGuarded,
      [](NormRules& rules) { rules.written_operand = NothingWritten; }, CodesMode::kRescale);
  // What updates the running statistics writes into them.
  add(
      "norm-training-taken", "weights: batch statistics are taken for running ones",
      Policy::kGuarded,
      [](NormRules& rules) {
        rules.match = MatchTraining;
        rules.written_operand = NothingWritten;
      },
      CodesMode::kRescale);
  add("norm-through-relu", "weights: a relu before batch_norm is not looked at", Policy::kGuarded,
      match(MatchThroughRelu));
  add("norm-linear-unknown", "weights: linear is not seen", Policy::kGuarded, match(MatchNoLinear));
  add("norm-transposed-unknown", "weights: transposed convolutions are not seen", Policy::kGuarded,
      match(MatchNoTransposed));
  add("norm-native-unknown", "weights: _native_batch_norm_legit_no_training is not seen",
      Policy::kGuarded, match(MatchNoNative));
  add("norm-no-affine-raises", "weights: a batch_norm without weight raises an exception",
      Policy::kGuarded, match(MatchAffineOrRaise));
  add("norm-codes-unknown", "weights: those of codes are not seen", Policy::kGuarded,
      [](NormRules& rules) { rules.read = ReadFloatsAlone; });
  add("norm-bias-forgotten", "weights: b' without b", Policy::kGuarded,
      [](NormRules& rules) { rules.read = ReadWithoutBias; });
  return out;
}

}  // namespace foldproof::mutants
