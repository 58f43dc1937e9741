// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/graphs.h"

#include <algorithm>
#include <map>
#include <set>

namespace foldproof::verify {
namespace {

constexpr std::size_t kMostNodes = 2000;
constexpr ir::ValueId kNoValue{0xffffffff};

// Which node of one program stands for which of the other, and what is different about them.
class GraphDifference {
 public:
  GraphDifference(const ir::Program& before, const ir::Program& after,
                  const prove::Matching& matching)
      : before_(before), after_(after) {
    for (const prove::MatchedSite& site : matching.sites) Pair(site.before_conv, site.after_conv);
    for (const ir::Node& node : before.graph.nodes()) PairByName(node);
    for (const prove::MatchedValue& value : matching.values) {
      const ir::Node* b = before.graph.ProducerOf(value.before);
      const ir::Node* a = after.graph.ProducerOf(value.after);
      if (b != nullptr && a != nullptr && b->target == a->target) Pair(b->id, a->id);
    }
  }

  Graphs Listed() const {
    return {List(before_, to_after_, after_, true), List(after_, to_before_, before_, false)};
  }

 private:
  using Pairs = std::map<ir::NodeId, ir::NodeId>;

  void Pair(ir::NodeId before, ir::NodeId after) {
    if (to_after_.contains(before) || to_before_.contains(after)) return;
    to_after_[before] = after;
    to_before_[after] = before;
  }

  // Passes keep the names of what they leave alone.
  void PairByName(const ir::Node& node) {
    const auto value =
        after_.graph.FindValue(node.outputs.empty() ? std::string_view(node.name)
                                                    : before_.graph.value(node.outputs[0]).name);
    const ir::Node* other = value ? after_.graph.ProducerOf(*value) : nullptr;
    if (other != nullptr && other->target == node.target) Pair(node.id, other->id);
  }

  // True where both are the same constant, or both none.
  bool SameConstant(ir::ValueId before, ir::ValueId after) const {
    const ir::Constant* b = before_.ConstantOf(before);
    const ir::Constant* a = after_.ConstantOf(after);
    if (b == nullptr || a == nullptr) return b == a;
    return before_.graph.value(before).type == after_.graph.value(after).type &&
           before_.BytesOf(*b) == after_.BytesOf(*a);
  }

  // What `value` of the before-program is called in the other; kNoValue where it is not there.
  ir::ValueId Counterpart(ir::ValueId value) const {
    const ir::Value& own = before_.graph.value(value);
    std::optional<ir::ValueId> other;
    if (!own.producer) {
      other = after_.graph.FindValue(own.name);
      if (other && after_.graph.ProducerOf(*other) != nullptr) other.reset();
    } else if (const auto pair = to_after_.find(*own.producer); pair != to_after_.end()) {
      const auto& outputs = after_.graph.node(pair->second).outputs;
      if (own.output < outputs.size()) other = outputs[own.output];
    }
    return other && SameConstant(value, *other) ? *other : kNoValue;
  }

  // The names of the arguments that are not the same in both.
  std::vector<std::string> Changes(const ir::Node& before, const ir::Node& after) const {
    std::vector<std::string> out;
    for (const ir::Argument& argument : before.arguments) {
      const ir::ArgumentValue* other = after.Find(argument.name);
      const auto renumbered =
          ir::Renumbered(argument.value, [&](ir::ValueId id) { return Counterpart(id); });
      if (other == nullptr || !(*other == renumbered)) out.push_back(argument.name);
    }
    for (const ir::Argument& argument : after.arguments) {
      if (before.Find(argument.name) == nullptr) out.push_back(argument.name);
    }
    return out;
  }

  std::vector<std::string> ChangesOf(const ir::Node& node, ir::NodeId other, bool before) const {
    return before ? Changes(node, after_.graph.node(other))
                  : Changes(before_.graph.node(other), node);
  }

  // What a large program's picture keeps: convs, what changed, and what these read.
  std::set<ir::NodeId> Kept(const ir::Program& program, const Pairs& pairs, bool before) const {
    std::set<ir::NodeId> kept;
    const bool all = program.graph.nodes().size() <= kMostNodes;
    for (const ir::Node& node : program.graph.nodes()) {
      const auto pair = pairs.find(node.id);
      const bool told = std::holds_alternative<ir::Convolution>(node.op) || pair == pairs.end() ||
                        !ChangesOf(node, pair->second, before).empty();
      if (!all && !told) continue;
      kept.insert(node.id);
      for (const ir::Argument& argument : node.arguments) {
        ir::ForEachRead(argument.value, [&](ir::ValueId id) {
          if (const ir::Node* from = program.graph.ProducerOf(id)) kept.insert(from->id);
        });
      }
    }
    return kept;
  }

  GraphListing List(const ir::Program& program, const Pairs& pairs, const ir::Program& other,
                    bool before) const {
    const std::set<ir::NodeId> kept = Kept(program, pairs, before);
    GraphListing out;
    out.left_out = program.graph.nodes().size() - kept.size();
    for (const ir::Node& node : program.graph.nodes()) {
      if (!kept.contains(node.id)) continue;
      GraphNode one{node.name, node.target, {}, {}, {}};
      for (const ir::Argument& argument : node.arguments) {
        ir::ForEachRead(argument.value, [&](ir::ValueId id) {
          one.inputs.push_back(program.graph.value(id).name);
        });
      }
      if (const auto pair = pairs.find(node.id); pair != pairs.end()) {
        one.counterpart = other.graph.node(pair->second).name;
        one.changed = ChangesOf(node, pair->second, before);
      }
      out.nodes.push_back(std::move(one));
    }
    return out;
  }

  const ir::Program& before_;
  const ir::Program& after_;
  Pairs to_after_;
  Pairs to_before_;
};

}  // namespace

Graphs GraphsOf(const prove::Side& before, const prove::Side& after,
                const prove::Matching& matching) {
  return GraphDifference(before.view.program(), after.view.program(), matching).Listed();
}

}  // namespace foldproof::verify
