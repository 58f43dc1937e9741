// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "harness/prove/verdict/verdict.h"

namespace foldproof::reports {

// A domain's figures over all channels of a tail, with the worst channel.
struct TailTotal {
  double lsb = 0;
  std::optional<double> lsb_root_step;  // where some channel has one
  std::optional<std::uint32_t> channel;
  std::optional<std::int64_t> accumulator;
  std::int64_t count = 0;
  std::int64_t over = 0;

  double share_over() const { return Share(over, count); }
  static double Share(std::int64_t part, std::int64_t of);  // 0 of nothing
};

TailTotal TotalOf(const prove::TailVerdict& tail,
                  prove::DomainFigures prove::ChannelVerdict::*domain);

// Whether every channel was evaluated; else nobody knows how far apart the tails are.
bool IsEvaluated(const prove::TailVerdict& tail);

}  // namespace foldproof::reports
