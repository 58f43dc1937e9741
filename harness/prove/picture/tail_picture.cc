// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/picture/tail_picture.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/judge/channel_judge.h"
#include "harness/prove/judge/piece_walk.h"
#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {
namespace {

constexpr double kMostBins = 47;  // bin 0 beside them

// What one channel's walk is drawn into.
struct Canvas {
  CurveMaker before, after, difference;
  ChannelPicture picture;

  explicit Canvas(const AccumulatorSet& reach)
      : before(reach.lo(), reach.hi()),
        after(reach.lo(), reach.hi()),
        difference(reach.lo(), reach.hi()) {}

  ChannelPicture Finish(std::uint32_t channel) && {
    picture.channel = channel;
    picture.before = std::move(before).Finish();
    picture.after = std::move(after).Finish();
    picture.difference = std::move(difference).Finish();
    for (Ranges* ranges : {&picture.calibrated, &picture.undefined, &picture.clipped_before,
                           &picture.clipped_after}) {
      ranges->KeepWidest();
    }
    return std::move(picture);
  }
};

// Draws one channel of one pair of tails.
class ChannelDrawer {
 public:
  ChannelDrawer(const MatchedSite& site, const PairPlan& pair, std::uint32_t channel,
                const ProveOptions& options, double bin_lsb, JudgeScratch& scratch)
      : before_(*site.before),
        after_(*site.after),
        pair_(pair),
        before_end_(before_.tail.frontiers[pair.before]),
        after_end_(after_.tail.frontiers[pair.after]),
        options_(options),
        bin_lsb_(bin_lsb),
        scratch_(scratch),
        reach_(ReachOf(before_.conv, channel, options.reach)),
        before_evaluator_(before_.tail, before_.conv, channel),
        after_evaluator_(after_.tail, after_.conv, channel),
        walk_(before_, after_, pair, reach_, nullptr, 0, Domain::kReachable) {}

  // The histogram, and the curves where `canvas` is there; nullopt where there are no steps and too
  // many accumulators.
  std::optional<DifferenceHistogram> Run(Canvas* canvas) {
    canvas_ = canvas;
    if (!ByCells() && !Everything()) return std::nullopt;
    for (const auto& [bin, counts] : bins_) {
      histogram_.bins.push_back({bin, counts.first, counts.second});
    }
    return std::move(histogram_);
  }

  const AccumulatorSet& reach() const { return reach_; }

 private:
  bool ByCells() {
    if (!before_.search.is_cut[pair_.before] || !after_.search.is_cut[pair_.after]) return false;
    const std::int64_t low = reach_.lo();
    const std::int64_t high = reach_.hi();
    const Cells before = SearchCells(before_evaluator_, before_.search, low, high, scratch_.search);
    const Cells after = SearchCells(after_evaluator_, after_.search, low, high, scratch_.search);
    if (!before.searched() || !after.searched()) return false;
    scratch_.starts.clear();
    std::ranges::set_union(before.starts, after.starts, std::back_inserter(scratch_.starts));
    Add(scratch_.starts, high);
    return true;
  }

  bool Everything() {
    if (reach_.hi() - reach_.lo() >= options_.judge.most_enumerated) return false;
    for (std::int64_t from = reach_.lo(); from <= reach_.hi(); from += kPointsAtOnce) {
      const std::int64_t to = std::min<std::int64_t>(from + kPointsAtOnce - 1, reach_.hi());
      scratch_.starts.clear();
      for (std::int64_t a = from; a <= to; ++a) scratch_.starts.push_back(a);
      Add(scratch_.starts, to);
    }
    return true;
  }

  void Add(const std::vector<std::int64_t>& starts, std::int64_t high) {
    before_evaluator_.Evaluate(starts, before_.search.everything, scratch_.before);
    after_evaluator_.Evaluate(starts, after_.search.everything, scratch_.after);
    walk_.Add(starts, high, scratch_.before, scratch_.after);
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const std::int64_t to = i + 1 < starts.size() ? starts[i + 1] - 1 : high;
      Count(i, reach_.CountIn(starts[i], to));
      if (canvas_ != nullptr) Draw(i, starts[i], to);
    }
  }

  void Count(std::size_t i, std::int64_t members) {
    if (members == 0) return;
    if (!walk_.is_defined(i)) {
      histogram_.undefined += members;
    } else if (!std::isfinite(walk_.lsb(i))) {
      histogram_.infinite += members;
    } else {
      auto& counts = bins_[std::llrint(walk_.lsb(i) / bin_lsb_)];
      counts.first += members;
      if (walk_.is_calibrated(i)) counts.second += members;
    }
  }

  void Draw(std::size_t i, std::int64_t from, std::int64_t to) {
    const double b = static_cast<double>(scratch_.before.low(before_end_.reg)[i]) / pair_.lsb;
    const double a = static_cast<double>(scratch_.after.low(after_end_.reg)[i]) / pair_.lsb;
    canvas_->before.Add(from, to, b);
    canvas_->after.Add(from, to, a);
    canvas_->difference.Add(from, to, pair_.identical ? 0 : a - b);
    ChannelPicture& picture = canvas_->picture;
    if (walk_.is_calibrated(i)) picture.calibrated.Add(from, to);
    if (!walk_.is_defined(i)) picture.undefined.Add(from, to);
    if (IsClipped(before_.tail, before_end_, scratch_.before, i)) {
      picture.clipped_before.Add(from, to);
    }
    if (IsClipped(after_.tail, after_end_, scratch_.after, i)) picture.clipped_after.Add(from, to);
  }

  static bool IsClipped(const Tail& tail, const Frontier& end, const RegisterBlock& block,
                        std::size_t i) {
    return std::ranges::any_of(end.path, [&](std::uint32_t op) {
      return IsQuantizer(tail.instructions[op].op) &&
             (block.flags(op + 1)[i] & RegisterBlock::kClipped) != 0;
    });
  }

  const SiteSide& before_;
  const SiteSide& after_;
  const PairPlan& pair_;
  const Frontier& before_end_;
  const Frontier& after_end_;
  const ProveOptions& options_;
  double bin_lsb_;
  JudgeScratch& scratch_;
  AccumulatorSet reach_;
  TailEvaluator before_evaluator_;
  TailEvaluator after_evaluator_;
  PieceWalk walk_;
  Canvas* canvas_ = nullptr;
  DifferenceHistogram histogram_;
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> bins_;  // reachable, calibrated
};

// The smallest power of two, from 1 on, of which the largest finite difference is at most 47.
double BinWidth(const TailVerdict& tail) {
  double worst = 0;
  for (const ChannelVerdict& channel : tail.channels) {
    if (std::isfinite(channel.reachable.lsb)) worst = std::max(worst, channel.reachable.lsb);
  }
  double width = 1;
  while (worst / width > kMostBins) width *= 2;
  return width;
}

// Those with the largest difference on the gate's domain first, then on all of the reach.
std::vector<std::uint32_t> WorstChannels(const TailVerdict& tail, Domain gate, std::size_t most) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t c = 0; c < tail.channels.size(); ++c) {
    if (tail.channels[c].unproved.empty()) order.push_back(c);
  }
  std::ranges::stable_sort(order, [&](std::uint32_t x, std::uint32_t y) {
    const ChannelVerdict& a = tail.channels[x];
    const ChannelVerdict& b = tail.channels[y];
    return std::pair(a.Of(gate).lsb, a.reachable.lsb) > std::pair(b.Of(gate).lsb, b.reachable.lsb);
  });
  if (tail.witness) {  // by the ideal gap it need not be among the worst
    const auto at = std::ranges::find(order, tail.witness->channel);
    if (at != order.end()) std::rotate(order.begin(), at, at + 1);
  }
  if (order.size() > most) order.resize(most);
  return order;
}

// The operators of one side on the way to `end`, at `accumulator`.
std::vector<TracePoint> TraceSide(const Side& side, ir::NodeId conv, const SiteSide& site,
                                  const Frontier& end, std::uint32_t channel,
                                  std::int64_t accumulator) {
  const std::int64_t point[] = {accumulator};
  const ir::Graph& graph = side.view.program().graph;
  RegisterBlock block;
  TailEvaluator(site.tail, site.conv, channel).Evaluate(point, site.search.everything, block);
  std::vector<TracePoint> out{
      {graph.node(conv).name, graph.node(conv).target, static_cast<double>(block.low(0)[0])}};
  for (const std::uint32_t index : end.path) {
    const TailInstruction& op = site.tail.instructions[index];
    TracePoint at{graph.node(op.node).name, graph.node(op.node).target,
                  static_cast<double>(block.low(index + 1)[0])};
    if (IsQuantizer(op.op)) {
      const ir::QuantParams& params = ParamsOf(op.op);
      const auto real = [&](std::int64_t code) {
        return static_cast<double>(code - params.zero_point) * params.scale;
      };
      at.clipped = (block.flags(index + 1)[0] & RegisterBlock::kClipped) != 0;
      at.range = {real(params.quant_min), real(params.quant_max)};
    }
    out.push_back(std::move(at));
  }
  return out;
}

std::optional<Trace> TraceOf(const Side& before, const Side& after, const MatchedSite& site,
                             const PairPlan& pair, Domain gate, const TailVerdict& tail) {
  std::optional<std::pair<std::uint32_t, std::int64_t>> at;
  double worst = -1;
  for (std::uint32_t c = 0; c < tail.channels.size(); ++c) {
    const DomainFigures& figures = tail.channels[c].Of(gate);
    if (!figures.accumulator || figures.lsb <= worst) continue;
    worst = figures.lsb;
    at = {c, *figures.accumulator};
  }
  if (tail.witness) at = {tail.witness->channel, tail.witness->accumulator};
  if (!at) return std::nullopt;
  const Frontier& b_end = site.before->tail.frontiers[pair.before];
  const Frontier& a_end = site.after->tail.frontiers[pair.after];
  return Trace{at->first, at->second,
               TraceSide(before, site.before_conv, *site.before, b_end, at->first, at->second),
               TraceSide(after, site.after_conv, *site.after, a_end, at->first, at->second)};
}

TailPicture DrawTail(const Side& before, const Side& after, const MatchedSite& site,
                     const TailVerdict& tail, const ProveOptions& options,
                     std::size_t most_channels, JudgeScratch& scratch) {
  const PairPlan& pair = site.pairs[tail.pair];
  const Domain gate = options.judge.domain;
  TailPicture out;
  out.bin_lsb = BinWidth(tail);
  out.trace = TraceOf(before, after, site, pair, gate, tail);
  const std::vector<std::uint32_t> drawn = WorstChannels(tail, gate, most_channels);
  out.histograms.resize(tail.channels.size());
  std::map<std::uint32_t, ChannelPicture> pictures;
  for (std::uint32_t c = 0; c < tail.channels.size(); ++c) {
    if (!tail.channels[c].unproved.empty()) continue;
    ChannelDrawer drawer(site, pair, c, options, out.bin_lsb, scratch);
    const bool draws = std::ranges::find(drawn, c) != drawn.end();
    std::optional<Canvas> canvas;
    if (draws) canvas.emplace(drawer.reach());
    out.histograms[c] = drawer.Run(draws ? &*canvas : nullptr);
    if (draws && out.histograms[c]) pictures.emplace(c, std::move(*canvas).Finish(c));
  }
  for (const std::uint32_t c : drawn) {
    if (const auto at = pictures.find(c); at != pictures.end()) {
      out.channels.push_back(std::move(at->second));
    }
  }
  return out;
}

}  // namespace

std::vector<std::vector<TailPicture>> DrawTails(const Side& before, const Side& after,
                                                const Proof& proof, const ProveOptions& options,
                                                std::size_t most_channels) {
  std::vector<std::vector<TailPicture>> out;
  JudgeScratch scratch;
  for (std::size_t s = 0; s < proof.verification.sites.size(); ++s) {
    std::vector<TailPicture>& tails = out.emplace_back();
    // A curve is over one sum; a pair of sums has no picture.
    if (!proof.matching.sites[s].joint.empty()) continue;
    for (const TailVerdict& tail : proof.verification.sites[s].tails) {
      tails.push_back(
          DrawTail(before, after, proof.matching.sites[s], tail, options, most_channels, scratch));
    }
  }
  return out;
}

}  // namespace foldproof::prove
