// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/tap_classes.h"

#include <algorithm>
#include <map>

namespace foldproof::prove {
namespace {

// One spatial dimension: the kernel indices that meet the input, and an output index where they do.
struct Line {
  std::vector<std::uint32_t> kernel;
  std::int64_t output;
};

struct Dimension {
  std::int64_t input, output, kernel, stride, padding, dilation;
  bool transposed;
};

// The input index that kernel index k reads at output index o, -1 for none.
std::int64_t InputIndex(const Dimension& d, std::int64_t o, std::int64_t k) {
  if (!d.transposed) {
    const std::int64_t i = o * d.stride - d.padding + k * d.dilation;
    return i >= 0 && i < d.input ? i : -1;
  }
  const std::int64_t shifted = o + d.padding - k * d.dilation;
  if (shifted < 0 || shifted % d.stride != 0) return -1;
  return shifted / d.stride < d.input ? shifted / d.stride : -1;
}

bool IsPartOf(const std::vector<std::uint32_t>& part, const std::vector<std::uint32_t>& whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

// All distinct lines, an output index from the middle of those that share one.
std::vector<Line> LinesOf(const Dimension& d, bool only_largest) {
  std::map<std::vector<std::uint32_t>, std::vector<std::int64_t>> found;
  // Output indices repeat their kernel sets away from the edges; a bounded sweep meets all of them.
  const std::int64_t most = 4 * (d.kernel * d.dilation + d.stride + d.padding) + 64;
  for (std::int64_t o = 0; o < d.output; ++o) {
    if (d.output > 2 * most && o == most) o = d.output - most;
    std::vector<std::uint32_t> kernel;
    for (std::int64_t k = 0; k < d.kernel; ++k) {
      if (InputIndex(d, o, k) >= 0) kernel.push_back(static_cast<std::uint32_t>(k));
    }
    found[kernel].push_back(o);
  }
  std::vector<Line> lines;
  for (const auto& [kernel, outputs] : found) {
    const bool covered =
        only_largest && std::any_of(found.begin(), found.end(), [&](const auto& f) {
          return f.first.size() > kernel.size() && IsPartOf(kernel, f.first);
        });
    if (!covered) lines.push_back({kernel, outputs[outputs.size() / 2]});
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.kernel.size() > b.kernel.size(); });
  return lines;
}

std::vector<Dimension> DimensionsOf(const ir::Graph& graph, const ir::Convolution& op) {
  const auto& input = graph.value(op.input).type;
  const auto& weight = graph.value(op.weight).type;
  std::vector<Dimension> out;
  for (std::size_t d = 0; d < op.spatial(); ++d) {
    Dimension dim{};
    dim.kernel = weight->dims[2 + d].size;
    dim.stride = op.stride[d];
    dim.dilation = op.dilation[d];
    dim.transposed = op.transposed;
    const std::int64_t span = dim.dilation * (dim.kernel - 1);
    std::int64_t both = 2 * op.padding[d];
    dim.padding = op.padding[d];
    if (op.padding_mode == ir::Convolution::Padding::kSame) {
      dim.padding = span / 2;  // PyTorch pads the extra element behind
      both = span;
    }
    const std::size_t rank = input ? input->rank() : 0;
    const bool known =
        input && rank >= op.spatial() && input->dims[rank - op.spatial() + d].size >= 0;
    dim.input = known ? input->dims[rank - op.spatial() + d].size : 4 * (span + 1) + 2 * both + 4;
    dim.output = op.transposed
                     ? (dim.input - 1) * dim.stride - both + span + op.output_padding[d] + 1
                     : (dim.input + both - span - 1) / dim.stride + 1;
    out.push_back(dim);
  }
  return out;
}

}  // namespace

std::optional<std::vector<std::int64_t>> InputPosition(const ir::Graph& graph,
                                                       const ir::Convolution& op,
                                                       std::uint32_t kernel,
                                                       const std::vector<std::int64_t>& position) {
  const std::vector<Dimension> dimensions = DimensionsOf(graph, op);
  std::vector<std::int64_t> out(dimensions.size());
  std::int64_t rest = kernel;
  for (std::size_t d = dimensions.size(); d-- > 0;) {
    out[d] = InputIndex(dimensions[d], position[d], rest % dimensions[d].kernel);
    rest /= dimensions[d].kernel;
    if (out[d] < 0) return std::nullopt;
  }
  return out;
}

TapClasses FindTapClasses(const ir::Graph& graph, const ir::Convolution& op, TapRange x) {
  const std::vector<Dimension> dimensions = DimensionsOf(graph, op);
  const bool zero_inside = x.low <= 0 && x.high >= 0;
  TapClasses out;
  out.classes.push_back({{0}, {}});
  for (const Dimension& d : dimensions) {
    std::vector<TapClass> wider;
    for (const TapClass& outer : out.classes) {
      for (const Line& line : LinesOf(d, zero_inside)) {
        TapClass joined{{}, outer.output_position};
        joined.output_position.push_back(line.output);
        for (const std::uint32_t base : outer.kernel_positions) {
          for (const std::uint32_t k : line.kernel) {
            joined.kernel_positions.push_back(base * static_cast<std::uint32_t>(d.kernel) + k);
          }
        }
        wider.push_back(std::move(joined));
      }
    }
    out.classes = std::move(wider);
  }
  std::stable_sort(out.classes.begin(), out.classes.end(),
                   [](const TapClass& a, const TapClass& b) {
                     return a.kernel_positions.size() > b.kernel_positions.size();
                   });
  out.padding_adds_zero = !zero_inside && out.classes.size() > 1;
  return out;
}

}  // namespace foldproof::prove
