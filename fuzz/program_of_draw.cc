// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/program_of_draw.h"

#include <utility>

#include "fuzz/block_numbers.h"
#include "fuzz/block_writer.h"

namespace foldproof::fuzz {
namespace {

constexpr std::int64_t kSizes[] = {3, 1, 2, 4, 7};
constexpr std::int64_t kInputChannels[] = {2, 1, 3, 4, 6};
constexpr double kScales[] = {1.0 / 16, 0.03, 1.0 / 3, 1e-5, 50};

GraphWriter::Sizes InputSizes(const Draw& draw) {
  GraphWriter::Sizes sizes;
  const auto space = static_cast<Space>(draw.space);
  switch (static_cast<Batch>(draw.batch)) {
    case Batch::kOne: sizes.push_back(1); break;
    case Batch::kUnbatched:
      // A linear over positions instead: dimension 1 is as long as there are outputs.
      if (space == Space::kLinear) sizes = {1, kOutputs[draw.blocks[0].outputs]};
      break;
    case Batch::kTwo: sizes.push_back(2); break;
    case Batch::kNone: sizes.push_back(0); break;
  }
  sizes.push_back(kInputChannels[draw.channels]);
  const std::size_t spatial = space == Space::k2d ? 2 : space == Space::k1d ? 1 : 0;
  sizes.insert(sizes.end(), spatial, kSizes[draw.size]);
  return sizes;
}

ir::QuantParams InputParams(const Draw& draw) {
  const auto type = static_cast<CodeType>(draw.input_type);
  ir::QuantParams params = ParamsOf(type, kScales[draw.input_scale], 0);
  const std::int64_t zero_points[] = {0, 5, params.quant_min, params.quant_max};
  params.zero_point = zero_points[draw.input_zero];
  return params;
}

}  // namespace

ir::Program ProgramOf(const Draw& draw) {
  GraphWriter graph;
  const ir::QuantParams params = InputParams(draw);
  const ir::ValueId x = graph.Input("x", InputSizes(draw));
  const bool floats = draw.float_input != 0;
  Flow flow{x, std::nullopt, params.scale * 128};
  if (!floats) flow = {graph.Dequantize(graph.Quantize(x, params), params), params, flow.unit};
  std::vector<ir::ValueId> outputs;
  std::optional<WrittenBlock> previous;
  for (std::size_t i = 0; i < draw.blocks.size(); ++i) {
    if (!flow.params && !(floats && i == 0)) {  // the next convolution reads codes
      flow.params = ParamsOf(CodeType::kInt8, 3 * flow.unit / 256, -3);
      flow.value = graph.Dequantize(graph.Quantize(flow.value, *flow.params), *flow.params);
    }
    BlockWriter block(graph, draw, i, previous ? &*previous : nullptr);
    flow = block.Write(flow, outputs);
    previous = block.written();
  }
  outputs.insert(outputs.begin(), flow.value);
  return std::move(graph).Return(outputs);
}

}  // namespace foldproof::fuzz
