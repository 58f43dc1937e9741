// SPDX-License-Identifier: BSD-3-Clause
//
// Strides and memory formats: no element changes its place in the tensor, but its place in memory.
#include <algorithm>
#include <numeric>

#include "fuzz/judge/change_spots.h"

namespace foldproof::fuzz {
namespace {

constexpr std::int64_t kContiguous = 1, kChannelsLast = 2;

// Half of the time in front of a reader whose bits or elements depend on strides.
std::optional<Spot> SpotOfReader(const Sketch& sketch, Chooser& chooser) {
  auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (chooser.Flip()) return spot;
  const std::vector<char> active = sketch.Active();
  const auto readers = NodesWhere(sketch, [&](const SketchNode& node) {
    constexpr std::string_view kReaders[] = {"batch_norm", "as_strided", "_reshape_alias", "mean",
                                             "softmax",    "layer_norm", "view_as",        "sum"};
    return std::ranges::any_of(kReaders, [&](std::string_view reader) {
      return node.target.find(reader) != std::string::npos;
    });
  });
  if (readers.empty()) return spot;
  const SketchNode& node = sketch.nodes[chooser.Of(readers)];
  if (node.arguments.empty()) return spot;
  const auto* read = std::get_if<ir::ValueId>(&node.arguments[0].value);
  if (read == nullptr || active[read->index] == 0) return spot;
  const auto& type = sketch.value(*read).type;
  if (!type || !type->is_static() || !IsFloat32(*type)) return spot;
  return SpotAt(sketch, chooser, *read);
}

bool PutMemoryFormat(Sketch& sketch, Chooser& chooser) {
  const auto spot = SpotOfReader(sketch, chooser);
  if (!spot || spot->type.rank() != 4) return false;
  const ir::MemoryFormat format{chooser.Below(4) == 3 ? kContiguous : kChannelsLast};
  const bool copy = chooser.Flip();
  const ir::ValueId made =
      sketch.InsertOne(spot->at, copy ? "aten.clone.default" : "aten.contiguous.default",
                       {{"self", spot->value}, {"memory_format", format}}, spot->type);
  Rewire(sketch, *spot, made, chooser.Flip());
  return true;
}

// The same elements with the strides of a permuted tensor.
bool PermuteStrides(Sketch& sketch, Chooser& chooser) {
  const auto spot = SpotOfReader(sketch, chooser);
  if (!spot || spot->type.rank() < 2) return false;
  const Sizes sizes = spot->type.sizes();
  const auto rank = static_cast<std::int64_t>(sizes.size());
  const std::int64_t a = rank - 1 - static_cast<std::int64_t>(chooser.Below(sizes.size() - 1));
  const std::int64_t b = a - 1;
  Sizes turned = sizes;
  std::swap(turned[static_cast<std::size_t>(a)], turned[static_cast<std::size_t>(b)]);
  const ir::TensorType type = TypeOf(spot->type.dtype, turned);
  const ir::ValueId there = sketch.InsertOne(
      spot->at, "aten.transpose.int", {{"self", spot->value}, {"dim0", a}, {"dim1", b}}, type);
  const ir::ValueId copy =
      sketch.InsertOne(spot->at + 1, "aten.clone.default",
                       {{"self", there}, {"memory_format", ir::MemoryFormat{kContiguous}}}, type);
  const ir::ValueId back = sketch.InsertOne(spot->at + 2, "aten.transpose.int",
                                            {{"self", copy}, {"dim0", a}, {"dim1", b}}, spot->type);
  Rewire(sketch, *spot, back, chooser.Flip());
  return true;
}

// A reader of memory: contiguous strides, or those of exchanged dimensions.
bool PutAsStrided(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsAnyNumber);
  if (!spot || spot->type.rank() == 0) return false;
  const Sizes sizes = spot->type.sizes();
  Sizes strides = ContiguousStrides(sizes);
  if (chooser.Flip() && sizes.size() > 1) {
    Sizes turned = sizes;
    std::ranges::reverse(turned);
    strides = ContiguousStrides(turned);
    std::ranges::reverse(strides);
  }
  const bool alias = chooser.Flip();
  std::vector<ir::Argument> arguments{{"self", spot->value}, {"size", sizes}, {"stride", strides}};
  const ir::ValueId made =
      sketch.InsertOne(spot->at, alias ? "aten._reshape_alias.default" : "aten.as_strided.default",
                       std::move(arguments), spot->type);
  Rewire(sketch, *spot, made, chooser.Flip());
  return true;
}

// The strides that a reader of memory is told.
bool TurnStrides(Sketch& sketch, Chooser& chooser) {
  const auto readers = NodesWhere(sketch, [](const SketchNode& node) {
    return node.target == "aten.as_strided.default" || node.target == "aten._reshape_alias.default";
  });
  if (readers.empty()) return false;
  SketchNode& node = sketch.nodes[chooser.Of(readers)];
  auto* strides = std::get_if<Sizes>(FindArgument(node, "stride"));
  if (strides == nullptr || strides->size() < 2) return false;
  const std::size_t a = chooser.Below(strides->size() - 1);
  std::swap((*strides)[a], (*strides)[a + 1]);
  return true;
}

// A constant with the same elements, stored in another order.
bool StoreTransposed(Sketch& sketch, Chooser& chooser) {
  const auto constants =
      Constants(sketch, [](const ir::TensorType& type) { return type.rank() >= 2; });
  const auto value = PickValue(sketch, chooser, constants);
  if (!value) return false;
  const ir::InputSpec* spec = sketch.SpecOf(*value);
  ir::Constant& constant = sketch.shell.constants.at(spec->target);
  const std::vector<std::byte> bytes = sketch.shell.BytesOf(constant);
  const Sizes sizes = constant.type.sizes();
  Sizes turned = sizes;
  std::ranges::reverse(turned);
  Sizes strides = ContiguousStrides(turned);
  std::ranges::reverse(strides);
  const std::size_t width = ir::ElementSize(constant.type.dtype);
  std::vector<std::byte> stored(bytes.size());
  const Sizes straight = ContiguousStrides(sizes);
  for (std::int64_t i = 0; i < CountOf(sizes); ++i) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < sizes.size(); ++d) at += i / straight[d] % sizes[d] * strides[d];
    std::copy_n(bytes.begin() + i * static_cast<std::int64_t>(width), width,
                stored.begin() + at * static_cast<std::int64_t>(width));
  }
  constant.storage = sketch.shell.storages.Add(std::move(stored));
  constant.offset = 0;
  constant.strides = strides;
  return true;
}

}  // namespace

std::vector<ChangeKind> LayoutChanges() {
  return {
      {"memory-format", "strides", "a value gets another memory format", PutMemoryFormat, 8},
      {"strides-permuted", "strides", "a value gets the strides of a transposed tensor",
       PermuteStrides, 6, true},
      {"as-strided", "strides", "as_strided or _reshape_alias of the same shape", PutAsStrided, 6,
       true},
      {"strides-turned", "strides", "as_strided gets other strides", TurnStrides},
      {"constant-stored-transposed", "strides", "a constant's elements are stored in another order",
       StoreTransposed, 1},
  };
}

}  // namespace foldproof::fuzz
