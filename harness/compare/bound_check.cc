// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/bound_check.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/judge/piece_walk.h"
#include "src/base/infinity.h"

namespace foldproof::compare {
namespace {

using prove::RegisterBlock;
using prove::TailEvaluator;

constexpr std::int64_t kMostSlack = 1 << 16;

struct Ends {
  double least = kInfinity;
  double most = -kInfinity;
  bool finite = true;
};

Ends EndsOf(const RegisterBlock& block, std::uint32_t reg) {
  Ends out;
  const auto low = block.low(reg), high = block.high(reg);
  for (std::size_t i = 0; i < low.size(); ++i) {
    out.finite = out.finite && std::isfinite(low[i]) && std::isfinite(high[i]);
    out.least = std::min(out.least, static_cast<double>(low[i]));
    out.most = std::max(out.most, static_cast<double>(high[i]));
  }
  return out;
}

}  // namespace

// |y - A * s_x * s_w - b| <= gamma_n * (s_x * s_w * sum |x||w| + |b|), eq. 8, in steps of the
// accumulator. n counts the taps, the bias, and the roundings of x, w and b to float32.
std::int64_t BoundCheck::Slack(const AccumulatorReader::Sum& sum, std::size_t channel) const {
  if (arithmetic_ == Arithmetic::kExact) return 0;
  const double n = static_cast<double>(site_.before->conv.taps) + 4;
  const double gamma = n * 0x1p-24 / (1 - n * 0x1p-24);
  double slack = 0;
  for (const prove::SiteSide* side : {&*site_.before, &*site_.after}) {
    const TailEvaluator tail(side->tail, side->conv, channel);
    const double bias = std::abs(tail.IdealConvValue(0)) /
                        std::max(std::abs(tail.input_scale() * tail.weight_scale()), 1e-300);
    slack = std::max(slack, gamma * (static_cast<double>(sum.magnitude) + bias));
  }
  return slack < static_cast<double>(kMostSlack) ? static_cast<std::int64_t>(std::ceil(slack)) + 1
                                                 : kMostSlack;
}

std::optional<AtAccumulator> BoundCheck::At(const exec::Tensor& cut, std::int64_t element,
                                            std::size_t channel) {
  const auto sum = reader_.Read(cut, element, channel);
  if (!sum) return std::nullopt;
  const auto& before = *site_.before;
  const auto& after = *site_.after;
  const TailEvaluator before_tail(before.tail, before.conv, channel);
  const TailEvaluator after_tail(after.tail, after.conv, channel);
  RegisterBlock b, a;
  const std::int64_t point[] = {sum->accumulator};
  before_tail.Evaluate(point, before.search.everything, b);
  after_tail.Evaluate(point, after.search.everything, a);
  const prove::AccumulatorSet reach = prove::ReachOf(before.conv, channel, prove::Reach::kInterval);
  prove::PieceWalk walk(before, after, pair_, reach, nullptr, 0, prove::Domain::kReachable);
  walk.Add(point, sum->accumulator, b, a);
  AtAccumulator out{sum->accumulator, walk.is_defined(0), walk.is_calibrated(0), 0, 0};
  prove::ChannelVerdict verdict;
  walk.Finish(verdict);
  out.lsb = out.most_lsb = verdict.reachable.lsb;
  const std::int64_t slack = Slack(*sum, channel);
  if (slack == 0 || pair_.identical) return out;
  std::vector<std::int64_t> window(static_cast<std::size_t>(2 * slack + 1));
  std::iota(window.begin(), window.end(), sum->accumulator - slack);
  before_tail.Evaluate(window, before.search.everything, b);
  after_tail.Evaluate(window, after.search.everything, a);
  const std::uint32_t b_reg =
      pair_.codes ? pair_.codes->first : before.tail.frontiers[pair_.before].reg;
  const std::uint32_t a_reg =
      pair_.codes ? pair_.codes->second : after.tail.frontiers[pair_.after].reg;
  const Ends b_ends = EndsOf(b, b_reg), a_ends = EndsOf(a, a_reg);
  const double most = std::max(b_ends.most - a_ends.least, a_ends.most - b_ends.least) *
                      (pair_.codes ? 1.0 : 1.0 / pair_.lsb);
  out.most_lsb = std::max(out.lsb, a_ends.finite && b_ends.finite ? most : kInfinity);
  return out;
}

}  // namespace foldproof::compare
