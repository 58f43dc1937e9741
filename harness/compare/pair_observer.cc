// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/pair_observer.h"

#include <algorithm>
#include <cmath>

#include "harness/prove/constants/tensor_numbers.h"
#include "src/base/infinity.h"

namespace foldproof::compare {
namespace {

using prove::ChannelVerdict;
using prove::Verdict;

constexpr std::size_t kMostCandidates = 16;  // judged of one run

// A register's elements as numbers, in the order of the conv's result.
class InOrder {
 public:
  InOrder(const exec::Tensor& tensor, const std::vector<std::int64_t>& places)
      : numbers_(prove::NumbersOf<double>(tensor)), places_(places) {}

  std::size_t size() const { return numbers_.size(); }
  double operator[](std::size_t element) const {
    return numbers_[places_.empty() ? element : static_cast<std::size_t>(places_[element])];
  }

 private:
  std::vector<double> numbers_;
  const std::vector<std::int64_t>& places_;
};

// The last quantize on the way to a frontier.
std::optional<std::uint32_t> LastQuantizer(const prove::Tail& tail,
                                           const prove::Frontier& frontier) {
  for (std::size_t i = frontier.path.size(); i-- > 0;) {
    if (std::holds_alternative<prove::tail_op::Quantize>(tail.instructions[frontier.path[i]].op))
      return frontier.path[i];
  }
  return std::nullopt;
}

// Output positions of one channel of a conv's result.
std::size_t PositionsOf(const std::vector<std::int64_t>& sizes, std::size_t spatial) {
  std::int64_t out = 1;
  for (std::size_t d = 0; d < spatial; ++d) out *= sizes[sizes.size() - 1 - d];
  return static_cast<std::size_t>(std::max<std::int64_t>(out, 1));
}

void CountEnd(double code, const ir::QuantParams& params, Saturation& out) {
  ++out.count;
  out.at_end += code <= static_cast<double>(params.quant_min) ||
                code >= static_cast<double>(params.quant_max);
}

}  // namespace

PairObserver::PairObserver(const Subject& subject)
    : subject_(subject),
      pair_(subject.site.pairs[subject.verdict.pair]),
      before_(ReadingOf(subject.before, *subject.site.before, pair_.before,
                        pair_.codes ? std::optional(pair_.codes->first) : std::nullopt)),
      after_(ReadingOf(subject.after, *subject.site.after, pair_.after,
                       pair_.codes ? std::optional(pair_.codes->second) : std::nullopt)),
      check_(subject.before, subject.site, pair_, subject.arithmetic),
      channels_(subject.site.before->conv.channels) {}

void PairObserver::Clear() {
  channels_.assign(channels_.size(), {});
  findings_.clear();
  beyond_by_rounding_ = 0;
  runs_ = 0;
}

PairObserver::Reading PairObserver::ReadingOf(const prove::Side& side, const prove::SiteSide& site,
                                              std::uint32_t frontier,
                                              std::optional<std::uint32_t> codes) {
  const prove::Frontier& end = site.tail.frontiers[frontier];
  const auto reg = [&](std::uint32_t index) {
    auto places = PlacesOf(side.view, site, index);
    if (!places) why_not_ = "a permute of a shape that is not known leads to it";
    const auto& type = side.view.program().graph.value(site.tail.values[index]).type;
    if (!type || !prove::IsComputed(type->dtype)) why_not_ = "its element type is not read here";
    return Reading::Register{site.tail.values[index], places.value_or(std::vector<std::int64_t>())};
  };
  Reading out;
  out.conv = site.conv.output;
  out.frontier = reg(end.reg);
  out.compared = codes ? reg(*codes) : out.frontier;
  if (const auto quantizer = LastQuantizer(site.tail, end)) {
    out.codes = reg(*quantizer + 1);
    out.params = prove::ParamsOf(site.tail.instructions[*quantizer].op);
  }
  return out;
}

std::vector<ir::ValueId> PairObserver::ValuesOf(const Reading& reading) {
  std::vector<ir::ValueId> out{reading.conv, reading.frontier.value, reading.compared.value};
  if (reading.codes) out.push_back(reading.codes->value);
  return out;
}

// As in the proof (docs/proof.md, eq. 10): |after - before| / lsb, codes as integers, infinite
// where after is no finite number.
double PairObserver::LsbOf(double before, double after) const {
  if (!std::isfinite(after)) return kInfinity;
  return std::abs(after - before) * (pair_.codes ? 1.0 : 1.0 / pair_.lsb);
}

// One code of the coarsest quantizer on either side's way to the frontier, in LSB.
double PairObserver::OneCode() const {
  double scale = 0;
  const auto widen = [&](const prove::SiteSide& side, std::uint32_t frontier) {
    for (const std::uint32_t index : side.tail.frontiers[frontier].path) {
      const prove::TailOperator& op = side.tail.instructions[index].op;
      const auto* quantize = std::get_if<prove::tail_op::Quantize>(&op);
      if (quantize != nullptr) scale = std::max(scale, quantize->params.scale);
    }
  };
  widen(*subject_.site.before, pair_.before);
  widen(*subject_.site.after, pair_.after);
  return std::max(1.0, scale / pair_.lsb);
}

// What an executor may show at an accumulator: what the tails give; in other arithmetic a code
// more, as a witness may (docs/proof.md, "Witnesses").
double PairObserver::MostAt(const AtAccumulator& at) const {
  if (subject_.arithmetic != Arithmetic::kOther) return at.most_lsb;
  return at.most_lsb * (1 + 1e-6) + OneCode();
}

// Above what the proof says of its channel, or over the tolerance where the proof knows of no such
// input.
bool PairObserver::IsSuspect(std::uint32_t channel, double lsb) const {
  const ChannelVerdict& verdict = subject_.verdict.channels[channel];
  if (lsb == 0) return false;
  // What it reads may lie outside of the range that the proof takes for granted.
  if (subject_.site.before->conv.float_input) return false;
  if (verdict.unproved.empty() && lsb > verdict.reachable.lsb) return true;
  return subject_.verdict.verdict != Verdict::kDiffers && prove::IsOver(lsb, verdict.allowed_lsb);
}

bool PairObserver::IsDefined(const exec::Tensor& cut, std::int64_t element, std::uint32_t channel) {
  const ChannelVerdict& verdict = subject_.verdict.channels[channel];
  if (verdict.undefined == 0 || subject_.site.before->conv.float_input) return true;
  if (verdict.undefined == verdict.reachable.count) return false;
  const auto at = check_.At(cut, element, channel);
  return at && at->defined;
}

void PairObserver::Observe(std::size_t run, const exec::Tensors& before, const exec::Tensors& after,
                           const exec::Tensor& cut) {
  const InOrder b(before.at(before_.frontier.value), before_.frontier.places);
  const InOrder a(after.at(after_.frontier.value), after_.frontier.places);
  const InOrder b_compared(before.at(before_.compared.value), before_.compared.places);
  const InOrder a_compared(after.at(after_.compared.value), after_.compared.places);
  std::optional<InOrder> b_codes, a_codes;
  if (before_.codes) b_codes.emplace(before.at(before_.codes->value), before_.codes->places);
  if (after_.codes) a_codes.emplace(after.at(after_.codes->value), after_.codes->places);
  const auto elements = static_cast<std::size_t>(before.at(before_.conv).count());
  if (a.size() != elements || b.size() != elements) {
    throw Error(Error::Code::kInput, subject_.verdict.frontier,
                "has another number of elements than its convolution");
  }
  const std::size_t in_channel =
      PositionsOf(before.at(before_.conv).sizes, subject_.site.before->conv.op.spatial());
  std::vector<Candidate> suspects;
  for (std::size_t e = 0; e < elements; ++e) {
    const auto c = static_cast<std::uint32_t>(e / in_channel % channels_.size());
    Observation& out = channels_[c];
    const auto element = static_cast<std::int64_t>(e);
    if (!std::isfinite(b[e]) || !IsDefined(cut, element, c)) {
      ++out.undefined;
      continue;
    }
    const double lsb = LsbOf(b_compared[e], a_compared[e]);
    out.lsb.Add(lsb);
    out.over += prove::IsOver(lsb, subject_.verdict.channels[c].allowed_lsb);
    out.agreement.Add(b[e], a[e]);
    if (b_codes) CountEnd((*b_codes)[e], before_.params, out.before);
    if (a_codes) CountEnd((*a_codes)[e], after_.params, out.after);
    if (IsSuspect(c, lsb)) suspects.push_back({element, c, lsb});
  }
  ++runs_;
  JudgeWorst(run, cut, std::move(suspects));
}

void PairObserver::JudgeWorst(std::size_t run, const exec::Tensor& cut,
                              std::vector<Candidate> suspects) {
  std::stable_sort(suspects.begin(), suspects.end(),
                   [](const Candidate& x, const Candidate& y) { return x.lsb > y.lsb; });
  suspects.resize(std::min(suspects.size(), kMostCandidates));
  for (const Candidate& suspect : suspects) Judge(run, cut, suspect);
}

void PairObserver::Judge(std::size_t run, const exec::Tensor& cut, const Candidate& suspect) {
  const ChannelVerdict& channel = subject_.verdict.channels[suspect.channel];
  // With a sum on either side there is no accumulator to look at: the bound alone counts.
  const auto at = channel.joint ? std::nullopt : check_.At(cut, suspect.element, suspect.channel);
  SampleFinding finding{"observed-over-proved",
                        subject_.site_verdict.before_conv,
                        subject_.verdict.place,
                        run,
                        suspect.channel,
                        std::nullopt,
                        suspect.lsb,
                        channel.reachable.lsb};
  const bool proved = channel.unproved.empty();
  const bool gated = at && (subject_.gate == prove::Domain::kReachable || at->calibrated);
  if (at) {
    if (!at->defined) return;
    finding.accumulator = at->accumulator;
    if (at->calibrated) finding.proved_lsb = channel.calibrated.lsb;
    // An executor of another arithmetic may round the square roots of constants in another way.
    const double root_step =
        subject_.arithmetic == Arithmetic::kExact ? 0 : channel.reachable.lsb_root_step.value_or(0);
    const double most = std::max(MostAt(*at), root_step);
    const bool over = gated && prove::IsOver(at->lsb, channel.allowed_lsb);
    const bool contradicts = proved && (suspect.lsb > most || at->lsb > finding.proved_lsb);
    if (!contradicts && over && subject_.verdict.verdict == Verdict::kUnproved) {
      finding.rule = "observed-over-tolerance";
      finding.proved_lsb = channel.allowed_lsb;
    } else if (!contradicts) {
      beyond_by_rounding_ += proved && suspect.lsb > channel.reachable.lsb;
      return;
    }
  } else if (!proved || suspect.lsb <= channel.reachable.lsb) {
    return;  // over the tolerance, but at which accumulator is not known
  } else if (subject_.arithmetic != Arithmetic::kExact &&
             suspect.lsb <= channel.reachable.lsb + OneCode()) {
    ++beyond_by_rounding_;
    return;
  }
  if (findings_.size() < kMostFindingsOfTail) findings_.push_back(std::move(finding));
}

}  // namespace foldproof::compare
