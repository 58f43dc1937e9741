// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/cause_shrinker.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "fuzz/generator.h"
#include "fuzz/shrink.h"
#include "harness/passes/worker_pass.h"
#include "src/base/refuse.h"

namespace foldproof::fuzz {
namespace {

constexpr std::size_t kMostHangs = 4;  // draws that are tried where each costs its time-out

bool CostsItsTimeOut(const Finding& finding) {
  if (finding.rule == kPassHangs) return true;
  if (finding.rule == kInternalError) return finding.detail.starts_with(kNoAnswer);
  return finding.detail.find(passes::kNoHandshake) != std::string::npos;
}

}  // namespace

CauseShrinker::CauseShrinker(const passes::MakePass& make_pass, const PropertyOptions& properties,
                             std::optional<unsigned> apart_seconds, ShrinkOptions options)
    : examiner_(make_pass, properties, apart_seconds, options.is_over),
      family_(properties.family),
      options_(std::move(options)) {}

Failure CauseShrinker::Shrunk(const Finding& finding, std::uint64_t index) {
  const rc::Shrinkable<Draw> drawn = DrawCase(options_.seed, index, family_);
  Failure failure{finding, NotPlain(drawn.value()), drawn.value(), 1, index, 0, 0};
  if (options_.seconds) failure.seconds = options_.seconds();
  const bool is_slow = CostsItsTimeOut(finding);
  const auto hurries = [&] {
    return (options_.hurry && options_.hurry()) || (is_slow && options_.stop && options_.stop());
  };
  bool is_over = hurries();
  failure.shrunk = !is_over;
  if (is_over) return failure;
  Finding found_last = finding;
  const auto fails = [&](const Draw& draw) {
    is_over = is_over || hurries();
    if (is_over) return false;
    const CaseOutcome outcome = examiner_.Examine(draw, index);
    is_over = outcome.kind == CaseOutcome::Kind::kCut;
    for (const Finding& found : outcome.findings) {
      if (found.rule != finding.rule) continue;
      found_last = found;
      return true;
    }
    return false;
  };
  const std::size_t most = is_slow ? std::min(kMostHangs, options_.most) : options_.most;
  Draw plainest = Shrink(drawn, fails, most, failure.tried);
  failure.shrunk = !is_over;
  if (is_over) return failure;
  failure.finding = std::move(found_last);
  failure.draw = std::move(plainest);
  failure.needs = NotPlain(failure.draw);
  return failure;
}

Finding CauseShrinker::FindingOf(const std::string& rule, std::uint64_t index) {
  const Draw draw = DrawCase(options_.seed, index, family_).value();
  for (Finding& found : examiner_.Examine(draw, index).findings) {
    if (found.rule == rule) return std::move(found);
  }
  Refuse(fmt::format("case {}", index),
         fmt::format("failed by {} where it was examined, and does not fail by it here", rule));
}

}  // namespace foldproof::fuzz
