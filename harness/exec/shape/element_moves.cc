// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/shape/element_moves.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "harness/exec/shape/upsampled_axes.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using Sizes = std::vector<std::int64_t>;
using Picks = std::vector<PickedElements>;

constexpr std::int64_t kMostPicked = std::int64_t{1} << 28;

std::size_t DimensionIn(std::int64_t dim, const Sizes& sizes) {
  const auto rank = static_cast<std::int64_t>(sizes.size());
  const std::int64_t at = dim < 0 ? dim + rank : dim;
  if (at < 0 || at >= rank) Refuse("dimension " + std::to_string(dim) + " does not exist");
  return static_cast<std::size_t>(at);
}

// For each dimension of the result the index of the operand's dimension that stands at each place.
PickedElements ByCoordinates(const Sizes& sizes, const std::vector<Sizes>& coordinates) {
  PickedElements out{{}, {0}};
  std::int64_t count = 1;
  for (const Sizes& along : coordinates) {
    const auto size = static_cast<std::int64_t>(along.size());
    out.sizes.push_back(size);
    if (size > 0 && count > kMostPicked / size) Refuse("makes more elements than are run here");
    count *= size;
  }
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    Sizes next;
    next.reserve(out.from.size() * coordinates[d].size());
    for (const std::int64_t base : out.from) {
      for (const std::int64_t at : coordinates[d]) next.push_back(base * sizes[d] + at);
    }
    out.from = std::move(next);
  }
  return out;
}

Sizes NumbersFrom(std::int64_t from, std::int64_t to) {
  Sizes out;
  for (std::int64_t i = from; i < to; ++i) out.push_back(i);
  return out;
}

std::vector<Sizes> Everything(const Sizes& sizes) {
  std::vector<Sizes> out;
  for (const std::int64_t size : sizes) out.push_back(NumbersFrom(0, size));
  return out;
}

// Parts of `dim`, one after the other.
Picks Parts(const Sizes& sizes, std::size_t dim, const Sizes& parts) {
  Picks out;
  std::int64_t from = 0;
  for (const std::int64_t part : parts) {
    if (part < 0 || from + part > sizes[dim]) Refuse("its parts do not fit its operand");
    std::vector<Sizes> coordinates = Everything(sizes);
    coordinates[dim] = NumbersFrom(from, from + part);
    out.push_back(ByCoordinates(sizes, coordinates));
    from += part;
  }
  if (from != sizes[dim]) Refuse("its parts do not make up its operand");
  return out;
}

// `part` elements each, the last with what is left; one empty part of an empty dimension.
Sizes PartsOf(std::int64_t size, std::int64_t part) {
  if (part < 1 && size > 0) Refuse("splits into parts of no size");
  Sizes out;
  for (std::int64_t from = 0; from < size; from += part) out.push_back(std::min(part, size - from));
  if (out.empty()) out.push_back(0);
  return out;
}

Sizes Given(const PickArguments& arguments, std::string_view name) {
  auto given = arguments.integers(name);
  if (!given) Refuse("argument '" + std::string(name) + "' is missing");
  return *std::move(given);
}

std::int64_t NumberOr(const PickArguments& arguments, std::string_view name,
                      std::int64_t otherwise) {
  const auto given = arguments.integers(name);
  if (!given) return otherwise;
  if (given->size() != 1) Refuse("argument '" + std::string(name) + "' is no number");
  return given->front();
}

using Pick = Picks (*)(const PickArguments& arguments, const Sizes& sizes);

std::size_t GivenDimension(const PickArguments& arguments, const Sizes& sizes) {
  return DimensionIn(NumberOr(arguments, "dim", 0), sizes);
}

Picks Split(const PickArguments& arguments, const Sizes& sizes) {
  const std::size_t dim = GivenDimension(arguments, sizes);
  return Parts(sizes, dim, PartsOf(sizes[dim], NumberOr(arguments, "split_size", 0)));
}

Picks SplitWithSizes(const PickArguments& arguments, const Sizes& sizes) {
  return Parts(sizes, GivenDimension(arguments, sizes), Given(arguments, "split_sizes"));
}

Picks SplitBySizes(const PickArguments& arguments, const Sizes& sizes) {
  return Parts(sizes, GivenDimension(arguments, sizes), Given(arguments, "split_size"));
}

// As many parts of ceil(size / chunks) as there are.
Picks Chunk(const PickArguments& arguments, const Sizes& sizes) {
  const std::size_t dim = GivenDimension(arguments, sizes);
  const std::int64_t chunks = NumberOr(arguments, "chunks", 0);
  if (chunks < 1) Refuse("makes no chunk");
  if (sizes[dim] == 0) return Parts(sizes, dim, Sizes(static_cast<std::size_t>(chunks), 0));
  return Parts(sizes, dim, PartsOf(sizes[dim], (sizes[dim] + chunks - 1) / chunks));
}

Picks Unbind(const PickArguments& arguments, const Sizes& sizes) {
  const std::size_t dim = GivenDimension(arguments, sizes);
  Picks out = Parts(sizes, dim, Sizes(static_cast<std::size_t>(sizes[dim]), 1));
  for (PickedElements& part : out) {
    part.sizes.erase(part.sizes.begin() + static_cast<std::ptrdiff_t>(dim));
  }
  return out;
}

Picks Narrow(const PickArguments& arguments, const Sizes& sizes) {
  const std::size_t dim = GivenDimension(arguments, sizes);
  std::int64_t start = NumberOr(arguments, "start", 0);
  if (start < 0) start += sizes[dim];
  const std::int64_t length = NumberOr(arguments, "length", 0);
  if (start < 0 || length < 0 || start + length > sizes[dim]) Refuse("is outside of its operand");
  std::vector<Sizes> coordinates = Everything(sizes);
  coordinates[dim] = NumbersFrom(start, start + length);
  return {ByCoordinates(sizes, coordinates)};
}

Picks Flip(const PickArguments& arguments, const Sizes& sizes) {
  std::vector<Sizes> coordinates = Everything(sizes);
  for (const std::int64_t dim : Given(arguments, "dims")) {
    std::ranges::reverse(coordinates[DimensionIn(dim, sizes)]);
  }
  return {ByCoordinates(sizes, coordinates)};
}

// Element i moves to (i + shift) mod size; without dims the tensor is rolled as one row.
Picks Roll(const PickArguments& arguments, const Sizes& sizes) {
  const Sizes shifts = Given(arguments, "shifts");
  const Sizes dims = arguments.integers("dims").value_or(Sizes{});
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  const Sizes rolled = dims.empty() ? Sizes{count} : sizes;
  if (shifts.size() != std::max<std::size_t>(dims.size(), 1)) Refuse("has not a shift a dimension");
  std::vector<Sizes> coordinates = Everything(rolled);
  for (std::size_t i = 0; i < shifts.size(); ++i) {
    Sizes& along = coordinates[dims.empty() ? 0 : DimensionIn(dims[i], sizes)];
    const auto size = static_cast<std::int64_t>(along.size());
    if (size == 0) continue;
    const std::int64_t by = (shifts[i] % size + size) % size;
    std::rotate(along.begin(), along.end() - static_cast<std::ptrdiff_t>(by), along.end());
  }
  Picks out{ByCoordinates(rolled, coordinates)};
  out[0].sizes = sizes;
  return out;
}

Picks Repeat(const PickArguments& arguments, const Sizes& sizes) {
  const Sizes repeats = Given(arguments, "repeats");
  if (repeats.size() < sizes.size()) Refuse("repeats fewer dimensions than its operand has");
  Sizes operand(repeats.size() - sizes.size(), 1);
  operand.insert(operand.end(), sizes.begin(), sizes.end());
  std::vector<Sizes> coordinates(operand.size());
  for (std::size_t d = 0; d < operand.size(); ++d) {
    const bool fits = repeats[d] >= 0 && operand[d] * repeats[d] <= kMostPicked;
    if (!fits) Refuse("repeats more than is run here");
    for (std::int64_t i = 0; i < operand[d] * repeats[d]; ++i) {
      coordinates[d].push_back(i % operand[d]);
    }
  }
  return {ByCoordinates(operand, coordinates)};
}

// `shape` of the operand's elements, its dimensions taken in the order `order`, as `sizes`.
PickedElements Rearranged(const Sizes& shape, const std::vector<std::size_t>& order, Sizes sizes) {
  Sizes strides(shape.size(), 1), permuted, at(shape.size(), 0);
  for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  std::int64_t count = 1;
  for (const std::size_t d : order) {
    permuted.push_back(shape[d]);
    count *= shape[d];
  }
  PickedElements out{std::move(sizes), {}};
  std::int64_t from = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    out.from.push_back(from);
    for (std::size_t d = order.size(); d-- > 0;) {
      from += strides[order[d]];
      if (++at[d] < permuted[d]) break;
      from -= strides[order[d]] * permuted[d];
      at[d] = 0;
    }
  }
  return out;
}

// [N..., C r r, H, W] and [N..., C, H r, W r].
struct Pixels {
  std::int64_t images = 1, channels = 1, height = 1, width = 1, factor = 1;
};

Pixels PixelsOf(const Sizes& sizes, std::int64_t factor) {
  const std::size_t rank = sizes.size();
  if (rank < 3 || factor < 1 || factor > kMostPicked) Refuse("takes [..., C, H, W] and a factor");
  Pixels out{1, sizes[rank - 3], sizes[rank - 2], sizes[rank - 1], factor};
  for (std::size_t d = 0; d + 3 < rank; ++d) out.images *= sizes[d];
  return out;
}

Picks PixelShuffle(const PickArguments& arguments, const Sizes& sizes) {
  Pixels p = PixelsOf(sizes, NumberOr(arguments, "upscale_factor", 0));
  const std::int64_t r = p.factor;
  if (p.channels % (r * r) != 0) Refuse("its factor does not divide the channels");
  p.channels /= r * r;
  Sizes out = sizes;
  out[out.size() - 3] = p.channels;
  out[out.size() - 2] *= r;
  out[out.size() - 1] *= r;
  return {Rearranged({p.images, p.channels, r, r, p.height, p.width}, {0, 1, 4, 2, 5, 3}, out)};
}

Picks PixelUnshuffle(const PickArguments& arguments, const Sizes& sizes) {
  Pixels p = PixelsOf(sizes, NumberOr(arguments, "downscale_factor", 0));
  const std::int64_t r = p.factor;
  if (p.height % r != 0 || p.width % r != 0) Refuse("its factor does not divide the sizes");
  Sizes out = sizes;
  out[out.size() - 3] *= r * r;
  out[out.size() - 2] /= r;
  out[out.size() - 1] /= r;
  return {
      Rearranged({p.images, p.channels, p.height / r, r, p.width / r, r}, {0, 1, 3, 5, 2, 4}, out)};
}

Picks ChannelShuffle(const PickArguments& arguments, const Sizes& sizes) {
  const std::int64_t groups = NumberOr(arguments, "groups", 0);
  if (sizes.size() < 2 || groups < 1 || sizes[1] % groups != 0) {
    Refuse("its groups do not divide the channels");
  }
  std::int64_t inner = 1;
  for (std::size_t d = 2; d < sizes.size(); ++d) inner *= sizes[d];
  return {Rearranged({sizes[0], groups, sizes[1] / groups, inner}, {0, 2, 1, 3}, sizes)};
}

// The element that PyTorch's kernel takes: the same one, half the index where the size doubles,
// else floor(f32(i * scale)), all in float32, the last one at most. A factor that is given decides
// the scale: f32(1 / factor), else f32(f32(in) / f32(out)).
std::int64_t NearestIndex(std::int64_t i, std::int64_t in, std::int64_t out,
                          std::optional<double> factor) {
  if (out == in) return i;
  if (out == 2 * in) return i / 2;
  const float scale = factor && *factor > 0 ? static_cast<float>(1.0 / *factor)
                                            : static_cast<float>(in) / static_cast<float>(out);
  const float at = std::floor(static_cast<float>(i) * scale);
  return std::min(static_cast<std::int64_t>(at), in - 1);
}

template <std::size_t kSpatial>
Picks NearestUpsample(const PickArguments& arguments, const Sizes& sizes) {
  if (sizes.size() != kSpatial + 2) Refuse("takes [N, C, ...] of its dimensions");
  std::vector<Sizes> coordinates = Everything(sizes);
  const std::vector<UpsampledAxis> axes = UpsampledAxes(arguments, sizes);
  for (std::size_t d = 0; d < kSpatial; ++d) {
    coordinates[2 + d].clear();
    for (std::int64_t i = 0; i < axes[d].out; ++i) {
      coordinates[2 + d].push_back(NearestIndex(i, axes[d].in, axes[d].out, axes[d].factor));
    }
  }
  return {ByCoordinates(sizes, coordinates)};
}

struct PickRow {
  std::string_view target;
  Pick pick;
};

constexpr PickRow kPicks[] = {
    {"aten.split.Tensor", Split},
    {"aten.split_copy.Tensor", Split},
    {"aten.split.sizes", SplitBySizes},
    {"aten.split_with_sizes.default", SplitWithSizes},
    {"aten.split_with_sizes_copy.default", SplitWithSizes},
    {"aten.chunk.default", Chunk},
    {"aten.unbind.int", Unbind},
    {"aten.unbind_copy.int", Unbind},
    {"aten.narrow.default", Narrow},
    {"aten.flip.default", Flip},
    {"aten.roll.default", Roll},
    {"aten.repeat.default", Repeat},
    {"aten.pixel_shuffle.default", PixelShuffle},
    {"aten.pixel_unshuffle.default", PixelUnshuffle},
    {"aten.channel_shuffle.default", ChannelShuffle},
    {"aten.native_channel_shuffle.default", ChannelShuffle},
    {"aten.upsample_nearest1d.default", NearestUpsample<1>},
    {"aten.upsample_nearest1d.vec", NearestUpsample<1>},
    {"aten.upsample_nearest2d.default", NearestUpsample<2>},
    {"aten.upsample_nearest2d.vec", NearestUpsample<2>},
    {"aten.upsample_nearest3d.default", NearestUpsample<3>},
    {"aten.upsample_nearest3d.vec", NearestUpsample<3>},
};

}  // namespace

bool IsElementPick(std::string_view target) {
  return std::ranges::find(kPicks, target, &PickRow::target) != std::end(kPicks);
}

std::vector<PickedElements> PickElements(std::string_view target, const PickArguments& arguments,
                                         const Sizes& sizes) {
  const auto row = std::ranges::find(kPicks, target, &PickRow::target);
  if (row == std::end(kPicks)) Refuse("picks no elements");
  return row->pick(arguments, sizes);
}

}  // namespace foldproof::exec
