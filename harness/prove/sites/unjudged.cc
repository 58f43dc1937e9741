// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/unjudged.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace foldproof::prove {

std::optional<ConvSide> OutlineOf(const FunctionalView& view, const ir::Node& node) {
  const auto op = ConvolutionOf(node.op);
  if (!op || node.outputs.empty()) return std::nullopt;
  const auto& type = view.program().graph.value(node.outputs[0]).type;
  if (!type || type->rank() <= op->spatial()) return std::nullopt;
  const ir::Dim& channels = type->dims[type->rank() - op->spatial() - 1];
  if (!channels.is_static() || channels.size < 1) return std::nullopt;
  ConvSide out;
  out.node = node.id;
  out.op = *op;
  out.output = node.outputs[0];
  out.channels = static_cast<std::size_t>(channels.size);
  return out;
}

const ir::Node* FindCounterpart(const ir::Node& node, std::optional<ir::NodeId> follower,
                                const FunctionalView& other) {
  const ir::Graph& graph = other.program().graph;
  if (follower) return &graph.node(*follower);
  for (const ir::Node& candidate : graph.nodes()) {
    if (candidate.name == node.name && IsConvolution(candidate) && other.IsLive(candidate.id)) {
      return &candidate;
    }
  }
  return nullptr;
}

std::string UnlikeWindows(const FunctionalView& before_view, const ConvSide& before,
                          const FunctionalView& after_view, const ConvSide& after) {
  const ir::Convolution &b = before.op, &a = after.op;
  const auto unlike = [](const char* what, const auto& here, const auto& there) {
    return fmt::format("{} {}, not {}", what, there, here);
  };
  if (b.spatial() != a.spatial()) return unlike("dimensions", b.spatial(), a.spatial());
  if (b.transposed != a.transposed && b.spatial() > 0) return "the transposed operator";
  if (before.channels != after.channels) {
    return unlike("output channels", before.channels, after.channels);
  }
  if (b.groups != a.groups) return unlike("groups", b.groups, a.groups);
  const auto kernel_of = [](const FunctionalView& view, const ir::Convolution& op) {
    const auto& weight = view.program().graph.value(op.weight).type;
    return weight ? weight->sizes() : std::vector<std::int64_t>{};
  };
  const auto b_kernel = kernel_of(before_view, b), a_kernel = kernel_of(after_view, a);
  if (b.spatial() > 0 && b_kernel != a_kernel) return unlike("a weight of", b_kernel, a_kernel);
  if (b.stride != a.stride) return unlike("stride", b.stride, a.stride);
  if (b.padding_mode == a.padding_mode && b.padding != a.padding) {
    return unlike("padding", b.padding, a.padding);
  }
  if (b.dilation != a.dilation) return unlike("dilation", b.dilation, a.dilation);
  if (b.output_padding != a.output_padding) {
    return unlike("output padding", b.output_padding, a.output_padding);
  }
  return "";
}

namespace {

std::string DescribeRead(const FunctionalView& view, const ConvSide& conv) {
  const std::string& name = view.program().graph.value(conv.input_codes).name;
  if (conv.float_input) return name;
  return fmt::format("codes of scale {} and zero point {} of {}", conv.input_params.scale,
                     conv.input_params.zero_point, name);
}

}  // namespace

std::string UnlikeReads(const FunctionalView& before_view, const ConvSide& before,
                        const FunctionalView& after_view, const ConvSide& after) {
  const std::string here = DescribeRead(before_view, before);
  const std::string there = DescribeRead(after_view, after);
  return there + (here == there ? ", but not as the same tensor" : ", not " + here);
}

}  // namespace foldproof::prove
