// SPDX-License-Identifier: BSD-3-Clause
//
// Moves between a value and its reader: the elements are the same, and lie elsewhere.
#include <algorithm>
#include <numeric>

#include "fuzz/judge/change_spots.h"

namespace foldproof::fuzz {
namespace {

// Puts what `move` makes of a value in front of one of its readers, or of all that follow.
template <typename Move>
bool PutMove(Sketch& sketch, Chooser& chooser, Move&& move) {
  const auto spot = PickSpot(sketch, chooser, IsAnyNumber);
  if (!spot) return false;
  const bool all = chooser.Flip();
  const std::optional<ir::ValueId> moved = move(*spot);
  if (!moved) return false;
  Rewire(sketch, *spot, *moved, all);
  return true;
}

bool PutTranspose(Sketch& sketch, Chooser& chooser) {
  return PutMove(sketch, chooser, [&](const Spot& spot) -> std::optional<ir::ValueId> {
    const auto pairs = EqualDims(spot.type.sizes());
    if (pairs.empty()) return std::nullopt;
    const auto [a, b] = pairs[chooser.Below(pairs.size())];
    Sizes dims(spot.type.rank());
    std::iota(dims.begin(), dims.end(), 0);
    std::swap(dims[static_cast<std::size_t>(a)], dims[static_cast<std::size_t>(b)]);
    switch (chooser.Below(4)) {
      case 0:
        return sketch.InsertOne(spot.at, "aten.transpose.int",
                                {{"self", spot.value}, {"dim0", a}, {"dim1", b}}, spot.type);
      case 1:
        return sketch.InsertOne(spot.at, "aten.permute.default",
                                {{"self", spot.value}, {"dims", dims}}, spot.type);
      case 2:
        return sketch.InsertOne(spot.at, "aten.swapaxes.default",
                                {{"self", spot.value}, {"axis0", a}, {"axis1", b}}, spot.type);
      default:
        return sketch.InsertOne(spot.at, "aten.transpose_copy.int",
                                {{"self", spot.value}, {"dim0", a}, {"dim1", b}}, spot.type);
    }
  });
}

bool PutFlip(Sketch& sketch, Chooser& chooser) {
  return PutMove(sketch, chooser, [&](const Spot& spot) -> std::optional<ir::ValueId> {
    if (spot.type.rank() == 0) return std::nullopt;
    const auto dim =
        static_cast<std::int64_t>(spot.type.rank() - 1 - chooser.Below(spot.type.rank()));
    return sketch.InsertOne(spot.at, "aten.flip.default",
                            {{"self", spot.value}, {"dims", Sizes{dim}}}, spot.type);
  });
}

bool PutRoll(Sketch& sketch, Chooser& chooser) {
  return PutMove(sketch, chooser, [&](const Spot& spot) -> std::optional<ir::ValueId> {
    if (spot.type.rank() == 0) return std::nullopt;
    const auto dim =
        static_cast<std::int64_t>(spot.type.rank() - 1 - chooser.Below(spot.type.rank()));
    return sketch.InsertOne(spot.at, "aten.roll.default",
                            {{"self", spot.value}, {"shifts", Sizes{1}}, {"dims", Sizes{dim}}},
                            spot.type);
  });
}

// A permutation of the dimensions, and the old shape over what comes of it: a channel shuffle where
// a dimension is split first.
bool PutShuffle(Sketch& sketch, Chooser& chooser) {
  return PutMove(sketch, chooser, [&](const Spot& spot) -> std::optional<ir::ValueId> {
    const Sizes sizes = spot.type.sizes();
    if (sizes.size() < 2) return std::nullopt;
    Sizes dims(sizes.size());
    std::iota(dims.begin(), dims.end(), 0);
    const std::size_t turns = 1 + chooser.Below(dims.size() - 1);
    std::rotate(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(turns), dims.end());
    Sizes permuted;
    for (const std::int64_t d : dims) permuted.push_back(sizes[static_cast<std::size_t>(d)]);
    const ir::ValueId turned =
        sketch.InsertOne(spot.at, "aten.permute.default", {{"self", spot.value}, {"dims", dims}},
                         TypeOf(spot.type.dtype, permuted));
    return sketch.InsertOne(spot.at + 1, "aten.reshape.default",
                            {{"self", turned}, {"shape", sizes}}, spot.type);
  });
}

bool PutChannelShuffle(Sketch& sketch, Chooser& chooser) {
  return PutMove(sketch, chooser, [&](const Spot& spot) -> std::optional<ir::ValueId> {
    const Sizes sizes = spot.type.sizes();
    std::vector<std::size_t> even;
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      if (sizes[d] >= 4 && sizes[d] % 2 == 0) even.push_back(d);
    }
    if (even.empty()) return std::nullopt;
    const std::size_t dim = chooser.Of(even);
    Sizes split = sizes, turned_sizes;
    split[dim] /= 2;
    split.insert(split.begin() + static_cast<std::ptrdiff_t>(dim), 2);
    turned_sizes = split;
    std::swap(turned_sizes[dim], turned_sizes[dim + 1]);
    const auto d = static_cast<std::int64_t>(dim);
    const ir::ValueId parts =
        sketch.InsertOne(spot.at, "aten.view.default", {{"self", spot.value}, {"size", split}},
                         TypeOf(spot.type.dtype, split));
    const ir::ValueId turned = sketch.InsertOne(spot.at + 1, "aten.transpose.int",
                                                {{"self", parts}, {"dim0", d}, {"dim1", d + 1}},
                                                TypeOf(spot.type.dtype, turned_sizes));
    return sketch.InsertOne(spot.at + 2, "aten.reshape.default",
                            {{"self", turned}, {"shape", sizes}}, spot.type);
  });
}

bool PutPixelShuffle(Sketch& sketch, Chooser& chooser) {
  return PutMove(sketch, chooser, [&](const Spot& spot) -> std::optional<ir::ValueId> {
    const Sizes sizes = spot.type.sizes();
    if (!IsFloat32(spot.type) || sizes.size() != 4) return std::nullopt;
    const bool up = sizes[1] % 4 == 0, down = sizes[2] % 2 == 0 && sizes[3] % 2 == 0;
    if (!up && !down) return std::nullopt;
    const Sizes other = up ? Sizes{sizes[0], sizes[1] / 4, sizes[2] * 2, sizes[3] * 2}
                           : Sizes{sizes[0], sizes[1] * 4, sizes[2] / 2, sizes[3] / 2};
    const ir::ValueId shuffled = sketch.InsertOne(
        spot.at, up ? "aten.pixel_shuffle.default" : "aten.pixel_unshuffle.default",
        {{"self", spot.value}, {up ? "upscale_factor" : "downscale_factor", std::int64_t{2}}},
        TypeOf(spot.type.dtype, other));
    return sketch.InsertOne(spot.at + 1, "aten.reshape.default",
                            {{"self", shuffled}, {"shape", sizes}}, spot.type);
  });
}

// The elements of one index of a dimension everywhere in it.
bool PutExpand(Sketch& sketch, Chooser& chooser) {
  return PutMove(sketch, chooser, [&](const Spot& spot) -> std::optional<ir::ValueId> {
    const Sizes sizes = spot.type.sizes();
    if (sizes.empty()) return std::nullopt;
    const std::size_t dim = sizes.size() - 1 - chooser.Below(sizes.size());
    Sizes one = sizes;
    one[dim] = 1;
    const ir::ValueId first = sketch.InsertOne(spot.at, "aten.slice.Tensor",
                                               {{"self", spot.value},
                                                {"dim", static_cast<std::int64_t>(dim)},
                                                {"start", std::int64_t{0}},
                                                {"end", std::int64_t{1}}},
                                               TypeOf(spot.type.dtype, one));
    return sketch.InsertOne(spot.at + 1, "aten.expand.default", {{"self", first}, {"size", sizes}},
                            spot.type);
  });
}

bool IsMove(const SketchNode& node) {
  constexpr std::string_view kMoves[] = {"aten.transpose.int", "aten.permute.default",
                                         "aten.flip.default", "aten.roll.default",
                                         "aten.swapaxes.default"};
  return std::ranges::find(kMoves, node.target) != std::end(kMoves);
}

// A move's arguments, where the shape stays.
bool TurnMove(Sketch& sketch, Chooser& chooser) {
  const auto moves = NodesWhere(sketch, IsMove);
  if (moves.empty()) return false;
  SketchNode& node = sketch.nodes[chooser.Of(moves)];
  const auto* self = std::get_if<ir::ValueId>(FindArgument(node, "self"));
  if (self == nullptr || !sketch.value(*self).type || !sketch.value(*self).type->is_static()) {
    return false;
  }
  const Sizes sizes = sketch.value(*self).type->sizes();
  if (sketch.value(node.outputs[0]).type != sketch.value(*self).type || sizes.empty()) return false;
  const auto pairs = EqualDims(sizes);
  if (chooser.Flip() || pairs.empty()) {  // taken out
    const ir::ValueId made = node.outputs[0], read = *self;
    for (const SketchUse& use : sketch.UsesOf(made)) sketch.Redirect(use, made, read);
    return true;
  }
  const auto [a, b] = pairs[chooser.Below(pairs.size())];
  if (ir::ArgumentValue* dim0 = FindArgument(node, "dim0")) {
    *dim0 = a;
    *FindArgument(node, "dim1") = b;
    return true;
  }
  if (node.target == "aten.flip.default") {
    *FindArgument(node, "dims") = Sizes{chooser.Flip() ? a : b};
    return true;
  }
  return false;
}

}  // namespace

std::vector<ChangeKind> MoveChanges() {
  return {
      {"move-transpose", "placement", "two dimensions of one size are exchanged", PutTranspose, 8,
       true},
      {"move-flip", "placement", "a dimension runs backwards", PutFlip},
      {"move-roll", "placement", "a dimension is rotated by one", PutRoll},
      {"move-shuffle", "placement", "dimensions are permuted under the old shape", PutShuffle, 6,
       true},
      {"move-channel-shuffle", "placement", "a dimension's halves are interleaved",
       PutChannelShuffle},
      {"move-pixel-shuffle", "placement", "pixel_shuffle under the old shape", PutPixelShuffle},
      {"move-expand", "placement", "one index of a dimension stands for all of it", PutExpand},
      {"move-turned", "placement", "a move is taken out, or moves other dimensions", TurnMove},
  };
}

}  // namespace foldproof::fuzz
