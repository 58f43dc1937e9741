// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/move.h"

#include <algorithm>

#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"

namespace foldproof::prove::tail_op {
namespace {

// The channel's dimension after a reshape: the one of the same size with as many elements before
// it.
std::optional<std::size_t> AxisAfterReshape(const ir::TensorType& from, const ir::TensorType& to,
                                            std::size_t axis) {
  if (!from.is_static() || !to.is_static()) return std::nullopt;
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= from.dims[i].size;
  std::int64_t before = 1;
  for (std::size_t i = 0; i < to.rank(); ++i) {
    if (before == outer && to.dims[i].size == from.dims[axis].size) return i;
    before *= to.dims[i].size;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> OfReshape(NodeReader& reader) {
  const auto* op = reader.As<ir::Reshape>();
  if (op == nullptr) return std::nullopt;
  const auto reg = reader.Input(op->input);
  if (!reg) return std::nullopt;
  const auto& from = reader.TypeOf(reader.scope()[*reg].value);
  const auto& to = reader.TypeOf(reader.result.value);
  if (!from || !to) return std::nullopt;
  if (from->dims == to->dims) return reg;
  Placement& placement = reader.result.placement;
  if (placement.channel_axis) {
    placement.channel_axis = AxisAfterReshape(*from, *to, *placement.channel_axis);
  }
  placement.moves += "r" + to->ToString();
  return reg;
}

std::optional<std::uint32_t> OfPermute(NodeReader& reader) {
  const auto* op = reader.As<ir::Permute>();
  if (op == nullptr) return std::nullopt;
  const auto reg = reader.Input(op->input);
  if (!reg) return std::nullopt;
  Placement& placement = reader.result.placement;
  if (placement.channel_axis) {
    const auto at = std::find(op->dims.begin(), op->dims.end(),
                              static_cast<std::int64_t>(*placement.channel_axis));
    placement.channel_axis = at == op->dims.end()
                                 ? std::nullopt
                                 : std::optional(static_cast<std::size_t>(at - op->dims.begin()));
  }
  placement.moves += "p";
  for (const std::int64_t dim : op->dims) placement.moves += std::to_string(dim) + ",";
  return reg;
}

// The same tensor, or a cast to the type that it has.
std::optional<std::uint32_t> OfCopy(NodeReader& reader) {
  if (reader.IsRestrided()) return std::nullopt;
  if (const auto* op = reader.As<ir::Copy>()) return reader.Input(op->input);
  const auto* op = reader.As<ir::Cast>();
  if (op == nullptr) return std::nullopt;
  const auto reg = reader.Input(op->input);
  const bool keeps = reg && reader.HasType(*reg, op->dtype) && reader.ResultHasType(op->dtype);
  return keeps ? reg : std::nullopt;
}

}  // namespace

std::optional<Move> Move::Build(NodeReader& reader) {
  const auto reg = OfReshape(reader);
  const auto moved = reg ? reg : OfPermute(reader);
  const auto kept = moved ? moved : OfCopy(reader);
  if (!kept) return std::nullopt;
  reader.result.made_with = reader.scope()[*kept].made_with;
  return Move{{*kept}};
}

void Move::Evaluate(PointBlock& block) const {
  const OperandPoints x = block.Read(input);
  std::copy_n(x.low, block.size(), block.low().begin());
  if (!block.exact()) std::copy_n(x.high, block.size(), block.high().begin());
}

std::optional<int> Move::Direction(const Directions& known) const { return known.At(input); }

LinearForm Move::Line(const Lines& known) const { return known.At(input); }

void Move::Ideal(const IdealBlock& known, std::span<double> out) const {
  ForEachIdeal(out, known.Read(input), [](double x) { return x; });
}

std::optional<TaylorModel> Move::Model(const CellModels& known) const { return known.At(input); }

int Move::Degree(const Degrees& known) const { return known.At(input); }

double Move::Deviation(const Deviations& known, std::uint32_t) const { return known.At(input); }

}  // namespace foldproof::prove::tail_op
