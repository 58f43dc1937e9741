// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/properties.h"

#include <algorithm>
#include <set>
#include <utility>

#include "fuzz/program_checks.h"
#include "fuzz/run_check.h"
#include "fuzz/scale_check.h"
#include "src/base/error.h"
#include "src/ir/checker.h"

namespace foldproof::fuzz {
namespace {

using OutcomeKind = CaseOutcome::Kind;

// Rules that are told by a number of causes at once are told once.
void Add(CaseOutcome& outcome, Finding finding) {
  for (const Finding& known : outcome.findings) {
    if (known.rule == finding.rule) return;
  }
  outcome.findings.push_back(std::move(finding));
}

// A drawn tail of more accumulators that has to be enumerated is unproved: a case must be quick.
constexpr std::int64_t kMostEnumeratedOfCase = 1 << 16;

}  // namespace

std::string_view Name(CaseOutcome::Kind kind) {
  switch (kind) {
    case CaseOutcome::Kind::kRefused: return "refused";
    case CaseOutcome::Kind::kProved: return "proved";
    case CaseOutcome::Kind::kUnproved: return "unproved";
    case CaseOutcome::Kind::kFailed: return "failed";
    case CaseOutcome::Kind::kCut: return "cut";
  }
  FP_CHECK(false);
  return "";
}

CaseOutcome Examiner::Examine(const ir::Program& before, std::uint64_t index) {
  CaseOutcome outcome;
  AskOfPass(before, index, outcome);
  std::erase_if(outcome.findings, [&](const Finding& finding) {
    return options_.known.contains(finding.rule) ||
           (!options_.rules.empty() && !options_.rules.contains(finding.rule));
  });
  if (!outcome.findings.empty()) {
    outcome.kind = OutcomeKind::kFailed;
  } else if (!outcome.unproved.empty()) {
    outcome.kind = OutcomeKind::kUnproved;
  } else {
    outcome.kind = outcome.folded ? OutcomeKind::kProved : OutcomeKind::kRefused;
  }
  return outcome;
}

void Examiner::AskOfPass(const ir::Program& before, std::uint64_t index, CaseOutcome& outcome) {
  const passes::PassAnswer answer = pass_.Run(before);
  if (answer.kind == passes::PassAnswer::Kind::kRaised) {
    return Add(outcome, {answer.rule, "", answer.raised});
  }
  outcome.folded = answer.kind == passes::PassAnswer::Kind::kFolded;
  try {
    ir::CheckProgram(answer.program);
  } catch (const Error& error) {
    return Add(outcome, {"program-unusable", error.place(), error.why()});
  }
  const ir::Program& after = answer.program;
  if (outcome.folded) {
    if (auto fault = NonfiniteWritten(before, after)) Add(outcome, std::move(*fault));
    AskOfProof(before, after, outcome);
    if (options_.again_every != 0 && index % options_.again_every == 0) AskAgain(after, outcome);
    if (answer.missed.empty() && options_.family == Family::kQatChain) {
      if (auto fault = NewQuantFusionCrash(before, after)) Add(outcome, std::move(*fault));
    }
  }
  auto survivor = options_.family == Family::kConvBn ? FoldableNormIn(after, options_.weights)
                                                     : FoldableChainIn(after);
  if (survivor) Add(outcome, std::move(*survivor));
  if (options_.dear_every != 0 && index % options_.dear_every == 0) AskDear(before, after, outcome);
}

void Examiner::AskOfProof(const ir::Program& before, const ir::Program& after,
                          CaseOutcome& outcome) {
  const prove::Side before_side(before), after_side(after);
  prove::Proof proof;
  try {
    prove::ProveOptions options;
    options.judge.most_enumerated = kMostEnumeratedOfCase;
    options.judge.changed_only = true;  // what nobody changed is itself, where it is 0/0 too
    options.scratch = &scratch_;
    proof = prove::Prove(before_side, after_side, options);
  } catch (const Error& error) {
    return Add(outcome, {"program-unusable", error.place(), error.why()});
  }
  const prove::Verification& verification = proof.verification;
  if (auto fault = NeedlesslyCoarse(before_side, after_side, proof))
    Add(outcome, std::move(*fault));
  for (const prove::StructureFinding& found : verification.structure) {
    if (found.only_after) Add(outcome, {found.rule, found.node, found.detail});
  }
  for (const prove::SiteVerdict& site : verification.sites) {
    AskOfSite(before, after, site, outcome);
  }
  // What is no site, such as a convolution of an empty batch, is not proved either.
  if (verification.verdict == prove::Verdict::kUnproved && outcome.unproved.empty() &&
      !verification.unproved.empty()) {
    outcome.unproved = verification.unproved.front().reason;
  }
  if (auto fault =
          FaultOfRun(before, after, verification, options_.saturation_is_known, executor_)) {
    Add(outcome, std::move(*fault));
  }
}

void Examiner::AskOfSite(const ir::Program& before, const ir::Program& after,
                         const prove::SiteVerdict& site, CaseOutcome& outcome) {
  if (site.tails.empty() && site.verdict == prove::Verdict::kUnproved) {
    outcome.unproved = site.reason;
  }
  const bool lost_float_bias = IsUnquantizedFloatBiasConv(before, site.before_conv) &&
                               !HasFloatBias(after, site.after_conv) &&
                               !IsFoldedBehind(before, after, site.before_conv);
  for (const prove::TailVerdict& tail : site.tails) {
    const bool is_same = std::ranges::all_of(tail.channels, &prove::ChannelVerdict::bit_equal);
    if (tail.verdict == prove::Verdict::kEqual) continue;
    if (is_same && !tail.channels.empty() && tail.verdict != prove::Verdict::kDiffers) continue;
    std::set<std::string> rules;
    for (const prove::Cause& cause : tail.causes) rules.insert(cause.rule);
    if (tail.verdict == prove::Verdict::kDiffers) {
      // What LSB are told in may be coarser where the chain went; the quantizer itself is kept.
      const bool saturates = options_.saturation_is_known && rules.contains("saturation");
      for (const prove::Cause& cause : tail.causes) {
        if (saturates && (cause.rule == "saturation" || cause.rule == "coarser-quantizer"))
          continue;
        Add(outcome, {cause.rule, cause.node, cause.detail});
      }
      if (tail.causes.empty()) Add(outcome, {"differs", site.before_conv, "without a cause"});
    } else if (tail.verdict == prove::Verdict::kUnproved && rules.contains("undefined-before")) {
      // A bias that went into codes in front of a chain that still stands is another matter.
      if (!IsFoldedBehind(before, after, site.before_conv)) continue;
      // The pass folded what is 0/0, NaN or infinite before: nothing can be said of it.
      Add(outcome, {"undefined-before", site.before_conv, tail.reason});
    } else if (tail.verdict == prove::Verdict::kUnproved) {
      outcome.unproved = tail.reason;
    }
    if (lost_float_bias && tail.verdict != prove::Verdict::kUnproved) {
      Add(outcome, {"float-bias-quantized", site.before_conv, "no quantizer reads its value"});
    }
  }
}

void Examiner::AskAgain(const ir::Program& after, CaseOutcome& outcome) {
  const passes::PassAnswer again = pass_.Run(after);
  if (again.kind == passes::PassAnswer::Kind::kRaised) {
    Add(outcome, {"not-idempotent", "", "folding again raises: " + again.raised});
  } else if (again.kind == passes::PassAnswer::Kind::kFolded) {
    Add(outcome, {"not-idempotent", "", "folding again changes the program"});
  }
}

void Examiner::AskDear(const ir::Program& before, const ir::Program& after, CaseOutcome& outcome) {
  const prove::Side left(before), right(before);
  prove::ProveOptions options;
  options.judge.most_enumerated = kMostEnumeratedOfCase;
  options.scratch = &scratch_;
  const prove::Verification itself = prove::Prove(left, right, options).verification;
  if (itself.verdict == prove::Verdict::kDiffers || itself.verdict == prove::Verdict::kWithin) {
    Add(outcome, {"not-itself", "", "the prover finds the program unequal to itself"});
  }
  if (auto fault = LostInRoundTrip(after)) Add(outcome, std::move(*fault));
  const auto other = pass_.RunOnOtherForm(before);
  if (other && !SameConstantsAndOperators(after, other->program)) {
    Add(outcome, {"forms-differ", "", "GraphModule and ExportedProgram are folded differently"});
  }
}

}  // namespace foldproof::fuzz
