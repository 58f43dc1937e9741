// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/input_extents.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/prove/constants/tensor_numbers.h"
#include "harness/prove/conv/element_map.h"

namespace foldproof::verify {
namespace {

// What a conv or a linear reads, before what only moves elements.
std::optional<ir::ValueId> OriginOf(const ir::Program& program, const ir::Node& node) {
  std::optional<ir::ValueId> value;
  if (const auto* conv = std::get_if<ir::Convolution>(&node.op)) value = conv->input;
  if (const auto* linear = std::get_if<ir::Linear>(&node.op)) value = linear->input;
  while (value) {
    const ir::Node* made_by = program.graph.ProducerOf(*value);
    if (made_by == nullptr) return value;
    value = prove::MovedOperand(*made_by);
  }
  return value;
}

}  // namespace

InputExtents::InputExtents(const ir::Program& program, prove::FloatBox box) : box_(box) {
  for (const ir::InputSpec& input : program.inputs) {
    if (input.kind != ir::InputSpec::Kind::kUserInput) continue;
    const bool is_read = std::ranges::any_of(program.graph.nodes(), [&](const ir::Node& node) {
      return OriginOf(program, node) == std::optional(input.value);
    });
    const auto& type = program.graph.value(input.value).type;
    const bool is_float = type && (type->dtype == ir::ScalarType::kFloat32 ||
                                   type->dtype == ir::ScalarType::kFloat64);
    if (is_read && is_float)
      extents_.push_back({input.value, program.graph.value(input.value).name});
  }
}

void InputExtents::Add(const exec::Tensors& run) {
  for (Extent& extent : extents_) {
    const auto found = run.find(extent.input);
    if (found == run.end() || !prove::IsComputed(found->second.dtype)) continue;
    for (const double x : prove::NumbersOf<double>(found->second)) {
      ++extent.count;
      extent.outside += !(x >= box_.low && x <= box_.high);  // NaN lies in no range
      if (!std::isfinite(x)) continue;
      extent.low = std::min(extent.low, x);
      extent.high = std::max(extent.high, x);
    }
  }
}

void InputExtents::Tell(const std::string& file, Notes& notes) const {
  for (const Extent& extent : extents_) {
    if (extent.outside == 0) continue;
    notes.push_back(fmt::format(
        "{} of the {} numbers that {} gives the input {} lie outside of [{}, {}], so the "
        "proof says nothing of them",
        extent.outside, extent.count, file, extent.name, box_.low, box_.high));
    if (extent.low > extent.high) continue;
    notes.back() += fmt::format("; --input-range={:g}:{:g} would hold all that are finite",
                                std::min(extent.low, box_.low), std::max(extent.high, box_.high));
  }
}

}  // namespace foldproof::verify
