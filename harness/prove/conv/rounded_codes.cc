// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/rounded_codes.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "harness/prove/conv/weight_places.h"
#include "src/ir/element_type.h"

namespace foldproof::prove {

namespace {

// The codes that are others in `stepped`.
std::vector<SteppedCode> ChangedCodes(const exec::Tensor& codes,
                                      const std::vector<std::byte>& stepped) {
  std::vector<SteppedCode> out;
  ir::WithElementType(codes.dtype, [&](auto element) {
    using Code = decltype(element);
    FP_CHECK(stepped.size() == codes.bytes.size());
    for (std::size_t at = 0; at < stepped.size(); at += sizeof(Code)) {
      if (std::memcmp(codes.bytes.data() + at, stepped.data() + at, sizeof(Code)) == 0) continue;
      Code code;
      std::memcpy(&code, stepped.data() + at, sizeof(Code));
      out.push_back({at / sizeof(Code), static_cast<std::int32_t>(code)});
    }
  });
  return out;
}

}  // namespace

// A channel has a root where one of its codes is another with stepped roots.
void ReadRoots(const ConstantValue& codes, ConvSide& side) {
  if (codes.roots.empty()) return;
  side.weights.stepped = {ChangedCodes(codes.value, codes.lower),
                          ChangedCodes(codes.value, codes.upper)};
  side.weight_roots.assign(side.channels, kNoRoot);
  for (const auto& changed : side.weights.stepped) {
    auto run = codes.roots.runs().begin();
    std::size_t end = run->count;  // of the run
    for (const SteppedCode& each : changed) {
      while (each.place >= end) end += (++run)->count;
      RootId& root = side.weight_roots[ChannelOfWeight(side, each.place)];
      root = CombineRoots(root, run->root);
    }
  }
}

std::vector<std::uint8_t> RemaindersOfCodes(const ConvReader& reader, const ConvSide& side) {
  const ir::Node* maker = reader.graph().ProducerOf(side.weight_codes);
  if (maker == nullptr) return {};
  const auto* tensor = std::get_if<ir::QuantizePerTensor>(&maker->op);
  const auto* channel = std::get_if<ir::QuantizePerChannel>(&maker->op);
  if (tensor == nullptr && channel == nullptr) return {};
  const ir::ValueId from = reader.view.Read(maker->id, tensor ? tensor->input : channel->input);
  const auto floats = reader.constants.Find(from);
  const std::size_t width = ir::ElementSize(side.weights.dtype);
  const std::size_t count = side.weights.bytes.size() / width;
  if (floats == nullptr || static_cast<std::size_t>(floats->value.count()) != count) return {};
  std::vector<std::uint8_t> out(count, 0);
  std::vector<double> ideal(side.op.transposed ? count : side.taps);
  if (side.op.transposed) floats->ReadIdeal(0, ideal);
  for (std::size_t c = 0; c < side.channels; ++c) {
    const std::vector<std::int32_t> weights = side.WeightsOf(c);
    // The taps of a channel lie one behind the other, but for those of a transposed conv.
    const std::size_t first = side.op.transposed ? 0 : c * side.taps;
    if (!side.op.transposed) floats->ReadIdeal(first, ideal);
    ForEachTap(side, c, [&](std::size_t tap, std::size_t place) {
      const double rest = std::abs(ideal[place - first] / side.weight_scales[c] - weights[tap]);
      if (rest > 0.5 + 0x1p-10) return;  // clipped
      out[place] = static_cast<std::uint8_t>(std::ceil(rest / ConvSide::kRemainder));
    });
  }
  return out;
}

}  // namespace foldproof::prove
