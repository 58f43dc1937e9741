// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/scale_check.h"

#include <algorithm>
#include <array>

#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::fuzz {
namespace {

using prove::tail_op::Quantize;

// The quantizer that reads the convolution's value itself; nullptr where none does.
const Quantize* OwnQuantizer(const prove::Tail& tail, std::uint32_t& index) {
  for (index = 0; index < tail.instructions.size(); ++index) {
    const auto* op = std::get_if<Quantize>(&tail.instructions[index].op);
    if (op != nullptr && op->input == 0) return op;
  }
  return nullptr;
}

// The codes that channel `c` takes at the ends of its reach.
std::array<float, 2> CodesAtEnds(const prove::SiteSide& side, std::size_t c, std::uint32_t index,
                                 const prove::SiteVerdict::Reach& reach) {
  const prove::TailEvaluator evaluator(side.tail, side.conv, c);
  prove::RegisterBlock block;
  const std::int64_t ends[] = {reach.low, reach.high};
  const std::uint32_t path[] = {index};
  evaluator.Evaluate(ends, path, block);
  return {block.low(index + 1)[0], block.low(index + 1)[1]};
}

// Whether some accumulator is not clipped before: else nothing says what a quantizer has to hold.
bool HoldsSomething(const prove::SiteVerdict& site) {
  return std::ranges::any_of(site.tails, [](const prove::TailVerdict& tail) {
    return std::ranges::any_of(tail.channels, [](const prove::ChannelVerdict& channel) {
      return channel.calibrated.count > 0;
    });
  });
}

}  // namespace

std::optional<Finding> NeedlesslyCoarse(const prove::Side& before, const prove::Side& after,
                                        const prove::Proof& proof) {
  for (std::size_t s = 0; s < proof.matching.sites.size(); ++s) {
    const prove::MatchedSite& site = proof.matching.sites[s];
    const prove::SiteVerdict& verdict = proof.verification.sites[s];
    if (!site.before || !site.after || verdict.reach.size() != site.after->conv.channels) continue;
    if (!HoldsSomething(verdict)) continue;
    // The engine takes every tap as real; where padding leaves some out, less is reachable.
    const prove::ConvSide& conv = site.after->conv;
    if (conv.tap_classes.front().kernel_positions.size() != conv.kernel) continue;
    // It takes every code of the input's quantizer as real too; behind relu6, say, fewer occur.
    const ir::QuantParams& input = conv.input_params;
    if (conv.input_range.low > input.quant_min - input.zero_point ||
        conv.input_range.high < input.quant_max - input.zero_point) {
      continue;
    }
    std::uint32_t before_index = 0, after_index = 0;
    const Quantize* old = OwnQuantizer(site.before->tail, before_index);
    const Quantize* now = OwnQuantizer(site.after->tail, after_index);
    if (old == nullptr || now == nullptr || now->params.scale <= old->params.scale) continue;
    // A quantizer holds 0 besides, by its zero point.
    const auto name = [](const prove::Side& side, const prove::Tail& tail, std::uint32_t index) {
      return side.view.program().graph.node(tail.instructions[index].node).name;
    };
    const std::string own = name(after, site.after->tail, after_index);
    if (name(before, site.before->tail, before_index) != own) continue;
    bool is_filled = false;
    float low = static_cast<float>(now->params.zero_point), high = low;
    for (std::size_t c = 0; c < verdict.reach.size(); ++c) {
      for (const float code : CodesAtEnds(*site.after, c, after_index, verdict.reach[c])) {
        low = std::min(low, code);
        high = std::max(high, code);
        // Where values are clipped, or just fit, the scale was needed.
        is_filled |= code <= static_cast<float>(now->params.quant_min) ||
                     code >= static_cast<float>(now->params.quant_max);
      }
    }
    const auto all = static_cast<float>(now->params.quant_max - now->params.quant_min);
    if (is_filled || high - low >= 0.75f * all) continue;
    return Finding{"needlessly-coarse", own,
                   "of its codes the reachable values use less than three quarters"};
  }
  return std::nullopt;
}

}  // namespace foldproof::fuzz
