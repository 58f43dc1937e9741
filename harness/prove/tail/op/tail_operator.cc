// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/tail_operator.h"

#include <type_traits>

#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// The first operator of the list that the node is.
template <typename... Operators>
std::optional<TailOperator> BuildFirst(NodeReader& reader,
                                       std::type_identity<std::variant<Operators...>>) {
  std::optional<TailOperator> out;
  const auto try_one = [&](auto built) {
    if (built) out = *std::move(built);
    return out.has_value();
  };
  (void)(try_one(Operators::Build(reader)) || ...);
  return out;
}

// `ask` of the operator, which must be a quantizer.
template <typename Ask>
auto OfQuantizer(const TailOperator& op, Ask ask) {
  return std::visit(
      [&](const auto& one) -> decltype(ask(std::get<tail_op::Quantize>(op))) {
        if constexpr (std::remove_cvref_t<decltype(one)>::kRole == Role::kQuantizer) {
          return ask(one);
        } else {
          FP_CHECK(!"a quantizer");
          std::abort();
        }
      },
      op);
}

}  // namespace

std::optional<TailOperator> BuildOperator(NodeReader& reader) {
  return BuildFirst(reader, std::type_identity<TailOperator>());
}

RegisterList ReadsOf(const TailOperator& op) {
  return std::visit([](const auto& one) { return one.Reads(); }, op);
}

Role RoleOf(const TailOperator& op) {
  return std::visit([](const auto& one) { return one.kRole; }, op);
}

bool IsBitExact(const TailOperator& op) {
  return std::visit([](const auto& one) { return one.IsBitExact(); }, op);
}

void Evaluate(const TailOperator& op, PointBlock& block) {
  std::visit(
      [&](const auto& one) {
        bool exact = one.IsBitExact();
        for (const std::uint32_t reg : one.Reads()) exact = exact && block.exact(reg);
        block.set_exact(exact);
        one.Evaluate(block);
      },
      op);
}

std::optional<int> DirectionOf(const TailOperator& op, const Directions& known) {
  return std::visit([&](const auto& one) { return one.Direction(known); }, op);
}

LinearForm LineOf(const TailOperator& op, const Lines& known) {
  return std::visit([&](const auto& one) { return one.Line(known); }, op);
}

void ComputeIdeal(const TailOperator& op, const IdealBlock& known, std::span<double> out) {
  std::visit([&](const auto& one) { one.Ideal(known, out); }, op);
}

std::optional<TaylorModel> ModelOf(const TailOperator& op, const CellModels& known) {
  return std::visit([&](const auto& one) { return one.Model(known); }, op);
}

int DegreeOf(const TailOperator& op, const Degrees& known) {
  return std::visit([&](const auto& one) { return one.Degree(known); }, op);
}

Kinks KinksOf(const TailOperator& op) {
  return std::visit([](const auto& one) { return one.FindKinks(); }, op);
}

double DeviationOf(const TailOperator& op, const Deviations& known, std::uint32_t to) {
  return std::visit([&](const auto& one) { return one.Deviation(known, to); }, op);
}

std::optional<exec::Activation> ActivationOf(const TailOperator& op) {
  return std::visit([](const auto& one) { return one.AsActivation(); }, op);
}

const ir::QuantParams& ParamsOf(const TailOperator& op) {
  return *OfQuantizer(op, [](const auto& one) { return &one.params; });
}

double DeviationBeforeRounding(const TailOperator& op, const Deviations& known) {
  return OfQuantizer(op, [&](const auto& one) { return one.DeviationBeforeRounding(known); });
}

std::optional<Direction> OwnDirectionOf(const TailOperator& op, std::size_t channel,
                                        std::int64_t low, std::int64_t high) {
  return OfQuantizer(op, [&](const auto& one) { return one.OwnDirection(channel, low, high); });
}

void ComputeExtendedCodes(const TailOperator& op, const PointBlock& block, IntervalEnd end,
                          std::span<float> codes) {
  OfQuantizer(op, [&](const auto& one) { one.ExtendedCodes(block, end, codes); });
}

}  // namespace foldproof::prove
