// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

std::optional<IdealDistances> FarthestFromIdeal(const TailVerdict& tail) {
  IdealDistances farthest;
  for (const ChannelVerdict& channel : tail.channels) {
    if (!channel.ideal || !channel.ideal->distances) return std::nullopt;
    farthest.reachable.Cover(channel.ideal->distances->reachable);
    farthest.calibrated.Cover(channel.ideal->distances->calibrated);
  }
  if (tail.channels.empty()) return std::nullopt;
  return farthest;
}

}  // namespace foldproof::prove
