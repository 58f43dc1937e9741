// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/witness/confirm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/arrays/runs.h"
#include "harness/prove/tail/register_places.h"
#include "harness/prove/witness/feed_point.h"
#include "harness/prove/witness/moved_witness.h"
#include "harness/prove/witness/witness_input.h"
#include "harness/prove/witness/witness_run.h"

namespace foldproof::prove {
namespace {

exec::Arrays FileOf(const Side& before, const WitnessInput& input) {
  if (input.level == Witness::Level::kSite)
    return {{exec::CutName(before.view.program().graph.value(input.fed).name), input.tensor}};
  exec::Arrays out;
  const auto users = before.view.program().UserInputs();
  for (std::size_t u = 0; u < users.size(); ++u) {
    out.emplace(exec::ArrayName('x', 0, u, users.size()), InputOf(before, users[u], u, input));
  }
  return out;
}

// Writes the witness' input and notes where it lies.
void Write(const Side& before, const WitnessInput& input, const std::filesystem::path& folder,
           std::size_t site, std::size_t tail, Witness& witness) {
  const auto path = folder / fmt::format("site{}_tail{}.npz", site, tail);
  exec::WriteNpz(path, FileOf(before, input));
  witness.level = input.level;
  witness.file = path.string();
}

// One witness of one pair of tails.
class Confirmer {
 public:
  Confirmer(const Side& before, const Side& after, const MatchedSite& site, const PairPlan& pair,
            const Witness& witness, const WitnessInput& input)
      : before_(before),
        after_(after),
        site_(site),
        pair_(pair),
        witness_(witness),
        input_(input),
        feed_(FeedPointOf(before, after, site)) {}

  // What both programs give at the witness' place; an Error where one cannot be run.
  struct Observed {
    double before, after;
  };
  Observed Run(const WitnessRunner& runner) const {
    return {RunSide(before_, *site_.before, pair_.before, feed_.before, *runner.before),
            RunSide(after_, *site_.after, pair_.after, feed_.after, *runner.after)};
  }

 private:
  // The element that two programs whose elements lie in different places show.
  double RunMoved(const Side& side, const Frontier& end, ir::ValueId cut,
                  exec::Executor& executor) const {
    const ir::Program& program = side.view.program();
    const std::size_t index = OutputOfMoved(witness_);
    const ir::ValueId output =
        side.view.Output(index, std::get<ir::ValueId>(program.graph.outputs().at(index)));
    const exec::Tensors feeds =
        FeedsOf(side, cut, feed_.codes, site_.before->conv, input_, !end.output);
    const exec::Tensors results = executor.Run(program, feeds, {output});
    const auto element = ElementOf(results.at(output), ElementOfMoved(witness_));
    if (!element) throw Error(Error::Code::kInput, "", "its place at the output was not found");
    return *element;
  }

  double RunSide(const Side& side, const SiteSide& site, std::uint32_t frontier, ir::ValueId cut,
                 exec::Executor& executor) const {
    const ir::Program& program = side.view.program();
    const Frontier& end = site.tail.frontiers[frontier];
    if (ShowsMoved(witness_)) return RunMoved(side, end, cut, executor);
    const exec::Tensors feeds = FeedsOf(side, cut, feed_.codes, site_.before->conv, input_, false);
    const exec::Tensors results = executor.Run(program, feeds, {end.value});
    const auto& type = program.graph.value(site.conv.output).type;
    const auto sizes = type->sizes();
    const std::size_t spatial = site.conv.op.spatial();
    std::int64_t index = witness_.channel;
    for (std::size_t d = 0; d < spatial; ++d) {
      index = index * sizes[sizes.size() - spatial + d] + witness_.output_position[d];
    }
    const auto places = PlaceRegisters(side.view, site.tail)[end.reg].places;
    const auto at = places ? places->Find(index) : std::nullopt;
    const auto element = at ? ElementOf(results.at(end.value), *at) : std::nullopt;
    if (!element) throw Error(Error::Code::kInput, "", "its place at the frontier was not found");
    return *element;
  }

  const Side& before_;
  const Side& after_;
  const MatchedSite& site_;
  const PairPlan& pair_;
  const Witness& witness_;
  const WitnessInput& input_;
  const FeedPoint feed_;
};

// One code, in LSB: the coarsest quantizer of either path, as the frontier sees it at gain one.
double OneCode(const MatchedSite& site, const PairPlan& pair) {
  double scale = 0;
  const auto widen = [&](const SiteSide& side, const Frontier& frontier) {
    for (const std::uint32_t index : frontier.path) {
      const TailOperator& op = side.tail.instructions[index].op;
      if (IsQuantizer(op)) scale = std::max(scale, ParamsOf(op).scale);
    }
  };
  widen(*site.before, site.before->tail.frontiers[pair.before]);
  widen(*site.after, site.after->tail.frontiers[pair.after]);
  return std::max(1.0, scale / pair.lsb);
}

double LsbOf(const PairPlan& pair, Confirmer::Observed observed) {
  return std::isfinite(observed.after) ? std::abs(observed.after - observed.before) / pair.lsb
                                       : std::numeric_limits<double>::infinity();
}

// Why an executed difference of `lsb` does not confirm the witness; empty: it does.
std::string WhyNotConfirmed(const MatchedSite& site, const PairPlan& pair,
                            const ChannelVerdict& channel, double lsb, const Witness& witness) {
  if (std::isnan(witness.claimed_lsb)) {
    if (witness.by_ideal_gap ? std::isfinite(lsb) : IsOver(lsb, channel.allowed_lsb)) return {};
    return fmt::format("observed {:g} LSB is not over the tolerance {:g}", lsb,
                       channel.allowed_lsb);
  }
  // Only an infinite difference bears out an infinite claim.
  const bool infinite = std::isinf(witness.claimed_lsb);
  const double slack =
      OneCode(site, pair) * (1 + 1e-6) + 1e-5 * std::abs(witness.claimed_lsb) + witness.spread_lsb;
  const bool near = infinite ? std::isinf(lsb) : std::abs(lsb - witness.claimed_lsb) <= slack;
  if (!near) return fmt::format("claimed {:g} LSB, observed {:g}", witness.claimed_lsb, lsb);
  if (witness.by_ideal_gap || IsOver(lsb, channel.allowed_lsb)) return {};
  return fmt::format("observed {:g} LSB is not over the tolerance {:g}", lsb, channel.allowed_lsb);
}

// Runs one witness in every runner and notes what they say.
void Confirm(const Confirmer& confirmer, const std::vector<WitnessRunner>& runners,
             const MatchedSite& site, TailVerdict& tail) {
  Witness& witness = *tail.witness;
  const PairPlan& pair = site.pairs[tail.pair];
  std::vector<std::string> faults;
  const auto fault = [&](const WitnessRunner& runner, const std::string& why) {
    return runners.size() == 1 ? why : runner.description + ": " + why;
  };
  std::string why_not;
  for (const WitnessRunner& runner : runners) {
    try {
      const Confirmer::Observed observed = confirmer.Run(runner);
      const double lsb = LsbOf(pair, observed);
      if (!witness.observed_lsb) {
        witness.observed_lsb = lsb;
        witness.observed_before = observed.before;
        witness.observed_after = observed.after;
      }
      const std::string why =
          WhyNotConfirmed(site, pair, tail.channels[witness.channel], lsb, witness);
      if (why.empty()) witness.confirmed_by.push_back(runner.description);
      if (!why.empty() && why_not.empty()) why_not = fault(runner, why);
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      faults.push_back(fault(runner, error.what()));
    }
  }
  witness.confirmed = why_not.empty() && !witness.confirmed_by.empty();
  witness.why_not_confirmed =
      witness.observed_lsb ? why_not : fmt::format("{}", fmt::join(faults, "; "));
  if (witness.observed_lsb) std::ranges::move(faults, std::back_inserter(witness.not_run_by));
}

template <typename Visit>
void ForEachWitness(Proof& proof, Visit&& visit) {
  for (std::size_t s = 0; s < proof.verification.sites.size(); ++s) {
    auto& tails = proof.verification.sites[s].tails;
    for (std::size_t t = 0; t < tails.size(); ++t) {
      if (tails[t].witness) visit(s, t, proof.matching.sites[s], tails[t]);
    }
  }
}

}  // namespace

void SetWitnessLevels(const Side& before, Proof& proof) {
  ForEachWitness(proof, [&](std::size_t, std::size_t, const MatchedSite& site, TailVerdict& tail) {
    const WitnessInputOrReason made = MakeWitnessInput(before, site, *tail.witness);
    if (made.input) {
      tail.witness->level = made.input->level;
    } else if (!made.without_sizes) {
      tail.witness->why_not_confirmed = made.reason;
    }
  });
}

void ConfirmWitnesses(const Side& before, const Side& after,
                      const std::vector<WitnessRunner>& runners,
                      const std::vector<std::string>& not_opened,
                      const std::filesystem::path& folder, Proof& proof) {
  ForEachWitness(
      proof, [&](std::size_t s, std::size_t t, const MatchedSite& site, TailVerdict& tail) {
        Witness& witness = *tail.witness;
        const WitnessInputOrReason made = MakeWitnessInput(before, site, witness);
        if (!made.input) {
          witness.confirmed = false;
          witness.why_not_confirmed = made.reason;
          return;
        }
        Write(before, *made.input, folder, s, t, witness);
        witness.not_run_by = not_opened;
        const Confirmer confirmer(before, after, site, site.pairs[tail.pair], witness, *made.input);
        Confirm(confirmer, runners, site, tail);
      });
}

}  // namespace foldproof::prove
