// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/interpolation.h"

#include <algorithm>
#include <cmath>

#include "harness/exec/integer/numbers.h"
#include "harness/exec/shape/upsampled_axes.h"

namespace foldproof::exec {
namespace {

// Where an output lies between two elements of the input: at `low` and the one behind it, which
// takes the share `weight`.
struct Between {
  std::int64_t low = 0, high = 0;
  double weight = 0;
};

// PyTorch's area_pixel_compute_source_index in float32.
std::vector<Between> PlacesAlong(std::int64_t in, std::int64_t out, bool align_corners,
                                 std::optional<double> factor) {
  float scale = 0;
  if (align_corners) {
    if (out > 1) scale = static_cast<float>(in - 1) / static_cast<float>(out - 1);
  } else {
    scale = factor && *factor > 0 ? static_cast<float>(1.0 / *factor)
                                  : static_cast<float>(in) / static_cast<float>(out);
  }
  std::vector<Between> places;
  for (std::int64_t i = 0; i < out; ++i) {
    const auto index = static_cast<float>(i);
    float at = align_corners ? scale * index : scale * (index + 0.5f) - 0.5f;
    if (!align_corners && at < 0) at = 0;
    const std::int64_t low = std::min(static_cast<std::int64_t>(at), in - 1);
    const float weight = std::clamp(at - static_cast<float>(low), 0.0f, 1.0f);
    places.push_back({low, low + (low < in - 1 ? 1 : 0), static_cast<double>(weight)});
  }
  return places;
}

struct Axis {
  std::int64_t in = 1;
  std::vector<Between> places{{0, 0, 0.0}};
};

}  // namespace

CodedTensor InterpolateLinearly(const CodedArguments& arguments) {
  const CodedTensor& input = arguments.Operand(arguments.Has("self") ? "self" : "input");
  if (input.dtype() != ir::ScalarType::kFloat32 || input.rank() < 3 || input.rank() > 4) {
    Refuse("interpolates float32 of one or two dimensions of space alone");
  }
  const std::size_t spatial = input.rank() - 2;
  const bool align_corners = arguments.named().Truth("align_corners", false);
  const std::vector<UpsampledAxis> upsampled = UpsampledAxes(arguments.Numbers(), input.sizes());
  std::vector<std::int64_t> sizes = input.sizes();
  Axis axes[2];  // rows and columns; one row where there is one dimension
  for (std::size_t d = 0; d < spatial; ++d) {
    const auto& [in, out, factor] = upsampled[d];
    axes[2 - spatial + d] = {in, PlacesAlong(in, out, align_corners, factor)};
    sizes[2 + d] = out;
  }
  const std::size_t planes = CountOf({sizes[0], sizes[1]});
  std::vector<double> out;
  out.reserve(CountOf(sizes));
  const std::span<const float> x = input.As<float>();
  const std::int64_t width = axes[1].in;
  for (std::size_t plane = 0; plane < planes; ++plane) {
    const float* from = x.data() + plane * static_cast<std::size_t>(axes[0].in * width);
    const auto at = [&](std::int64_t row, std::int64_t column) {
      return static_cast<double>(from[row * width + column]);
    };
    for (const Between& row : axes[0].places) {
      for (const Between& column : axes[1].places) {
        const auto along = [&](std::int64_t r) {
          return (1 - column.weight) * at(r, column.low) + column.weight * at(r, column.high);
        };
        out.push_back((1 - row.weight) * along(row.low) + row.weight * along(row.high));
      }
    }
  }
  return StoreNumbers<double>(out, ir::ScalarType::kFloat32, std::move(sizes));
}

}  // namespace foldproof::exec
