// SPDX-License-Identifier: BSD-3-Clause
#include "reports/tail_total.h"

#include <algorithm>

namespace foldproof::reports {

double TailTotal::Share(std::int64_t part, std::int64_t of) {
  return of > 0 ? static_cast<double>(part) / static_cast<double>(of) : 0;
}

TailTotal TotalOf(const prove::TailVerdict& tail,
                  prove::DomainFigures prove::ChannelVerdict::*domain) {
  TailTotal out;
  double most = 0;
  for (std::uint32_t c = 0; c < tail.channels.size(); ++c) {
    const prove::DomainFigures& figures = tail.channels[c].*domain;
    out.count += figures.count;
    out.over += figures.over;
    most = std::max(most, figures.lsb_root_step.value_or(figures.lsb));
    if (figures.lsb_root_step) out.lsb_root_step = 0;
    if (figures.accumulator && (!out.channel || figures.lsb > out.lsb)) {
      out.lsb = figures.lsb;
      out.channel = c;
      out.accumulator = figures.accumulator;
    }
  }
  if (out.lsb_root_step) out.lsb_root_step = most;
  return out;
}

bool IsEvaluated(const prove::TailVerdict& tail) {
  return std::ranges::all_of(
      tail.channels, [](const prove::ChannelVerdict& channel) { return channel.unproved.empty(); });
}

}  // namespace foldproof::reports
