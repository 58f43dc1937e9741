// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/cause_list.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace foldproof::fuzz {
namespace {

// Causes of the rule pass-hangs that are told apart: each draw that hangs costs its time-out, and
// there are some in each cause's shrinking.
constexpr std::ptrdiff_t kMostHangCauses = 3;

}  // namespace

void CauseList::Explain(const std::vector<Finding>& findings,
                        const std::vector<NamedChoice>& choices, std::uint64_t index) {
  for (const Finding& finding : findings) {
    if (finding.rule == kInternalError) ++result_.internal_errors;
    Pending one{finding, choices, index};
    if (IsKnown(one)) continue;
    pending_.push_back(std::move(one));
    if (!options_.later) ExplainNext();
  }
}

// The first finding that waits of the rule that has the fewest causes.
void CauseList::ExplainNext() {
  std::map<std::string, std::size_t> causes;
  for (const Failure& failure : result_.failures) ++causes[failure.finding.rule];
  const auto at = std::ranges::min_element(
      pending_, {}, [&](const Pending& one) { return causes[one.finding.rule]; });
  const Pending one = std::move(*at);
  pending_.erase(at);
  ExplainNew(one);
  std::erase_if(pending_, [&](const Pending& other) { return IsKnown(other); });
}

bool CauseList::IsKnown(const Pending& one) {
  for (Failure& failure : result_.failures) {
    if (!failure.Explains(one.finding.rule, one.choices)) continue;
    ++failure.count;
    return true;
  }
  return false;
}

void CauseList::ExplainNew(const Pending& one) {
  if (result_.failures.size() >= options_.most) return;
  // Unshrunk it would be told apart from its like by whatever else was drawn; `failed` counts it.
  const auto same_rule = [&](const Failure& f) { return f.finding.rule == one.finding.rule; };
  const auto listed = std::ranges::count_if(result_.failures, same_rule);
  const bool is_listed = listed > 0;
  if (one.finding.rule == kPassHangs && listed >= kMostHangCauses) return;
  if (is_listed && options_.hurry && options_.hurry()) return;
  Failure failure = options_.shrink(one.finding, one.index);
  if (is_listed && !failure.shrunk) return;
  for (std::size_t i = 0; i < result_.failures.size(); ++i) {
    Failure& known = result_.failures[i];
    const bool is_known = known.Explains(failure.finding.rule, failure.needs);
    if (!is_known && !Generalize(known, failure)) continue;
    ++known.count;
    if (!is_known) AbsorbInto(i);
    return;
  }
  Absorb(failure);
  result_.failures.push_back(std::move(failure));
  if (options_.found) Keep(result_.failures.back());
}

// A case that cannot be written because we crash on it is a fault of ours besides.
void CauseList::Keep(const Failure& failure) {
  const auto fault = options_.found(failure);
  if (!fault) return;
  ++result_.internal_errors;
  Failure ours = failure;
  ours.finding = *fault;
  ours.count = 0;  // the case is counted by what it failed by
  const auto is_known = [&](const Failure& known) {
    return known.Explains(ours.finding.rule, ours.needs);
  };
  if (std::ranges::any_of(result_.failures, is_known)) return;
  result_.failures.push_back(ours);
  options_.found(ours);
}

// The same, of a known cause that turned out to need less.
void CauseList::AbsorbInto(std::size_t i) {
  Failure failure = std::move(result_.failures[i]);
  result_.failures.erase(result_.failures.begin() + static_cast<std::ptrdiff_t>(i));
  Absorb(failure);
  result_.failures.push_back(std::move(failure));
}

// Causes that need what `failure` needs, and more, are the same cause, less plainly shown.
void CauseList::Absorb(Failure& failure) {
  const auto is_same = [&](const Failure& known) {
    return failure.Explains(known.finding.rule, known.needs);
  };
  for (const Failure& known : result_.failures) {
    if (!is_same(known)) continue;
    failure.count += known.count;
    failure.first = std::min(failure.first, known.first);
    failure.seconds = std::min(failure.seconds, known.seconds);
    if (options_.absorbed) options_.absorbed(known);
  }
  std::erase_if(result_.failures, is_same);
}

bool Generalize(Failure& known, const Failure& other) {
  if (known.finding.rule != other.finding.rule) return false;
  std::vector<NamedChoice> common;  // all three are sorted
  std::ranges::set_intersection(known.needs, other.needs, std::back_inserter(common));
  const std::size_t n = common.size();
  if (n < 2 || known.needs.size() != n + 1 || other.needs.size() != n + 1) return false;
  known.needs = std::move(common);
  return true;
}

bool Failure::Explains(const std::string& rule, const std::vector<NamedChoice>& choices) const {
  return finding.rule == rule && std::ranges::includes(choices, needs);  // both are sorted
}

}  // namespace foldproof::fuzz
