// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/network_kernels.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "harness/exec/eigen/layout.h"
#include "harness/exec/shape/upsampled_axes.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using NetworkResults = std::vector<NumericTensor>;

std::int64_t Size(const Sizes& sizes, std::size_t from) {
  std::int64_t out = 1;
  for (std::size_t d = from; d < sizes.size(); ++d) out *= sizes[d];
  return out;
}

// Row by row x = (x - mean) / sqrt(var + eps), var the mean square; gives the statistics.
struct RowStatistics {
  std::vector<double> means, inverses;
};

RowStatistics NormalizeRows(std::vector<double>& elements, std::size_t row, double eps) {
  RowStatistics out;
  if (row == 0 || elements.size() % row != 0) Refuse("takes rows that do not make up its operand");
  for (std::size_t from = 0; from < elements.size(); from += row) {
    double sum = 0, square = 0;
    for (std::size_t i = from; i < from + row; ++i) sum += elements[i];
    const double mean = sum / static_cast<double>(row);
    for (std::size_t i = from; i < from + row; ++i) {
      square += (elements[i] - mean) * (elements[i] - mean);
    }
    const double inverse = 1 / std::sqrt(square / static_cast<double>(row) + eps);
    for (std::size_t i = from; i < from + row; ++i) elements[i] = (elements[i] - mean) * inverse;
    out.means.push_back(mean);
    out.inverses.push_back(inverse);
  }
  return out;
}

NetworkResults GroupNormOf(const NamedArguments& arguments) {
  RealTensor out = arguments.Reals("input");
  const std::int64_t groups = arguments.Integer(arguments.Has("group") ? "group" : "num_groups", 0);
  if (out.sizes.size() < 2 || groups < 1 || out.sizes[1] % groups != 0) {
    Refuse("takes groups that divide its channels");
  }
  const std::int64_t channels = out.sizes[1], inner = Size(out.sizes, 2);
  const RowStatistics rows =
      NormalizeRows(out.elements, static_cast<std::size_t>(channels / groups * inner),
                    arguments.Real("eps", 1e-5));
  for (const char* name : {"weight", "bias"}) {
    if (!arguments.Has(name)) continue;
    const std::vector<double>& parameter = arguments.Reals(name).elements;
    if (static_cast<std::int64_t>(parameter.size()) != channels) {
      Refuse("takes one weight and bias a channel");
    }
    for (std::size_t i = 0; i < out.elements.size(); ++i) {
      const std::size_t c = i / static_cast<std::size_t>(inner) % parameter.size();
      if (std::string_view(name) == "weight")
        out.elements[i] *= parameter[c];
      else
        out.elements[i] += parameter[c];
    }
  }
  const Sizes statistics{out.sizes[0], groups};
  return {std::move(out), RealTensor{statistics, rows.means},
          RealTensor{statistics, rows.inverses}};
}

NetworkResults NativeLayerNormOf(const NamedArguments& arguments) {
  RealTensor out = arguments.Reals("input");
  const std::vector<std::int64_t> shape = arguments.Integers("normalized_shape");
  if (shape.empty() || shape.size() > out.sizes.size()) Refuse("normalizes no dimension");
  Sizes statistics = out.sizes;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    std::int64_t& size = statistics[out.sizes.size() - shape.size() + d];
    if (size != shape[d]) Refuse("takes a shape that is not that of its last dimensions");
    size = 1;
  }
  const auto row = static_cast<std::size_t>(Size(shape, 0));
  const RowStatistics rows = NormalizeRows(out.elements, row, arguments.Real("eps", 1e-5));
  for (std::size_t i = 0; i < out.elements.size(); ++i) {
    for (const char* name : {"weight", "bias"}) {
      if (!arguments.Has(name)) continue;
      const std::vector<double>& parameter = arguments.Reals(name).elements;
      if (parameter.size() != row) Refuse("takes a parameter of another shape");
      if (std::string_view(name) == "weight")
        out.elements[i] *= parameter[i % row];
      else
        out.elements[i] += parameter[i % row];
    }
  }
  return {std::move(out), RealTensor{statistics, rows.means},
          RealTensor{statistics, rows.inverses}};
}

// Slices of dimension `dim`, in the order of `rows`.
NumericTensor SlicesOf(const NumericTensor& input, std::size_t dim, const IntegerTensor& rows,
                       const Sizes& in_place_of) {
  const Sizes& sizes = SizesOf(input);
  const std::int64_t inner = Size(sizes, dim + 1), size = sizes[dim];
  std::int64_t outer = 1;
  for (std::size_t d = 0; d < dim; ++d) outer *= sizes[d];
  ElementMap map{sizes, {}};
  map.sizes.erase(map.sizes.begin() + static_cast<std::ptrdiff_t>(dim));
  map.sizes.insert(map.sizes.begin() + static_cast<std::ptrdiff_t>(dim), in_place_of.begin(),
                   in_place_of.end());
  CheckedCount(map.sizes);
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const std::int64_t row : rows.elements) {
      if (row < 0 || row >= size) Refuse("takes an index outside of its operand");
      for (std::int64_t i = 0; i < inner; ++i) map.from.push_back((o * size + row) * inner + i);
    }
  }
  return Moved(input, map);
}

NetworkResults EmbeddingOf(const NamedArguments& arguments) {
  const NumericTensor& weight = arguments.Value("weight");
  const IntegerTensor& indices = IntegersIn(arguments.Value("indices"), "indices");
  if (SizesOf(weight).size() != 2) Refuse("takes a weight of two dimensions");
  return {SlicesOf(weight, 0, indices, indices.sizes)};
}

NetworkResults IndexSelectOf(const NamedArguments& arguments) {
  const NumericTensor& input = arguments.Value("self");
  const IntegerTensor& index = IntegersIn(arguments.Value("index"), "indices");
  const std::size_t dim = DimensionOf(arguments.Integer("dim"), SizesOf(input).size());
  return {SlicesOf(input, dim, index, {static_cast<std::int64_t>(index.elements.size())})};
}

// Where an output lies along a dimension: between `low` and `high`, `weight` from the first. What
// the graph has as numbers is float64 here.
struct Place {
  std::int64_t low = 0, high = 0;
  double weight = 0;
};

std::vector<Place> PlacesOf(std::int64_t in, std::int64_t out, bool corners,
                            std::optional<double> factor) {
  const double scale =
      corners ? (out > 1 ? static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0)
      : factor && *factor > 0 ? 1 / *factor
                              : static_cast<double>(in) / static_cast<double>(out);
  std::vector<Place> places;
  for (std::int64_t i = 0; i < out; ++i) {
    const auto index = static_cast<double>(i);
    const double at = corners ? scale * index : std::max(0.0, scale * (index + 0.5) - 0.5);
    const std::int64_t low = std::min(static_cast<std::int64_t>(at), in - 1);
    places.push_back(
        {low, std::min(low + 1, in - 1), std::clamp(at - static_cast<double>(low), 0.0, 1.0)});
  }
  return places;
}

// Along one dimension of space after the other.
NetworkResults InterpolatedOf(const NamedArguments& arguments) {
  RealTensor x = arguments.Reals(arguments.Has("self") ? "self" : "input");
  if (x.sizes.size() < 3 || x.sizes.size() > 4) Refuse("takes one or two dimensions of space");
  const std::vector<UpsampledAxis> axes = UpsampledAxes(arguments.Numbers(), x.sizes);
  for (std::size_t d = 0; d < axes.size(); ++d) {
    const auto& [in, out, factor] = axes[d];
    const auto places = PlacesOf(in, out, arguments.Truth("align_corners", false), factor);
    const std::int64_t inner = Size(x.sizes, 3 + d);
    RealTensor next{x.sizes, {}};
    next.sizes[2 + d] = out;
    CheckedCount(next.sizes);
    const auto outer = static_cast<std::int64_t>(x.elements.size()) / (in * inner);
    for (std::int64_t o = 0; o < outer; ++o) {
      for (const Place& place : places) {
        for (std::int64_t i = 0; i < inner; ++i) {
          const auto at = [&](std::int64_t row) {
            return x.elements[static_cast<std::size_t>((o * in + row) * inner + i)];
          };
          next.elements.push_back((1 - place.weight) * at(place.low) +
                                  place.weight * at(place.high));
        }
      }
    }
    x = std::move(next);
  }
  return {std::move(x)};
}

// The largest element of [floor(i in / out), ceil((i + 1) in / out)) along each dimension, and its
// index in its plane; NaN wins, of equal ones the first.
NetworkResults AdaptiveMaxOf(const NamedArguments& arguments) {
  const RealTensor& input = arguments.Reals("self");
  std::vector<std::int64_t> out = arguments.Integers("output_size");
  if (out.empty() || out.size() > 2 || input.sizes.size() < out.size() + 1) {
    Refuse("takes one or two output sizes");
  }
  const std::size_t first = input.sizes.size() - out.size();
  std::vector<std::int64_t> in(input.sizes.begin() + static_cast<std::ptrdiff_t>(first),
                               input.sizes.end());
  RealTensor values{input.sizes, {}};
  std::copy(out.begin(), out.end(), values.sizes.begin() + static_cast<std::ptrdiff_t>(first));
  CheckedCount(values.sizes);
  if (out.size() == 1) {
    out.insert(out.begin(), 1);
    in.insert(in.begin(), 1);
  }
  IntegerTensor indices{ir::ScalarType::kInt64, values.sizes, {}};
  const std::int64_t plane = in[0] * in[1];
  const auto begin = [&](std::size_t d, std::int64_t i) { return i * in[d] / out[d]; };
  const auto end = [&](std::size_t d, std::int64_t i) {
    return ((i + 1) * in[d] + out[d] - 1) / out[d];
  };
  for (std::size_t from = 0; plane > 0 && from < input.elements.size();
       from += static_cast<std::size_t>(plane)) {
    for (std::int64_t o = 0; o < out[0] * out[1]; ++o) {
      std::int64_t best = -1;
      for (std::int64_t i = begin(0, o / out[1]); i < end(0, o / out[1]); ++i) {
        for (std::int64_t j = begin(1, o % out[1]); j < end(1, o % out[1]); ++j) {
          const std::int64_t at = i * in[1] + j;
          const double x = input.elements[from + static_cast<std::size_t>(at)];
          const bool larger = best < 0 || std::isnan(x) ||
                              x > input.elements[from + static_cast<std::size_t>(best)];
          if (larger) best = at;
        }
      }
      if (best < 0) Refuse("has a window without elements");
      values.elements.push_back(input.elements[from + static_cast<std::size_t>(best)]);
      indices.elements.push_back(best);
    }
  }
  return {std::move(values), std::move(indices)};
}

struct NetworkRow {
  std::string_view target;
  NetworkKernel run;
};

constexpr NetworkRow kNetworkRows[] = {
    {"aten.group_norm.default", GroupNormOf},
    {"aten.native_group_norm.default", GroupNormOf},
    {"aten.native_layer_norm.default", NativeLayerNormOf},
    {"aten.embedding.default", EmbeddingOf},
    {"aten.index_select.default", IndexSelectOf},
    {"aten.upsample_linear1d.default", InterpolatedOf},
    {"aten.upsample_linear1d.vec", InterpolatedOf},
    {"aten.upsample_bilinear2d.default", InterpolatedOf},
    {"aten.upsample_bilinear2d.vec", InterpolatedOf},
    {"aten.adaptive_max_pool1d.default", AdaptiveMaxOf},
    {"aten.adaptive_max_pool2d.default", AdaptiveMaxOf},
};

}  // namespace

NetworkKernel FindNetworkKernel(std::string_view target) {
  const auto found = std::ranges::find(kNetworkRows, target, &NetworkRow::target);
  return found == std::end(kNetworkRows) ? nullptr : found->run;
}

}  // namespace foldproof::exec::real
