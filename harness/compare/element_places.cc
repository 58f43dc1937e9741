// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/element_places.h"

#include <cmath>
#include <cstring>

#include "harness/prove/conv/element_map.h"
#include "harness/prove/conv/tap_classes.h"

namespace foldproof::compare {
namespace {

template <typename T>
double ElementAt(const exec::Tensor& tensor, std::int64_t index) {
  T out = 0;
  std::memcpy(&out, tensor.bytes.data() + static_cast<std::size_t>(index) * sizeof(T), sizeof(T));
  return out;
}

double NumberAt(const exec::Tensor& tensor, std::int64_t index) {
  return tensor.dtype == ir::ScalarType::kFloat32 ? ElementAt<float>(tensor, index)
                                                  : ElementAt<double>(tensor, index);
}

}  // namespace

std::optional<std::vector<std::int64_t>> PlacesOf(const prove::FunctionalView& view,
                                                  const prove::SiteSide& side, std::uint32_t reg) {
  const auto nodes = prove::NodesTo(side.tail, reg);
  const ir::Graph& graph = view.program().graph;
  bool moves = false;
  for (const ir::NodeId id : nodes) moves |= std::holds_alternative<ir::Permute>(graph.node(id).op);
  if (!moves) return std::vector<std::int64_t>{};
  const auto& type = graph.value(side.conv.output).type;
  const auto count = type ? type->element_count() : std::nullopt;
  if (!count) return std::nullopt;
  std::vector<std::int64_t> places(static_cast<std::size_t>(*count));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto at = prove::FollowElement(view, nodes, static_cast<std::int64_t>(i));
    if (!at) return std::nullopt;
    places[i] = *at;
  }
  return places;
}

AccumulatorReader::AccumulatorReader(const prove::Side& side, const prove::ConvSide& conv)
    : graph_(side.view.program().graph),
      conv_(conv),
      cut_elements_(prove::TraceElements(side.view, conv.input_cut,
                                         side.view.Read(conv.node, conv.op.input))),
      weights_(conv.channels) {
  const auto& input = graph_.value(conv.op.input).type;
  const auto& output = graph_.value(conv.output).type;
  if (!input || !input->is_static() || !output || !output->is_static()) cut_elements_.reset();
}

// A = sum (x_q - z_x) * (w_q - z_w); x_q - z_x = rint(x / f32(s_x)), since x is that product
// rounded to float32.
std::optional<AccumulatorReader::Sum> AccumulatorReader::Read(const exec::Tensor& cut,
                                                              std::int64_t index,
                                                              std::size_t channel) {
  const bool read = cut.dtype == ir::ScalarType::kFloat32 || cut.dtype == ir::ScalarType::kFloat64;
  if (!cut_elements_ || !read) return std::nullopt;
  const auto input = graph_.value(conv_.op.input).type->sizes();
  const auto output = graph_.value(conv_.output).type->sizes();
  const std::size_t spatial = conv_.op.spatial();
  std::vector<std::int64_t> position(spatial);
  for (std::size_t d = spatial; d-- > 0;) {
    const std::int64_t size = output[output.size() - spatial + d];
    position[d] = index % size;
    index /= size;
  }
  const std::int64_t batch = index / static_cast<std::int64_t>(conv_.channels);
  const std::size_t inputs = conv_.taps / conv_.kernel;
  const auto groups = static_cast<std::size_t>(conv_.op.groups);
  const std::size_t group = channel / (conv_.channels / groups);
  if (weights_[channel].empty()) weights_[channel] = conv_.WeightsOf(channel);
  const auto scale = static_cast<double>(static_cast<float>(conv_.input_params.scale));
  Sum sum;
  for (std::uint32_t k = 0; k < conv_.kernel; ++k) {
    const auto at = prove::InputPosition(graph_, conv_.op, k, position);
    if (!at) continue;  // the padding's zero
    for (std::size_t i = 0; i < inputs; ++i) {
      std::int64_t linear = batch * static_cast<std::int64_t>(inputs * groups) +
                            static_cast<std::int64_t>(group * inputs + i);
      for (std::size_t d = 0; d < spatial; ++d)
        linear = linear * input[input.size() - spatial + d] + (*at)[d];
      const std::int64_t from = (*cut_elements_)[static_cast<std::size_t>(linear)];
      if (from < 0) continue;
      const auto x = std::llrint(NumberAt(cut, from) / scale);
      const std::int64_t w = weights_[channel][i * conv_.kernel + k];
      sum.accumulator += x * w;
      sum.magnitude += std::abs(x) * std::abs(w);
    }
  }
  return sum;
}

}  // namespace foldproof::compare
