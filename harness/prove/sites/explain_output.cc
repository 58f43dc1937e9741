// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/match_reports.h"
#include "harness/prove/sites/site_match.h"

#include <algorithm>
#include <tuple>

#include "harness/prove/constants/widened_half.h"
#include "harness/prove/conv/follows_strides.h"
#include "harness/prove/sites/unlike.h"

namespace foldproof::prove {
namespace {

// Whether two stored constants of unlike types hold the same numbers: what reads them may compute
// the same of both, or not.
bool HoldSameNumbers(const Side& before_side, ir::ValueId before, const Side& after_side,
                     ir::ValueId after) {
  const auto numbers = [](const Side& side, ir::ValueId value) -> std::optional<ConstantValue> {
    if (auto wide = WidenedHalf(side.view.program(), value)) return wide;
    const auto found = side.constants.Find(value);
    return found != nullptr ? std::optional(*found) : std::nullopt;
  };
  const auto dtype = [](const Side& side, ir::ValueId value) {
    return side.view.program().ConstantOf(value)->type.dtype;
  };
  if (dtype(before_side, before) == dtype(after_side, after)) return false;
  const auto b = numbers(before_side, before), a = numbers(after_side, after);
  return b && a && b->value.sizes == a->value.sizes && b->Ideal() == a->Ideal();
}

// Whether the program has a constant of that number: one that the other program reads there is then
// moved, not changed.
bool HasConstant(const Side& side, const Numbering& numbers, ValueNumber number) {
  return std::ranges::any_of(side.view.program().inputs, [&](const ir::InputSpec& input) {
    return side.view.program().ConstantOf(input.value) != nullptr &&
           numbers.Of(input.value) == number;
  });
}

}  // namespace

ChangedOutput ExplainOutput(const Side& before_side, const Numbering& before_numbers,
                            const Side& after_side, const Numbering& after_numbers,
                            const std::set<ir::NodeId>& unmatched, std::uint32_t output,
                            ir::ValueId before, ir::ValueId after) {
  const ir::Graph& before_graph = before_side.view.program().graph;
  const ir::Graph& after_graph = after_side.view.program().graph;
  ChangedOutput out;
  out.output = output;
  for (;;) {
    const ir::Node* b = before_graph.ProducerOf(before);
    const ir::Node* a = after_graph.ProducerOf(after);
    const bool b_stored = before_side.view.program().ConstantOf(before) != nullptr;
    const bool a_stored = after_side.view.program().ConstantOf(after) != nullptr;
    out.node = a != nullptr ? a->name : after_graph.value(after).name;
    out.op = a != nullptr ? a->target : "";
    if (b_stored && a_stored && HoldSameNumbers(before_side, before, after_side, after)) {
      out.reason = "output " + std::to_string(output) + " is not proved equal: constant " +
                   out.node + " holds the same numbers as another type";
      return out;
    }
    if (b_stored && a_stored && HasConstant(before_side, before_numbers, after_numbers.Of(after))) {
      out.reason = "output " + std::to_string(output) + " is not proved equal: constant " +
                   out.node + " stands where the program before the fold reads " +
                   before_graph.value(before).name +
                   "; it has both, and which stands where may not matter";
      return out;
    }
    if (b_stored && a_stored) {
      out.constant = true;
      out.reason = "constant " + out.node + " was changed under another reader";
      return out;
    }
    std::optional<std::pair<ir::ValueId, ir::ValueId>> deeper;
    bool strides = false;  // an operand may have other ones, and the node may give other bits then
    if (b != nullptr && a != nullptr && Numbering::Attributes(*b) == Numbering::Attributes(*a)) {
      for (std::uint32_t i = 0; i < b->arguments.size() && !deeper; ++i) {
        const auto* vb = std::get_if<ir::ValueId>(&b->arguments[i].value);
        const auto* va = std::get_if<ir::ValueId>(&a->arguments[i].value);
        if (vb == nullptr || va == nullptr) continue;
        const ir::ValueId rb = before_side.view.Read(b->id, *vb);
        const ir::ValueId ra = after_side.view.Read(a->id, *va);
        const ValueNumbers from = before_numbers.AsRead(*b, {b->id.index, i, 0}, rb);
        const ValueNumbers to = after_numbers.AsRead(*a, {a->id.index, i, 0}, ra);
        strides |= from.layout != to.layout && FollowsStrides(after_graph, *a);
        if (from.value != to.value) {
          // A conv with integers that no site covers, for its weight, is unproved by itself: nobody
          // else reads what was changed.
          if (b->arguments[i].name == "weight" && unmatched.contains(b->id)) break;
          deeper = {rb, ra};
        }
      }
    }
    if (!deeper) {
      const auto unlike = WhyUnlike(after_graph, after);
      const auto before_unlike = WhyUnlike(before_graph, before);
      if (unlike || before_unlike) {
        out.reason = "output " + std::to_string(output) +
                     " is not proved equal: " + (unlike ? *unlike : *before_unlike);
        return out;
      }
      out.reason =
          "output " + std::to_string(output) + " is not proved equal at " + out.node +
          (out.op.empty() ? "" : " (" + out.op + ")") +
          (strides ? ", whose operands may lie otherwise in memory" : ", which no site covers");
      return out;
    }
    std::tie(before, after) = *deeper;
  }
}

}  // namespace foldproof::prove
