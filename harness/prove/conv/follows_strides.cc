// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/follows_strides.h"

#include <algorithm>
#include <string_view>

#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/conv/element_map.h"

namespace foldproof::prove {
namespace {

class Follows {
 public:
  Follows(const ir::Graph& graph, const ir::Node& node) : graph_(graph), node_(node) {}

  // Elements that are moved, made or computed each by itself, by correctly rounded operations.
  bool operator()(const ir::GetAttr&) const { return false; }
  bool operator()(const ir::QuantizePerTensor&) const { return false; }
  bool operator()(const ir::DequantizePerTensor&) const { return false; }
  bool operator()(const ir::QuantizePerChannel&) const { return false; }
  bool operator()(const ir::DequantizePerChannel&) const { return false; }
  bool operator()(const ir::Compare&) const { return false; }
  bool operator()(const ir::Where&) const { return false; }
  bool operator()(const ir::Prelu&) const { return false; }
  bool operator()(const ir::Clamp&) const { return false; }
  bool operator()(const ir::Reshape&) const { return false; }
  bool operator()(const ir::Permute&) const { return false; }
  bool operator()(const ir::Copy&) const { return false; }
  bool operator()(const ir::Cast&) const { return false; }
  bool operator()(const ir::Fill&) const { return false; }
  bool operator()(const ir::Pad&) const { return false; }

  bool operator()(const ir::Unary& op) const { return !IsBitExact(op.kind); }

  // Which of -0 and +0 is the larger one, and whether alpha * b is rounded by itself, depends on
  // whether an element is in a vector.
  bool operator()(const ir::Binary& op) const {
    if (op.kind == ir::Binary::Kind::kMinimum || op.kind == ir::Binary::Kind::kMaximum) return true;
    return std::visit([](auto alpha) { return alpha != 1; }, op.alpha);
  }

  bool operator()(const ir::BatchNorm&) const { return true; }

  // Codes have an exact sum, which is what is judged; floats are summed in an order.
  bool operator()(const ir::Convolution& op) const { return !SumsCodes(op.input, op.weight); }
  bool operator()(const ir::Linear& op) const { return !SumsCodes(op.input, op.weight); }

  bool operator()(const ir::Opaque&) const {
    static constexpr std::string_view kPicking[] = {
        "aten.max_pool1d.", "aten.max_pool2d.",    "aten.max_pool3d.", "aten.cat.",
        "aten.slice.",      "aten.select.",        "aten.expand.",     "aten.split",
        "aten.chunk.",      "aten.unbind.",        "aten.flip.",       "aten.roll.",
        "aten.sym_size.",   "aten.slice_scatter.", "aten.stack.",      "aten.select_scatter.",
        "_operator."};
    return std::ranges::none_of(kPicking,
                                [&](std::string_view p) { return node_.target.starts_with(p); });
  }

 private:
  bool SumsCodes(ir::ValueId input, ir::ValueId weight) const {
    const ir::Node* maker = graph_.ProducerOf(input);
    while (maker != nullptr && MovedOperand(*maker)) {
      maker = graph_.ProducerOf(*MovedOperand(*maker));
    }
    const ir::Node* weights = graph_.ProducerOf(weight);
    return maker != nullptr && std::holds_alternative<ir::DequantizePerTensor>(maker->op) &&
           weights != nullptr &&
           (std::holds_alternative<ir::DequantizePerTensor>(weights->op) ||
            std::holds_alternative<ir::DequantizePerChannel>(weights->op));
  }

  const ir::Graph& graph_;
  const ir::Node& node_;
};

}  // namespace

bool FollowsStrides(const ir::Graph& graph, const ir::Node& node) {
  return std::visit(Follows(graph, node), node.op);
}

}  // namespace foldproof::prove
