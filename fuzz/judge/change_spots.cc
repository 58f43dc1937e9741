// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/change_spots.h"

#include <algorithm>
#include <cstring>

namespace foldproof::fuzz {
namespace {

bool IsUsable(const std::optional<ir::TensorType>& type, const AcceptsType& accepts) {
  return type && type->is_static() && type->element_count().value_or(0) > 0 && accepts(*type);
}

template <typename T>
std::vector<std::byte> AsBytes(const std::vector<T>& elements) {
  std::vector<std::byte> out(elements.size() * sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), elements.data(), out.size());
  return out;
}

}  // namespace

bool IsFloat32(const ir::TensorType& type) { return type.dtype == ir::ScalarType::kFloat32; }

bool IsAnyNumber(const ir::TensorType& type) {
  return IsFloat32(type) || type.dtype == ir::ScalarType::kInt8 ||
         type.dtype == ir::ScalarType::kUInt8 || type.dtype == ir::ScalarType::kInt16;
}

std::vector<ir::ValueId> ActiveValues(const Sketch& sketch, const AcceptsType& accepts) {
  const std::vector<char> active = sketch.Active();
  std::vector<char> read(sketch.value_count(), 0);
  const auto note = [&](const ir::ArgumentValue& value) {
    ir::ForEachRead(value, [&](ir::ValueId id) { read[id.index] = 1; });
  };
  for (const SketchNode& node : sketch.nodes) {
    for (const ir::Argument& argument : node.arguments) note(argument.value);
  }
  for (const ir::ArgumentValue& output : sketch.outputs) note(output);
  std::vector<ir::ValueId> out;
  for (std::uint32_t i = 0; i < sketch.value_count(); ++i) {
    const bool is_candidate = active[i] != 0 && read[i] != 0;
    if (is_candidate && IsUsable(sketch.value({i}).type, accepts)) out.push_back({i});
  }
  return out;
}

std::optional<ir::ValueId> PickValue(const Sketch& sketch, Chooser& chooser,
                                     const std::vector<ir::ValueId>& values) {
  if (values.empty()) return std::nullopt;
  std::vector<ir::ValueId> near;
  for (const ir::ValueId id : values) {
    if (std::ranges::find(sketch.recent, id) != sketch.recent.end()) near.push_back(id);
  }
  const bool is_near = chooser.Flip();
  return chooser.Of(is_near && !near.empty() ? near : values);
}

std::optional<Spot> SpotAt(const Sketch& sketch, Chooser& chooser, ir::ValueId value) {
  const std::vector<SketchUse> uses = sketch.UsesOf(value);
  if (uses.empty()) return std::nullopt;
  const SketchUse use = chooser.Of(uses);
  std::string reader = use.node < sketch.nodes.size() ? sketch.nodes[use.node].name : "";
  return Spot{value, use, use.node, std::move(reader), *sketch.value(value).type};
}

std::optional<Spot> PickSpot(const Sketch& sketch, Chooser& chooser, const AcceptsType& accepts) {
  const auto value = PickValue(sketch, chooser, ActiveValues(sketch, accepts));
  return value ? SpotAt(sketch, chooser, *value) : std::nullopt;
}

std::optional<ir::ValueId> OtherValue(const Sketch& sketch, Chooser& chooser,
                                      const ir::TensorType& type, std::size_t before,
                                      ir::ValueId but) {
  std::vector<ir::ValueId> found;
  const auto look = [&](ir::ValueId id) {
    const auto& other = sketch.value(id).type;
    if (id != but && other && *other == type) found.push_back(id);
  };
  for (const ir::ValueId id : sketch.inputs) look(id);
  for (std::size_t n = 0; n < std::min(before, sketch.nodes.size()); ++n) {
    for (const ir::ValueId id : sketch.nodes[n].outputs) look(id);
  }
  if (found.empty()) return std::nullopt;
  return chooser.Of(found);
}

std::vector<ir::ValueId> Constants(const Sketch& sketch, const AcceptsType& accepts) {
  std::vector<ir::ValueId> out;
  for (const ir::InputSpec& spec : sketch.shell.inputs) {
    if (spec.kind == ir::InputSpec::Kind::kUserInput) continue;
    const bool usable = IsUsable(sketch.value(spec.value).type, accepts);
    if (usable && !sketch.UsesOf(spec.value).empty()) out.push_back(spec.value);
  }
  return out;
}

std::vector<std::size_t> NodesWhere(const Sketch& sketch,
                                    const std::function<bool(const SketchNode&)>& accepts) {
  std::vector<std::size_t> out;
  for (std::size_t n = 0; n < sketch.nodes.size(); ++n) {
    if (accepts(sketch.nodes[n])) out.push_back(n);
  }
  return out;
}

void Rewire(Sketch& sketch, const Spot& spot, ir::ValueId to, bool all) {
  const auto producer = sketch.ProducerOf(to);
  for (const SketchUse& use : sketch.UsesOf(spot.value)) {
    if (producer && use.node <= *producer) continue;
    const std::string reader = use.node < sketch.nodes.size() ? sketch.nodes[use.node].name : "";
    const bool is_this = reader == spot.reader && use.argument == spot.use.argument;
    if (all || is_this) sketch.Redirect(use, spot.value, to);
  }
}

ir::ArgumentValue* FindArgument(SketchNode& node, std::string_view name) {
  const auto found = std::ranges::find(node.arguments, name, &ir::Argument::name);
  return found == node.arguments.end() ? nullptr : &found->value;
}

const ir::ArgumentValue* FindArgument(const SketchNode& node, std::string_view name) {
  const auto found = std::ranges::find(node.arguments, name, &ir::Argument::name);
  return found == node.arguments.end() ? nullptr : &found->value;
}

ir::TensorType TypeOf(ir::ScalarType dtype, const Sizes& sizes) {
  return ir::MakeTensorType(dtype, sizes);
}

Sizes ContiguousStrides(const Sizes& sizes) {
  Sizes strides(sizes.size(), 1);
  for (std::size_t d = strides.size(); d-- > 1;) strides[d - 1] = strides[d] * sizes[d];
  return strides;
}

std::int64_t CountOf(const Sizes& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return count;
}

std::vector<std::pair<std::int64_t, std::int64_t>> EqualDims(const Sizes& sizes) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  for (std::size_t a = sizes.size(); a-- > 0;) {
    for (std::size_t b = a; b-- > 0;) {
      if (sizes[a] != sizes[b] || sizes[a] < 2) continue;
      out.emplace_back(static_cast<std::int64_t>(b), static_cast<std::int64_t>(a));
    }
  }
  return out;
}

std::vector<std::byte> BytesOfFloats(const std::vector<float>& elements) {
  return AsBytes(elements);
}

std::vector<std::byte> BytesOfDoubles(const std::vector<double>& elements) {
  return AsBytes(elements);
}

}  // namespace foldproof::fuzz
