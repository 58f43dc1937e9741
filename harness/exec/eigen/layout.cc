// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

std::vector<std::int64_t> StridesOf(const Sizes& sizes) {
  std::vector<std::int64_t> strides(sizes.size(), 1);
  for (std::size_t d = sizes.size(); d-- > 1;) strides[d - 1] = strides[d] * sizes[d];
  return strides;
}

// Calls visit(position) for all positions of `sizes`, in row-major order.
template <typename Visit>
void ForEachPosition(const Sizes& sizes, Visit visit) {
  const std::int64_t count = CheckedCount(sizes);
  std::vector<std::int64_t> position(sizes.size(), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    visit(position);
    for (std::size_t d = sizes.size(); d-- > 0;) {
      if (++position[d] < sizes[d]) break;
      position[d] = 0;
    }
  }
}

// The elements at sum of position[d] * strides[d], behind `offset`.
ElementMap StridedMap(Sizes sizes, const std::vector<std::int64_t>& strides,
                      std::int64_t offset = 0) {
  ElementMap map{std::move(sizes), {}};
  map.from.reserve(static_cast<std::size_t>(CheckedCount(map.sizes)));
  ForEachPosition(map.sizes, [&](const std::vector<std::int64_t>& position) {
    std::int64_t at = offset;
    for (std::size_t d = 0; d < position.size(); ++d) at += position[d] * strides[d];
    map.from.push_back(at);
  });
  return map;
}

// `coordinates[d]` says which position of dimension d of the source each one is; -1: of none.
ElementMap CoordinateMap(const Sizes& sizes,
                         const std::vector<std::vector<std::int64_t>>& coordinates) {
  const std::vector<std::int64_t> strides = StridesOf(sizes);
  ElementMap map;
  for (const auto& along : coordinates)
    map.sizes.push_back(static_cast<std::int64_t>(along.size()));
  map.from.reserve(static_cast<std::size_t>(CheckedCount(map.sizes)));
  ForEachPosition(map.sizes, [&](const std::vector<std::int64_t>& position) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < position.size() && at >= 0; ++d) {
      const std::int64_t from = coordinates[d][static_cast<std::size_t>(position[d])];
      at = from < 0 ? -1 : at + from * strides[d];
    }
    map.from.push_back(at);
  });
  return map;
}

std::vector<std::int64_t> Counted(std::int64_t size) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::int64_t>(i);
  return out;
}

// Which position of a dimension of `size` stands at `at`, that may lie outside; -1 for a filling.
std::int64_t PaddedPosition(ir::Pad::Mode mode, std::int64_t at, std::int64_t size) {
  if (at >= 0 && at < size) return at;
  switch (mode) {
    case ir::Pad::Mode::kConstant: return -1;
    case ir::Pad::Mode::kReflect: return at < 0 ? -at : 2 * (size - 1) - at;
    case ir::Pad::Mode::kReplicate: return at < 0 ? 0 : size - 1;
    case ir::Pad::Mode::kCircular: return at < 0 ? at + size : at - size;
  }
  FP_CHECK(false);
  return -1;
}

// The largest amount that a mode pads a dimension of `size` by; kConstant takes any.
std::int64_t MostPadding(ir::Pad::Mode mode, std::int64_t size) {
  switch (mode) {
    case ir::Pad::Mode::kConstant: return kMostElements;
    case ir::Pad::Mode::kReflect: return size - 1;
    case ir::Pad::Mode::kReplicate: return size > 0 ? kMostElements : 0;
    case ir::Pad::Mode::kCircular: return size;
  }
  FP_CHECK(false);
  return 0;
}

std::vector<std::int64_t> PaddedAxis(ir::Pad::Mode mode, std::int64_t size, std::int64_t before,
                                     std::int64_t after) {
  const std::int64_t least = mode == ir::Pad::Mode::kConstant ? -size : 0;
  const std::int64_t most = MostPadding(mode, size);
  if (std::min(before, after) < least || std::max(before, after) > most ||
      before + size + after < 0 || before + size + after > kMostElements) {
    Refuse(fmt::format("pads a dimension of {} by {} and {}, which its mode does not take", size,
                       before, after));
  }
  std::vector<std::int64_t> out;
  for (std::int64_t at = -before; at < size + after; ++at) {
    out.push_back(PaddedPosition(mode, at, size));
  }
  return out;
}

template <typename T>
std::vector<T> Taken(const std::vector<T>& elements, const ElementMap& map, T filling) {
  std::vector<T> out;
  out.reserve(map.from.size());
  for (const std::int64_t from : map.from) {
    out.push_back(from < 0 ? filling : elements[static_cast<std::size_t>(from)]);
  }
  return out;
}

}  // namespace

std::size_t DimensionOf(std::int64_t dim, std::size_t rank) {
  // PyTorch lets a tensor without dimensions be asked for its 0th or -1st.
  const auto dims = static_cast<std::int64_t>(std::max<std::size_t>(rank, 1));
  if (dim < -dims || dim >= dims) Refuse(fmt::format("names dimension {} of {}", dim, rank));
  return static_cast<std::size_t>(dim < 0 ? dim + dims : dim);
}

NumericTensor Moved(const NumericTensor& tensor, const ElementMap& map, double filling) {
  if (const auto* real = std::get_if<RealTensor>(&tensor)) {
    return RealTensor{map.sizes, Taken(real->elements, map, filling)};
  }
  const auto& integers = std::get<IntegerTensor>(tensor);
  if (!(std::fabs(filling) <= 0x1p53) || std::trunc(filling) != filling) {
    Refuse(fmt::format("fills integers with {}", filling));
  }
  return Wrapped({integers.dtype, map.sizes,
                  Taken(integers.elements, map, static_cast<std::int64_t>(filling))});
}

ElementMap PermutedMap(const Sizes& sizes, const std::vector<std::int64_t>& dims) {
  const std::vector<std::int64_t> strides = StridesOf(sizes);
  if (dims.size() != sizes.size()) Refuse("permutes another number of dimensions than it has");
  Sizes out;
  std::vector<std::int64_t> permuted;
  std::vector<bool> seen(sizes.size(), false);
  for (const std::int64_t dim : dims) {
    const std::size_t d = DimensionOf(dim, sizes.size());
    if (seen[d]) Refuse("names a dimension twice");
    seen[d] = true;
    out.push_back(sizes[d]);
    permuted.push_back(strides[d]);
  }
  return StridedMap(std::move(out), permuted);
}

ElementMap PaddedMap(const Sizes& sizes, const ir::Pad& pad) {
  if (pad.amounts.size() % 2 != 0 || pad.amounts.size() > 2 * sizes.size()) {
    Refuse("pads another number of sides than it has");
  }
  std::vector<std::vector<std::int64_t>> coordinates;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    const std::size_t pair = 2 * (sizes.size() - 1 - d);
    const bool is_padded = pair < pad.amounts.size();
    coordinates.push_back(
        is_padded ? PaddedAxis(pad.mode, sizes[d], pad.amounts[pair], pad.amounts[pair + 1])
                  : Counted(sizes[d]));
  }
  return CoordinateMap(sizes, coordinates);
}

ElementMap SlicedMap(const Sizes& sizes, std::int64_t dim, std::optional<std::int64_t> start,
                     std::optional<std::int64_t> end, std::int64_t step) {
  if (sizes.empty()) Refuse("slices a tensor without dimensions");
  if (step < 1) Refuse(fmt::format("takes a step of at least 1, not {}", step));
  const std::size_t d = DimensionOf(dim, sizes.size());
  const auto inside = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + sizes[d] : at, 0, sizes[d]);
  };
  std::vector<std::vector<std::int64_t>> coordinates;
  for (const std::int64_t size : sizes) coordinates.push_back(Counted(size));
  std::vector<std::int64_t> taken;
  const std::int64_t stop = inside(end.value_or(sizes[d]));
  for (std::int64_t at = inside(start.value_or(0)); at < stop; at += step) {
    taken.push_back(at);
    if (step > sizes[d]) break;
  }
  coordinates[d] = std::move(taken);
  return CoordinateMap(sizes, coordinates);
}

ElementMap SelectedMap(const Sizes& sizes, std::int64_t dim, std::int64_t index) {
  if (sizes.empty()) Refuse("selects of a tensor without dimensions");
  const std::size_t d = DimensionOf(dim, sizes.size());
  if (index < -sizes[d] || index >= sizes[d]) {
    Refuse(fmt::format("selects {} of {}", index, sizes[d]));
  }
  std::vector<std::int64_t> strides = StridesOf(sizes);
  const std::int64_t offset = (index < 0 ? index + sizes[d] : index) * strides[d];
  Sizes out = sizes;
  out.erase(out.begin() + static_cast<std::ptrdiff_t>(d));
  strides.erase(strides.begin() + static_cast<std::ptrdiff_t>(d));
  return StridedMap(std::move(out), strides, offset);
}

ElementMap ExpandedMap(const Sizes& sizes, Sizes to) {
  if (to.size() < sizes.size()) Refuse("expands to fewer dimensions");
  const std::vector<std::int64_t> own = StridesOf(sizes);
  std::vector<std::int64_t> strides(to.size(), 0);
  const std::size_t added = to.size() - sizes.size();
  for (std::size_t d = 0; d < to.size(); ++d) {
    const std::int64_t size = d < added ? 1 : sizes[d - added];
    if (to[d] == -1 && d >= added) to[d] = size;
    if (to[d] == size && d >= added) {
      strides[d] = own[d - added];
    } else if (size != 1) {
      Refuse(fmt::format("expands a dimension of {} to {}", size, to[d]));
    }
  }
  return StridedMap(std::move(to), strides);
}

NumericTensor Reshaped(NumericTensor tensor, Sizes sizes) {
  if (CheckedCount(sizes) != CheckedCount(SizesOf(tensor))) {
    Refuse("gives another number of elements a shape than it has");
  }
  std::visit([&](auto& t) { t.sizes = std::move(sizes); }, tensor);
  return tensor;
}

}  // namespace foldproof::exec::real
