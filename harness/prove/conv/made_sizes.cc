// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/made_sizes.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "harness/exec/shape/element_moves.h"
#include "harness/exec/shape/upsampled_axes.h"
#include "harness/exec/shape/window_axis.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

using Sizes = std::vector<std::int64_t>;

constexpr std::int64_t kMostPicked =
    1 << 22;  // elements, whose places are worked out for their sizes

const ir::ArgumentValue* Given(const ir::Node& node, std::string_view name) {
  const ir::ArgumentValue* found = node.Find(name);
  return found == nullptr || std::holds_alternative<ir::None>(*found) ? nullptr : found;
}

// nullopt where it is absent or None; one that is no list of numbers counts as a fault.
std::optional<Sizes> Integers(const ir::Node& node, std::string_view name) {
  const ir::ArgumentValue* given = Given(node, name);
  if (given == nullptr) return std::nullopt;
  if (const auto* one = std::get_if<std::int64_t>(given)) return Sizes{*one};
  if (const auto* many = std::get_if<Sizes>(given)) return *many;
  throw Error(Error::Code::kInput, "", "holds what is no number");
}

std::optional<std::vector<double>> Reals(const ir::Node& node, std::string_view name) {
  const ir::ArgumentValue* given = Given(node, name);
  if (given == nullptr) return std::nullopt;
  if (const auto* one = std::get_if<double>(given)) return std::vector{*one};
  if (const auto* many = std::get_if<std::vector<double>>(given)) return *many;
  throw Error(Error::Code::kInput, "", "holds what is no number");
}

Sizes IntegersOr(const ir::Node& node, std::string_view name, Sizes otherwise) {
  auto given = Integers(node, name);
  return given && !given->empty() ? *std::move(given) : std::move(otherwise);
}

std::optional<Sizes> DeclaredSizes(const ir::Graph& graph, ir::ValueId value) {
  const auto& type = graph.value(value).type;
  return type && type->is_static() ? std::optional(type->sizes()) : std::nullopt;
}

std::optional<Sizes> SizesOfArgument(const ir::Graph& graph, const ir::Node& node,
                                     std::string_view name) {
  const ir::ArgumentValue* given = Given(node, name);
  const auto* value = given == nullptr ? nullptr : std::get_if<ir::ValueId>(given);
  return value == nullptr ? std::nullopt : DeclaredSizes(graph, *value);
}

// "max_pool2d" of "aten.max_pool2d.default".
std::string_view OperatorOf(std::string_view target) {
  if (!target.starts_with("aten.")) return {};
  target.remove_prefix(5);
  return target.substr(0, target.find('.'));
}

Sizes SizesOfPool(const ir::Node& node, Sizes sizes, std::size_t spatial) {
  if (sizes.size() < spatial) throw Error(Error::Code::kInput, "", "has too few dimensions");
  const ir::ArgumentValue* ceil = Given(node, "ceil_mode");
  const bool ceil_mode = ceil != nullptr && std::get<bool>(*ceil);
  const Sizes kernel = IntegersOr(node, "kernel_size", {});
  const Sizes stride = IntegersOr(node, "stride", kernel);
  const Sizes padding = IntegersOr(node, "padding", {0}),
              dilation = IntegersOr(node, "dilation", {1});
  for (std::size_t d = 0; d < spatial; ++d) {
    std::int64_t& size = sizes[sizes.size() - spatial + d];
    const auto number = [&](const Sizes& list, const char* what) {
      return exec::NumberFor(list, d, spatial, what);
    };
    size = exec::MakeWindowAxis({size, number(kernel, "kernel_size"), number(stride, "stride"),
                                 number(padding, "padding"), number(dilation, "dilation"), 0},
                                ceil_mode)
               .out;
  }
  return sizes;
}

Sizes SizesOfUpsampling(const exec::PickArguments& arguments, Sizes sizes) {
  const auto axes = exec::UpsampledAxes(arguments, sizes);
  for (std::size_t d = 0; d < axes.size(); ++d) sizes.at(2 + d) = axes[d].out;
  return sizes;
}

std::size_t NamedDimension(const ir::Node& node, std::size_t rank) {
  std::int64_t dim = IntegersOr(node, "dim", {0}).front();
  if (dim < 0) dim += static_cast<std::int64_t>(rank);
  if (dim < 0 || dim >= static_cast<std::int64_t>(rank)) {
    throw Error(Error::Code::kInput, "", "has no such dimension");
  }
  return static_cast<std::size_t>(dim);
}

std::optional<Sizes> SizesOfCat(const ir::Graph& graph, const ir::Node& node) {
  const ir::ArgumentValue* given = Given(node, "tensors");
  const auto* parts = given == nullptr ? nullptr : std::get_if<std::vector<ir::ValueId>>(given);
  if (parts == nullptr || parts->empty()) return std::nullopt;
  auto out = DeclaredSizes(graph, parts->front());
  if (!out) return std::nullopt;
  const std::size_t dim = NamedDimension(node, out->size());
  for (std::size_t i = 1; i < parts->size(); ++i) {
    auto part = DeclaredSizes(graph, (*parts)[i]);
    if (!part || part->size() != out->size()) return std::nullopt;
    (*out)[dim] += std::exchange((*part)[dim], (*out)[dim]);
    (*part)[dim] = (*out)[dim];
    if (*part != *out) return std::nullopt;
  }
  return out;
}

Sizes SizesOfSlice(const ir::Node& node, Sizes sizes) {
  std::int64_t& size = sizes.at(NamedDimension(node, sizes.size()));
  const auto within = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
  };
  const std::int64_t start = within(IntegersOr(node, "start", {0}).front());
  const std::int64_t end = within(IntegersOr(node, "end", {size}).front());
  const std::int64_t step = IntegersOr(node, "step", {1}).front();
  if (step < 1) throw Error(Error::Code::kInput, "", "steps backwards");
  size = end <= start ? 0 : (end - start - 1) / step + 1;
  return sizes;
}

// What the arguments of `node`, an operator without a type, ask for result `result`; nullopt where
// that is not known here.
std::optional<Sizes> Asked(const ir::Graph& graph, const ir::Node& node, std::size_t result) {
  const std::string_view op = OperatorOf(node.target);
  if (op == "cat") return SizesOfCat(graph, node);
  const auto named = SizesOfArgument(graph, node, "self");
  const auto sizes = named ? named : SizesOfArgument(graph, node, "input");
  if (!sizes) return std::nullopt;
  for (const std::string_view pool : {"max_pool", "avg_pool"}) {
    if (!op.starts_with(pool) || op.size() < pool.size() + 2) continue;
    const std::string_view kind = op.substr(pool.size());  // "2d", "2d_with_indices"
    if (kind[0] < '1' || kind[0] > '3' || kind[1] != 'd') continue;
    return SizesOfPool(node, *sizes, static_cast<std::size_t>(kind[0] - '0'));
  }
  const exec::PickArguments arguments{[&](std::string_view name) { return Integers(node, name); },
                                      [&](std::string_view name) { return Reals(node, name); }};
  if (op.starts_with("upsample_")) return SizesOfUpsampling(arguments, *sizes);
  if (op == "slice") return SizesOfSlice(node, *sizes);
  if (!exec::IsElementPick(node.target)) return std::nullopt;
  const auto count = ir::MakeTensorType(ir::ScalarType::kFloat32, *sizes).element_count();
  if (!count || *count > kMostPicked) return std::nullopt;
  auto picks = exec::PickElements(node.target, arguments, *sizes);
  return result < picks.size() ? std::optional(std::move(picks[result].sizes)) : std::nullopt;
}

bool IsAsAsked(const ir::Graph& graph, const ir::Node& node, ir::ValueId made) {
  const auto declared = DeclaredSizes(graph, made);
  if (!declared) return false;
  if (!std::holds_alternative<ir::Opaque>(node.op)) return true;
  const auto result = std::ranges::find(node.outputs, made) - node.outputs.begin();
  try {
    return Asked(graph, node, static_cast<std::size_t>(result)) == declared;
  } catch (const Error&) {
    return false;  // its arguments do not fit its operand
  }
}

}  // namespace

bool SizesAreMade(const ir::Graph& graph, ir::ValueId value) {
  std::set<ir::ValueId> seen{value};
  std::vector<ir::ValueId> open{value};
  bool made = true;
  for (std::size_t i = 0; made && i < open.size(); ++i) {
    const ir::Node* node = graph.ProducerOf(open[i]);
    if (node == nullptr || std::holds_alternative<ir::GetAttr>(node->op)) continue;
    made = IsAsAsked(graph, *node, open[i]);
    for (const ir::Argument& argument : node->arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId read) {
        made = made && DeclaredSizes(graph, read);
        if (seen.insert(read).second) open.push_back(read);
      });
    }
  }
  return made;
}

}  // namespace foldproof::prove
