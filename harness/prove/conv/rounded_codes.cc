// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/rounded_codes.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "harness/prove/conv/weight_places.h"

namespace foldproof::prove {

// A channel has a root where one of its codes is another with stepped roots.
std::vector<RootId> RootsByChannel(const ConvSide& side) {
  const WeightCodes& codes = side.weights;
  if (codes.roots.empty()) return {};
  std::vector<RootId> out(side.channels, kNoRoot);
  const std::size_t width = ir::ElementSize(codes.dtype);
  for (std::size_t i = 0; i < codes.roots.size(); ++i) {
    const std::byte* ieee = codes.bytes.data() + i * width;
    const bool changes =
        std::ranges::any_of(codes.stepped, [&](const std::vector<std::byte>& stepped) {
          return std::memcmp(ieee, stepped.data() + i * width, width) != 0;
        });
    RootId& root = out[ChannelOfWeight(side, i)];
    if (changes) root = CombineRoots(root, codes.roots[i]);
  }
  return out;
}

std::vector<std::uint8_t> RemaindersOfCodes(const ConvReader& reader, const ConvSide& side) {
  const ir::Node* maker = reader.graph().ProducerOf(side.weight_codes);
  if (maker == nullptr) return {};
  const auto* tensor = std::get_if<ir::QuantizePerTensor>(&maker->op);
  const auto* channel = std::get_if<ir::QuantizePerChannel>(&maker->op);
  if (tensor == nullptr && channel == nullptr) return {};
  const ir::ValueId from = reader.view.Read(maker->id, tensor ? tensor->input : channel->input);
  const ConstantValue* floats = reader.constants.Find(from);
  const std::size_t width = ir::ElementSize(side.weights.dtype);
  if (floats == nullptr || floats->ideal.size() * width != side.weights.bytes.size()) return {};
  std::vector<std::uint8_t> out(floats->ideal.size(), 0);
  for (std::size_t c = 0; c < side.channels; ++c) {
    const std::vector<std::int32_t> weights = side.WeightsOf(c);
    ForEachTap(side, c, [&](std::size_t tap, std::size_t place) {
      const double rest = std::abs(floats->ideal[place] / side.weight_scales[c] - weights[tap]);
      if (rest > 0.5 + 0x1p-10) return;  // clipped
      out[place] = static_cast<std::uint8_t>(std::ceil(rest / ConvSide::kRemainder));
    });
  }
  return out;
}

}  // namespace foldproof::prove
