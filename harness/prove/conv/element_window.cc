// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/element_window.h"

#include "harness/prove/conv/element_map.h"
#include "harness/prove/conv/tap_classes.h"

namespace foldproof::prove {

std::optional<WindowReader> WindowReader::Make(const exec::FunctionalView& view,
                                               const ConvSide& side) {
  const ir::Graph& graph = view.program().graph;
  const auto& cut = graph.value(side.input_cut).type;
  const auto& input = graph.value(side.op.input).type;
  const auto& output = graph.value(side.output).type;
  for (const auto* type : {&cut, &input, &output}) {
    if (!*type || !(*type)->is_static()) return std::nullopt;
  }
  auto map = TraceElements(view, side.input_cut, view.Read(side.node, side.op.input));
  if (!map || !cut->element_count()) return std::nullopt;
  WindowReader out(graph, side);
  out.count_ = static_cast<std::size_t>(*cut->element_count());
  out.cut_of_ = *std::move(map);
  out.input_ = input->sizes();
  out.output_ = output->sizes();
  return out;
}

std::vector<std::int64_t> WindowReader::PositionOf(std::int64_t element) const {
  const std::size_t spatial = side_->op.spatial();
  std::vector<std::int64_t> position(spatial);
  for (std::size_t d = spatial; d-- > 0;) {
    const std::int64_t size = output_[output_.size() - spatial + d];
    position[d] = element % size;
    element /= size;
  }
  return position;
}

std::int64_t WindowReader::ChannelOf(std::int64_t element) const {
  for (std::size_t d = output_.size(); d-- > output_.size() - side_->op.spatial();)
    element /= output_[d];
  return element % static_cast<std::int64_t>(side_->channels);
}

std::vector<std::pair<std::size_t, std::int64_t>> WindowReader::Of(std::int64_t element) const {
  const std::size_t spatial = side_->op.spatial();
  const std::vector<std::int64_t> position = PositionOf(element);
  const std::int64_t channel = ChannelOf(element);
  std::int64_t batch = element / static_cast<std::int64_t>(side_->channels);
  for (std::size_t d = 0; d < spatial; ++d) batch /= output_[output_.size() - 1 - d];
  const std::size_t inputs = side_->taps / side_->kernel;
  const auto groups = static_cast<std::size_t>(side_->op.groups);
  const std::size_t group = static_cast<std::size_t>(channel) / (side_->channels / groups);
  const std::vector<std::int32_t> weights = side_->WeightsOf(static_cast<std::size_t>(channel));
  std::vector<std::pair<std::size_t, std::int64_t>> out;
  for (std::uint32_t k = 0; k < side_->kernel; ++k) {
    const auto at = InputPosition(*graph_, side_->op, k, position);
    if (!at) continue;
    for (std::size_t i = 0; i < inputs; ++i) {
      auto linear = batch * static_cast<std::int64_t>(inputs * groups) +
                    static_cast<std::int64_t>(group * inputs + i);
      for (std::size_t d = 0; d < spatial; ++d)
        linear = linear * input_[input_.size() - spatial + d] + (*at)[d];
      const std::int64_t from = cut_of_[static_cast<std::size_t>(linear)];
      if (from < 0) continue;
      out.emplace_back(static_cast<std::size_t>(from), weights[i * side_->kernel + k]);
    }
  }
  return out;
}

}  // namespace foldproof::prove
