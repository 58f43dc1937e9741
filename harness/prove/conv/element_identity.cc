// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/element_identity.h"

#include <bit>
#include <map>
#include <numeric>
#include <string>

#include "harness/prove/conv/element_map.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostIdentified = std::int64_t{1} << 16;
constexpr int kDeepestElement = 64;
constexpr int kMostElementVisits = 1024;

using Ids = std::vector<std::int64_t>;

class Identifier {
 public:
  explicit Identifier(const exec::FunctionalView& view)
      : view_(view), graph_(view.program().graph) {}

  std::optional<Ids> Of(ir::ValueId value, int depth);
  bool copies() const { return copies_; }
  // Whether a copying operator is met at all on the way back along first operands: a cheap look.
  bool MayCopy(ir::ValueId value) const;

 private:
  std::optional<Ids> Behind(const ir::Node& node, ir::ValueId value, int depth);
  std::optional<Ids> Moved(const ir::Node& node, ir::ValueId from, ir::ValueId value, int depth);
  std::optional<Ids> Function(const ir::Node& node, ir::ValueId operand, const std::string& what,
                              int depth);
  std::optional<Ids> Concatenated(const ir::Node& node, ir::ValueId value, int depth);
  std::optional<Ids> Expanded(const ir::Node& node, ir::ValueId value, int depth);
  std::optional<std::int64_t> CountOf(ir::ValueId value) const {
    const auto& type = graph_.value(value).type;
    const auto count = type ? type->element_count() : std::nullopt;
    return count && *count <= kMostIdentified ? count : std::nullopt;
  }
  std::int64_t Next() { return next_++; }

  const exec::FunctionalView& view_;
  const ir::Graph& graph_;
  std::map<ir::ValueId, Ids> known_;
  std::map<std::pair<std::string, std::int64_t>, std::int64_t> of_function_;
  std::int64_t next_ = 0;
  int visits_ = 0;
  bool copies_ = false;
};

bool Identifier::MayCopy(ir::ValueId value) const {
  for (int depth = 0; depth < kDeepestElement; ++depth) {
    const ir::Node* node = graph_.ProducerOf(value);
    if (node == nullptr) return false;
    if (node->target == "aten.cat.default" || node->target == "aten.expand.default") return true;
    const auto* pad = std::get_if<ir::Pad>(&node->op);
    if (pad != nullptr && pad->mode != ir::Pad::Mode::kConstant) return true;
    std::optional<ir::ValueId> operand = MovedOperand(*node);
    if (const auto* q = std::get_if<ir::QuantizePerTensor>(&node->op)) operand = q->input;
    if (const auto* dq = std::get_if<ir::DequantizePerTensor>(&node->op)) operand = dq->input;
    if (const auto* unary = std::get_if<ir::Unary>(&node->op)) operand = unary->input;
    if (!operand) return false;
    value = view_.Read(node->id, *operand);
  }
  return false;
}

std::optional<Ids> Identifier::Of(ir::ValueId value, int depth) {
  const auto found = known_.find(value);
  if (found != known_.end()) return found->second;
  const auto count = CountOf(value);
  if (!count) return std::nullopt;
  std::optional<Ids> out;
  const ir::Node* node = graph_.ProducerOf(value);
  if (node != nullptr && depth < kDeepestElement && ++visits_ < kMostElementVisits)
    out = Behind(*node, value, depth + 1);
  if (!out || static_cast<std::int64_t>(out->size()) != *count) {
    out.emplace(static_cast<std::size_t>(*count));
    for (std::int64_t& id : *out) id = Next();
  }
  return known_.emplace(value, *std::move(out)).first->second;
}

std::optional<Ids> Identifier::Behind(const ir::Node& node, ir::ValueId value, int depth) {
  if (const auto operand = MovedOperand(node)) return Moved(node, *operand, value, depth);
  if (const auto* op = std::get_if<ir::QuantizePerTensor>(&node.op)) {
    const ir::QuantParams& p = op->params;
    return Function(node, op->input,
                    "q" + std::to_string(std::bit_cast<std::uint64_t>(p.scale)) + "," +
                        std::to_string(p.zero_point) + "," + std::to_string(p.quant_min) + "," +
                        std::to_string(p.quant_max) + "," + std::string(ir::Name(p.dtype)),
                    depth);
  }
  if (const auto* op = std::get_if<ir::DequantizePerTensor>(&node.op)) {
    return Function(node, op->input,
                    "dq" + std::to_string(std::bit_cast<std::uint64_t>(op->params.scale)) + "," +
                        std::to_string(op->params.zero_point),
                    depth);
  }
  if (const auto* op = std::get_if<ir::Unary>(&node.op)) {
    // Others depend on the place in their last bits.
    if (op->kind == ir::Unary::Kind::kRelu) return Function(node, op->input, "relu", depth);
    return std::nullopt;
  }
  if (node.target == "aten.cat.default") return Concatenated(node, value, depth);
  if (node.target == "aten.expand.default") return Expanded(node, value, depth);
  return std::nullopt;
}

std::optional<Ids> Identifier::Moved(const ir::Node& node, ir::ValueId from, ir::ValueId value,
                                     int depth) {
  const ir::ValueId read = view_.Read(node.id, from);
  const auto ids = Of(read, depth);
  const auto map = ids ? TraceElements(view_, read, value) : std::nullopt;
  if (!map) return std::nullopt;
  if (const auto* pad = std::get_if<ir::Pad>(&node.op))
    copies_ |= pad->mode != ir::Pad::Mode::kConstant;
  Ids out(map->size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t at = (*map)[i];
    out[i] = at < 0 ? -1 : (*ids)[static_cast<std::size_t>(at)];
  }
  return out;
}

std::optional<Ids> Identifier::Function(const ir::Node& node, ir::ValueId operand,
                                        const std::string& what, int depth) {
  auto ids = Of(view_.Read(node.id, operand), depth);
  if (!ids) return std::nullopt;
  for (std::int64_t& id : *ids) {
    const auto [found, added] = of_function_.try_emplace({what, id}, next_);
    if (added) ++next_;
    id = found->second;
  }
  return ids;
}

std::optional<Ids> Identifier::Concatenated(const ir::Node& node, ir::ValueId value, int depth) {
  const auto* list = node.Find("tensors");
  const auto* tensors = list ? std::get_if<std::vector<ir::ValueId>>(list) : nullptr;
  const auto* given = node.Find("dim");
  if (tensors == nullptr || (given && !std::holds_alternative<std::int64_t>(*given)))
    return std::nullopt;
  std::int64_t dim = given ? std::get<std::int64_t>(*given) : 0;
  const auto sizes = graph_.value(value).type->sizes();
  const auto rank = static_cast<std::int64_t>(sizes.size());
  if (dim < 0) dim += rank;
  if (dim < 0 || dim >= rank) return std::nullopt;
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (std::int64_t d = 0; d < rank; ++d)
    (d < dim ? outer : inner) *= sizes[static_cast<std::size_t>(d)];
  if (outer == 0) return Ids();  // an empty batch
  Ids out(static_cast<std::size_t>(outer * inner));
  std::int64_t at = 0;
  for (const ir::ValueId tensor : *tensors) {
    const auto ids = Of(view_.Read(node.id, tensor), depth);
    if (!ids) return std::nullopt;
    const auto part = static_cast<std::int64_t>(ids->size()) / outer;
    if (part * outer != static_cast<std::int64_t>(ids->size()) || at + part > inner)
      return std::nullopt;
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t i = 0; i < part; ++i)
        out[static_cast<std::size_t>(o * inner + at + i)] =
            (*ids)[static_cast<std::size_t>(o * part + i)];
    }
    at += part;
  }
  if (at != inner) return std::nullopt;
  copies_ = true;
  return out;
}

std::optional<Ids> Identifier::Expanded(const ir::Node& node, ir::ValueId value, int depth) {
  const auto* self = node.Find("self");
  const auto* operand = self ? std::get_if<ir::ValueId>(self) : nullptr;
  if (operand == nullptr) return std::nullopt;
  const ir::ValueId read = view_.Read(node.id, *operand);
  const auto ids = Of(read, depth);
  if (!ids) return std::nullopt;
  const auto from = graph_.value(read).type->sizes();
  const auto to = graph_.value(value).type->sizes();
  if (from.size() > to.size()) return std::nullopt;
  Ids out(static_cast<std::size_t>(*CountOf(value)));
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t at = 0;
    std::int64_t stride = 1;
    for (std::size_t d = to.size(); d-- > 0;) {
      const std::int64_t index = rest % to[d];
      rest /= to[d];
      if (d + from.size() < to.size()) continue;
      const std::int64_t size = from[d + from.size() - to.size()];
      if (size != 1 && size != to[d]) return std::nullopt;
      if (size != 1) at += index * stride;
      stride *= size;
    }
    out[i] = (*ids)[static_cast<std::size_t>(at)];
  }
  copies_ = true;
  return out;
}

}  // namespace

std::optional<std::vector<std::int64_t>> IdentifyElements(const exec::FunctionalView& view,
                                                          ir::ValueId value) {
  Identifier identifier(view);
  if (!identifier.MayCopy(value)) return std::nullopt;
  auto out = identifier.Of(value, 0);
  return identifier.copies() ? std::move(out) : std::nullopt;
}

bool MayCopyElements(const exec::FunctionalView& view, ir::ValueId value) {
  return Identifier(view).MayCopy(value);
}

}  // namespace foldproof::prove
