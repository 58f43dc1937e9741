// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "harness/prove/conv/conv_reach.h"

namespace foldproof::prove {

// The reach of each channel of a site. One that nobody has worked out yet is worked out when it is
// asked for, so one thread at a time may ask.
class SiteReach {
 public:
  SiteReach() = default;
  explicit SiteReach(std::size_t channels) : known_(channels) {}

  // The conv, which outlives this, and how its channels' reach is taken.
  void Of(const ConvSide& conv, std::vector<Reach> kinds) {
    conv_ = &conv;
    kinds_ = std::move(kinds);
    known_.resize(kinds_.size());
  }
  void Keep(std::size_t channel, AccumulatorSet reach) { known_[channel] = std::move(reach); }

  const AccumulatorSet& operator[](std::size_t channel) const {
    if (!known_[channel]) known_[channel] = ReachOf(*conv_, channel, kinds_[channel]);
    return *known_[channel];
  }

 private:
  const ConvSide* conv_ = nullptr;
  std::vector<Reach> kinds_;
  mutable std::vector<std::optional<AccumulatorSet>> known_;
};

}  // namespace foldproof::prove
