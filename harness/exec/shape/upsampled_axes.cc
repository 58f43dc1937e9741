// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/shape/upsampled_axes.h"

#include <string_view>

#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

// Files say any number; each output along a dimension takes some memory while it is computed.
constexpr std::int64_t kMostAlong = std::int64_t{1} << 24;
constexpr std::int64_t kMostUpsampled = std::int64_t{1} << 28;

// The factor of dimension `d`: of a list for all of them, or of an argument of its own.
std::optional<double> FactorOf(const PickArguments& arguments, std::size_t spatial, std::size_t d) {
  static constexpr std::string_view kNames[] = {"scales_d", "scales_h", "scales_w"};
  const auto own = arguments.reals(spatial == 1 ? "scales" : kNames[3 - spatial + d]);
  if (own && own->size() == 1) return own->front();
  const auto all = arguments.reals("scale_factors");
  if (all && all->size() == spatial) return (*all)[d];
  return std::nullopt;
}

}  // namespace

std::vector<UpsampledAxis> UpsampledAxes(const PickArguments& arguments,
                                         const std::vector<std::int64_t>& sizes) {
  if (sizes.size() < 3 || sizes.size() > 5) Refuse("takes [N, C, ...] of one to three dimensions");
  const std::size_t spatial = sizes.size() - 2;
  const auto wanted = arguments.integers("output_size");
  std::int64_t count = 1;
  const auto grow = [&](std::int64_t size) {
    if (size > 0 && count > kMostUpsampled / size) Refuse("makes more elements than are run here");
    count *= size;
  };
  grow(sizes[0]);
  grow(sizes[1]);
  std::vector<UpsampledAxis> axes;
  for (std::size_t d = 0; d < spatial; ++d) {
    UpsampledAxis axis{sizes[2 + d], 0, FactorOf(arguments, spatial, d)};
    const double scaled = static_cast<double>(axis.in) * axis.factor.value_or(0);
    if (wanted && wanted->size() == spatial) {
      axis.out = (*wanted)[d];
    } else if (scaled > 0 && scaled <= static_cast<double>(kMostAlong)) {
      axis.out = static_cast<std::int64_t>(scaled);
    }
    if (axis.in < 1 || axis.out < 1 || axis.out > kMostAlong) Refuse("has no output size");
    grow(axis.out);
    axes.push_back(axis);
  }
  return axes;
}

}  // namespace foldproof::exec
