// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/element_map.h"

#include <algorithm>
#include <numeric>

namespace foldproof::prove {
namespace {

using Sizes = std::vector<std::int64_t>;

std::int64_t CountOf(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

Sizes IndexOf(std::int64_t linear, const Sizes& sizes) {
  Sizes index(sizes.size());
  for (std::size_t d = sizes.size(); d-- > 0;) {
    index[d] = linear % sizes[d];
    linear /= sizes[d];
  }
  return index;
}

std::int64_t LinearOf(const Sizes& index, const Sizes& sizes) {
  std::int64_t linear = 0;
  for (std::size_t d = 0; d < sizes.size(); ++d) linear = linear * sizes[d] + index[d];
  return linear;
}

// Where position `i` of a padded line of `size` elements reads, -1 for padding with a constant.
std::int64_t PadSource(std::int64_t i, std::int64_t before, std::int64_t size, ir::Pad::Mode mode) {
  const std::int64_t at = i - before;
  if (at >= 0 && at < size) return at;
  switch (mode) {
    case ir::Pad::Mode::kConstant: return -1;
    case ir::Pad::Mode::kReflect: return at < 0 ? -at : 2 * (size - 1) - at;
    case ir::Pad::Mode::kReplicate: return at < 0 ? 0 : size - 1;
    case ir::Pad::Mode::kCircular: return size > 0 ? (at % size + size) % size : -1;
  }
  return -1;
}

// The index in the operand of `op` that index `to` of its result reads; false for padding.
bool SourceIndex(const ir::Op& op, const Sizes& to, const Sizes& from_sizes, Sizes& from) {
  from = to;
  if (const auto* permute = std::get_if<ir::Permute>(&op)) {
    for (std::size_t d = 0; d < to.size(); ++d)
      from[static_cast<std::size_t>(permute->dims[d])] = to[d];
  } else if (const auto* pad = std::get_if<ir::Pad>(&op)) {
    for (std::size_t pair = 0; 2 * pair + 1 < pad->amounts.size(); ++pair) {
      const std::size_t d = to.size() - 1 - pair;
      from[d] = PadSource(to[d], pad->amounts[2 * pair], from_sizes[d], pad->mode);
      if (from[d] < 0 || from[d] >= from_sizes[d]) return false;
    }
  }
  return true;
}

std::optional<Sizes> StaticSizesOf(const ir::Graph& graph, ir::ValueId value) {
  const auto& type = graph.value(value).type;
  if (!type || !type->element_count() || *type->element_count() > (std::int64_t{1} << 28))
    return std::nullopt;
  return type->sizes();
}

}  // namespace

std::optional<ir::ValueId> MovedOperand(const ir::Node& node) {
  if (const auto* op = std::get_if<ir::Reshape>(&node.op)) return op->input;
  if (const auto* op = std::get_if<ir::Permute>(&node.op)) return op->input;
  if (const auto* op = std::get_if<ir::Copy>(&node.op)) return op->input;
  if (const auto* op = std::get_if<ir::Pad>(&node.op)) return op->input;
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> TraceElements(const FunctionalView& view, ir::ValueId from,
                                                       ir::ValueId to) {
  const ir::Graph& graph = view.program().graph;
  std::vector<const ir::Node*> path;
  for (ir::ValueId value = to; value != from;) {
    const ir::Node* node = graph.ProducerOf(value);
    const auto operand = node ? MovedOperand(*node) : std::nullopt;
    if (!operand) return std::nullopt;
    path.push_back(node);
    value = view.Read(node->id, *operand);
  }
  std::reverse(path.begin(), path.end());
  auto sizes = StaticSizesOf(graph, from);
  if (!sizes) return std::nullopt;
  std::vector<std::int64_t> map(static_cast<std::size_t>(CountOf(*sizes)));
  std::iota(map.begin(), map.end(), std::int64_t{0});
  for (const ir::Node* node : path) {
    const auto next = StaticSizesOf(graph, node->outputs[0]);
    if (!next) return std::nullopt;
    const bool reindexes =
        std::holds_alternative<ir::Permute>(node->op) || std::holds_alternative<ir::Pad>(node->op);
    if (reindexes) {
      std::vector<std::int64_t> moved(static_cast<std::size_t>(CountOf(*next)), -1);
      Sizes source;
      for (std::size_t i = 0; i < moved.size(); ++i) {
        const Sizes index = IndexOf(static_cast<std::int64_t>(i), *next);
        if (!SourceIndex(node->op, index, *sizes, source)) continue;
        moved[i] = map[static_cast<std::size_t>(LinearOf(source, *sizes))];
      }
      map = std::move(moved);
    } else if (CountOf(*next) != CountOf(*sizes)) {
      return std::nullopt;
    }
    sizes = next;
  }
  return map;
}

std::optional<std::int64_t> FollowElement(const FunctionalView& view,
                                          const std::vector<ir::NodeId>& path, std::int64_t index) {
  const ir::Graph& graph = view.program().graph;
  for (const ir::NodeId id : path) {
    const ir::Node& node = graph.node(id);
    const auto* permute = std::get_if<ir::Permute>(&node.op);
    if (permute == nullptr) continue;
    const auto from = StaticSizesOf(graph, view.Read(id, permute->input));
    const auto to = StaticSizesOf(graph, node.outputs[0]);
    if (!from || !to) return std::nullopt;
    const Sizes source = IndexOf(index, *from);
    Sizes moved(source.size());
    for (std::size_t d = 0; d < moved.size(); ++d)
      moved[d] = source[static_cast<std::size_t>(permute->dims[d])];
    index = LinearOf(moved, *to);
  }
  return index;
}

}  // namespace foldproof::prove
