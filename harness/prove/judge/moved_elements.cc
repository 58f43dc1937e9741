// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/moved_elements.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/exec/eigen/eigen_executor.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/prove/conv/element_window.h"
#include "harness/prove/sites/output_pairs.h"
#include "harness/prove/tail/build_tail.h"
#include "harness/prove/tail/register_places.h"
#include "harness/prove/witness/moved_witness.h"
#include "harness/prove/witness/witness_run.h"

namespace foldproof::prove {
namespace {

constexpr std::size_t kMostPlaces = 4;                       // that are tried
constexpr std::int64_t kMostLooked = std::int64_t{1} << 20;  // for one that differs
// Below this share of an output's largest number a difference may be another order of summation.
constexpr double kRelativeNoise = 1e-4;

// Two elements of the conv's output: what before shows at some place, and what after shows there.
struct Contrast {
  std::int64_t before, after;
};

class MovedSearch {
 public:
  MovedSearch(const Side& before, const Side& after, const MatchedSite& site, const PairPlan& pair,
              double allowed_lsb)
      : before_(before),
        after_(after),
        site_(site),
        pair_(pair),
        conv_(site.before->conv),
        allowed_(allowed_lsb * pair.lsb),
        feed_(FeedPointOf(before, after, site)) {}

  std::optional<Witness> Run();
  const std::string& why_not() const { return why_not_; }

 private:
  std::vector<Contrast> FindContrasts() const;
  std::vector<std::vector<std::int64_t>> CodesFor(const Contrast& contrast,
                                                  const WindowReader& reader) const;
  std::vector<std::int64_t> AnyCodes(std::size_t count, std::uint64_t seed) const;
  std::optional<Witness> Try(const Contrast& contrast, std::vector<std::int64_t> codes,
                             const WindowReader& reader);
  std::optional<exec::Tensors> Outputs(exec::Executor& executor, const Side& side, ir::ValueId cut,
                                       const WitnessInput& input);
  bool Worst(const exec::Tensors& b, const exec::Tensors& a, Witness& witness) const;
  std::vector<std::uint32_t> OutputsLookedAt() const;

  const Side& before_;
  const Side& after_;
  const MatchedSite& site_;
  const PairPlan& pair_;
  const ConvSide& conv_;
  double allowed_;
  FeedPoint feed_;
  exec::IntegerExecutor integer_;
  exec::EigenExecutor eigen_;
  std::string why_not_ = "no input was found that shows it";
};

const Frontier& BeforeEnd(const MatchedSite& site, const PairPlan& pair) {
  return site.before->tail.frontiers[pair.before];
}

// Places at which the two programs show other elements; where it is the shape alone that differs,
// the first element and the last.
std::vector<Contrast> MovedSearch::FindContrasts() const {
  const Frontier& b_end = BeforeEnd(site_, pair_);
  const Frontier& a_end = site_.after->tail.frontiers[pair_.after];
  const ElementPlaces b = *PlaceRegisters(before_.view, site_.before->tail)[b_end.reg].places;
  const ElementPlaces a = *PlaceRegisters(after_.view, site_.after->tail)[a_end.reg].places;
  const std::int64_t count = std::min(b.count(), a.count());
  std::vector<Contrast> out;
  for (std::int64_t i = 0; i < std::min(count, kMostLooked) && out.size() < kMostPlaces; ++i) {
    const Contrast here{b.At(i), a.At(i)};
    if (here.before != here.after) out.push_back(here);
  }
  if (out.empty() && count > 1) out.push_back({b.At(0), b.At(count - 1)});
  return out;
}

// What makes the one element's accumulator large and the other's small, and the other way round.
std::vector<std::vector<std::int64_t>> MovedSearch::CodesFor(const Contrast& contrast,
                                                             const WindowReader& reader) const {
  std::vector<std::int64_t> weight(reader.count(), 0);
  for (const auto& [at, w] : reader.Of(contrast.before)) weight[at] += w;
  for (const auto& [at, w] : reader.Of(contrast.after)) weight[at] -= w;
  std::vector<std::vector<std::int64_t>> out;
  for (const int sign : {1, -1}) {
    std::vector<std::int64_t>& codes = out.emplace_back(weight.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const std::int64_t w = sign * weight[i];
      const std::int64_t x =
          w > 0   ? conv_.numbers.high
          : w < 0 ? conv_.numbers.low
                  : std::clamp<std::int64_t>(0, conv_.numbers.low, conv_.numbers.high);
      codes[i] = x + conv_.input_params.zero_point;
    }
  }
  return out;
}

// Codes that look random and are the same in every run.
std::vector<std::int64_t> MovedSearch::AnyCodes(std::size_t count, std::uint64_t seed) const {
  std::vector<std::int64_t> codes(count);
  const auto span = static_cast<std::uint64_t>(conv_.numbers.high - conv_.numbers.low + 1);
  for (std::int64_t& code : codes) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    code = conv_.numbers.low + static_cast<std::int64_t>((seed >> 33) % span) +
           conv_.input_params.zero_point;
  }
  return codes;
}

// The output that the frontier is, else all outputs that are tensors of both programs. Where states
// stand among the outputs of one program, the others have other indices there; those are left out.
std::vector<std::uint32_t> MovedSearch::OutputsLookedAt() const {
  const auto own = BeforeEnd(site_, pair_).output;
  std::vector<std::uint32_t> out;
  for (const PairedValue& pair : PairValues(before_.view.program(), after_.view.program())) {
    if (pair.before == pair.after && (!own || own == pair.before)) out.push_back(pair.before);
  }
  return out;
}

ir::ValueId OutputOf(const Side& side, std::uint32_t index) {
  return side.view.Output(index, std::get<ir::ValueId>(side.view.program().graph.outputs()[index]));
}

std::optional<exec::Tensors> MovedSearch::Outputs(exec::Executor& executor, const Side& side,
                                                  ir::ValueId cut, const WitnessInput& input) {
  std::vector<ir::ValueId> fetch;
  for (const std::uint32_t index : OutputsLookedAt()) fetch.push_back(OutputOf(side, index));
  const bool whole = !BeforeEnd(site_, pair_).output;
  try {
    const exec::Tensors feeds = FeedsOf(side, cut, feed_.codes, conv_, input, whole);
    return executor.Run(side.view.program(), feeds, fetch);
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput) throw;
    why_not_ = "what the outputs make of it cannot be run: " + std::string(error.what());
    return std::nullopt;
  }
}

// Notes the element of an output that differs most; false: none by more than is allowed.
bool MovedSearch::Worst(const exec::Tensors& b, const exec::Tensors& a, Witness& witness) const {
  double worst = 0;
  for (const std::uint32_t output : OutputsLookedAt()) {
    const exec::Tensor& left = b.at(OutputOf(before_, output));
    const exec::Tensor& right = a.at(OutputOf(after_, output));
    if (left.sizes != right.sizes || left.dtype != right.dtype) continue;
    double largest = 0;
    for (std::int64_t i = 0; i < left.count(); ++i) {
      const auto x = ElementOf(left, i);
      if (x && std::isfinite(*x)) largest = std::max(largest, std::abs(*x));
    }
    for (std::int64_t i = 0; i < left.count(); ++i) {
      const auto x = ElementOf(left, i);
      const auto y = ElementOf(right, i);
      if (!x || !y || !std::isfinite(*x) || !std::isfinite(*y)) continue;
      const double difference = std::abs(*x - *y);
      if (difference <= allowed_ || difference <= kRelativeNoise * largest || difference <= worst)
        continue;
      worst = difference;
      witness.output_position = {output, i};
    }
  }
  witness.claimed_lsb = worst / pair_.lsb;
  return worst > 0;
}

std::optional<Witness> MovedSearch::Try(const Contrast& contrast, std::vector<std::int64_t> codes,
                                        const WindowReader& reader) {
  const std::int64_t z = conv_.input_params.zero_point;
  for (std::int64_t& code : codes) code -= z;
  Witness witness = MovedWitness(std::move(codes));
  witness.channel = static_cast<std::uint32_t>(reader.ChannelOf(contrast.before));
  for (const auto& [at, w] : reader.Of(contrast.before))
    witness.accumulator += w * witness.taps[at];
  const WitnessInputOrReason made = MakeWitnessInput(before_, site_, witness);
  if (!made.input) {
    why_not_ = made.reason;
    return std::nullopt;
  }
  for (exec::Executor* executor : std::initializer_list<exec::Executor*>{&integer_, &eigen_}) {
    const auto b = Outputs(*executor, before_, feed_.before, *made.input);
    const auto a = b ? Outputs(*executor, after_, feed_.after, *made.input) : std::nullopt;
    if (!b || !a) continue;
    if (Worst(*b, *a, witness)) return witness;
    why_not_ = "no input was found that shows it";
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Witness> MovedSearch::Run() {
  const auto reader = WindowReader::Make(before_.view, conv_);
  if (!reader) {
    why_not_ = "a size is not known";
    return std::nullopt;
  }
  std::uint64_t seed = 1;
  for (const Contrast& contrast : FindContrasts()) {
    auto tried = CodesFor(contrast, *reader);
    tried.push_back(AnyCodes(reader->count(), seed++));
    for (std::vector<std::int64_t>& codes : tried) {
      if (auto found = Try(contrast, std::move(codes), *reader)) return found;
    }
  }
  return std::nullopt;
}

// The last node on the way to the frontier that moves elements; of after, else of before.
const ir::Node* LastMove(const Side& side, const SiteSide& site, const Frontier& end) {
  const std::vector<ir::NodeId> nodes = NodesTo(site.tail, end.reg);
  for (std::size_t i = nodes.size(); i-- > 0;) {
    const ir::Node& node = side.view.program().graph.node(nodes[i]);
    if (std::holds_alternative<ir::Permute>(node.op) ||
        std::holds_alternative<ir::Reshape>(node.op))
      return &node;
  }
  return nullptr;
}

Cause CauseOf(const Side& before, const Side& after, const MatchedSite& site, const PairPlan& pair,
              std::uint32_t channel) {
  const Frontier& b = BeforeEnd(site, pair);
  const Frontier& a = site.after->tail.frontiers[pair.after];
  const ir::Node* after_move = LastMove(after, *site.after, a);
  const ir::Node* before_move = LastMove(before, *site.before, b);
  const ir::Node* node = after_move != nullptr ? after_move : before_move;
  Cause cause;
  cause.rule = "moved-elements";
  cause.node = node != nullptr ? node->name : "";
  cause.channels = {channel};
  cause.share = 1;
  cause.detail = "the elements that " + DescribeFrontier(before.view, b) +
                 " sees lie in other places than before, or in another shape";
  return cause;
}

}  // namespace

bool AreMoved(const Side& before, const Side& after, const MatchedSite& site,
              const PairPlan& pair) {
  if (pair.identical) return false;
  // Without one of these each register has the places of the conv's result.
  const auto moves = [](const Side& side, const Tail& tail) {
    return std::ranges::any_of(tail.instructions, [&](const TailInstruction& one) {
      const ir::Op& op = side.view.program().graph.node(one.node).op;
      return std::holds_alternative<ir::Reshape>(op) || std::holds_alternative<ir::Permute>(op);
    });
  };
  if (!moves(before, site.before->tail) && !moves(after, site.after->tail)) return false;
  const Frontier& b_end = BeforeEnd(site, pair);
  const Frontier& a_end = site.after->tail.frontiers[pair.after];
  return RelationOf(PlaceRegisters(before.view, site.before->tail)[b_end.reg],
                    PlaceRegisters(after.view, site.after->tail)[a_end.reg]) !=
         PlaceRelation::kSame;
}

void JudgeMoved(const Side& before, const Side& after, const MatchedSite& site,
                const PairPlan& pair, TailVerdict& verdict) {
  double allowed_lsb = 0;
  for (ChannelVerdict& channel : verdict.channels) {
    channel.bit_equal = false;
    // An element stands against another accumulator's: no figure over single ones bounds that.
    for (DomainFigures* figures : {&channel.reachable, &channel.calibrated, &channel.observed}) {
      figures->lsb = std::numeric_limits<double>::infinity();
      figures->at_least = 0;
    }
    // What has no bound, or none that is known, refutes nothing.
    if (std::isfinite(channel.allowed_lsb))
      verdict.tolerance_lsb = std::max(verdict.tolerance_lsb, channel.allowed_lsb);
    else
      allowed_lsb = std::numeric_limits<double>::infinity();
    if (std::isfinite(channel.tolerance.lsb))
      verdict.derived_lsb = std::max(verdict.derived_lsb, channel.tolerance.lsb);
  }
  MovedSearch search(before, after, site, pair, std::max(allowed_lsb, verdict.tolerance_lsb));
  verdict.witness = search.Run();
  if (!verdict.witness) {
    verdict.verdict = Verdict::kUnproved;
    verdict.reason =
        "its elements lie in other places than before, or in another shape: " + search.why_not();
    return;
  }
  verdict.verdict = Verdict::kDiffers;
  const Witness& witness = *verdict.witness;
  DomainFigures& figures = verdict.channels[witness.channel].reachable;
  figures.at_least = witness.claimed_lsb;
  figures.accumulator = witness.accumulator;
  verdict.causes.push_back(CauseOf(before, after, site, pair, witness.channel));
}

}  // namespace foldproof::prove
