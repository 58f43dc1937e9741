// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/program_pair.h"

#include <algorithm>
#include <set>

#include "harness/compare/site_groups.h"

namespace foldproof::compare {
namespace {

using Values = std::set<ir::ValueId>;

std::vector<ir::ValueId> ListOf(const Values& values) { return {values.begin(), values.end()}; }

Values UserInputs(const prove::Side& side) {
  const auto inputs = side.view.program().UserInputs();
  return {inputs.begin(), inputs.end()};
}

void AddBefore(const std::vector<PairObserver>& observers, Values& out) {
  for (const PairObserver& observer : observers) {
    if (!observer.why_not().empty()) continue;
    for (const ir::ValueId id : observer.BeforeValues()) out.insert(id);
  }
}

void AddAfter(const std::vector<PairObserver>& observers, Values& out) {
  for (const PairObserver& observer : observers) {
    if (!observer.why_not().empty()) continue;
    for (const ir::ValueId id : observer.AfterValues()) out.insert(id);
  }
}

}  // namespace

ProgramPair::ProgramPair(const prove::Side& before, const prove::Side& after,
                         const prove::Proof& proof, const CompareOptions& options,
                         exec::Executor& executor)
    : before_(before),
      after_(after),
      proof_(proof),
      executor_(executor),
      end_to_end_(before, after, proof.matching),
      shares_(end_to_end_, before, proof, options.shares) {
  const std::size_t inputs = before.view.program().UserInputs().size();
  if (inputs != after.view.program().UserInputs().size()) {
    throw Error(Error::Code::kInput, "",
                "the two programs do not take the same number of inputs, so that they cannot be "
                "run on the same ones");
  }
  MakeObservers(options);
  PrepareBefore();
  WithAfter([&] {
    PrepareAfter();
    PrepareGroups();
  });
}

template <typename Body>
bool ProgramPair::WithAfter(Body&& body) {
  if (!after_fault_.empty()) return false;
  try {
    body();
    return true;
  } catch (const Error& error) {
    const bool known = proof_.verification.verdict == prove::Verdict::kDiffers;
    if (error.code() != Error::Code::kInput || !known) throw;
    after_fault_ = error.what();
    return false;
  }
}

void ProgramPair::MakeObservers(const CompareOptions& options) {
  observers_.resize(proof_.matching.sites.size());
  feeds_.resize(observers_.size());
  for (std::size_t s = 0; s < observers_.size(); ++s) {
    const prove::SiteVerdict& site = proof_.verification.sites[s];
    if (proof_.matching.sites[s].before)
      feeds_[s] = prove::FeedPointOf(before_, after_, proof_.matching.sites[s]);
    // Floats that are fed are summed as floats.
    Arithmetic arithmetic = options.arithmetic;
    if (arithmetic == Arithmetic::kExact && !feeds_[s].codes) arithmetic = Arithmetic::kOther;
    for (const prove::TailVerdict& tail : site.tails) {
      observers_[s].emplace_back(PairObserver::Subject{before_, after_, proof_.matching.sites[s],
                                                       site, tail, options.prove.judge.domain,
                                                       arithmetic});
    }
  }
}

void ProgramPair::PrepareBefore() {
  const auto ends = end_to_end_.BeforeValues();
  Values values(ends.begin(), ends.end());
  for (std::size_t s = 0; s < observers_.size(); ++s) {
    if (!proof_.matching.sites[s].before) continue;
    values.insert(proof_.matching.sites[s].before->conv.input_cut);
    values.insert(feeds_[s].before);
    AddBefore(observers_[s], values);
  }
  whole_before_ = executor_.Prepare(before_.view.program(), UserInputs(before_), ListOf(values));
}

void ProgramPair::PrepareAfter() {
  const auto ends = end_to_end_.AfterValues();
  Values values(ends.begin(), ends.end());
  for (std::size_t s = 0; s < observers_.size(); ++s) {
    if (!proof_.matching.sites[s].after) continue;
    values.insert(feeds_[s].after);
    AddAfter(observers_[s], values);
  }
  whole_after_ = executor_.Prepare(after_.view.program(), UserInputs(after_), ListOf(values));
}

void ProgramPair::PrepareGroups() {
  for (std::vector<std::size_t>& sites : GroupSites(proof_.matching, feeds_)) {
    Values fed, fetch;
    for (const std::size_t s : sites) {
      fed.insert(feeds_[s].after);
      AddAfter(observers_[s], fetch);
    }
    groups_.push_back(
        {std::move(sites), executor_.Prepare(after_.view.program(), fed, ListOf(fetch))});
  }
}

exec::Tensors ProgramPair::ForAfter(const exec::Tensors& inputs) const {
  const auto b = before_.view.program().UserInputs();
  const auto a = after_.view.program().UserInputs();
  exec::Tensors out;
  for (std::size_t k = 0; k < b.size(); ++k) out.emplace(a[k], inputs.at(b[k]));
  return out;
}

// Where the after-program's own values at all feed points are before's, its own run has the answer.
exec::Tensors ProgramPair::AfterOfGroup(const Group& group, const exec::Tensors& before,
                                        const exec::Tensors& after) {
  const ir::Graph& graph = after_.view.program().graph;
  exec::Tensors fed;
  bool same = true;
  for (const std::size_t s : group.sites) {
    exec::Tensor value = prove::AsValue(graph.value(feeds_[s].after), before.at(feeds_[s].before));
    same = same && after.at(feeds_[s].after) == value;
    fed.emplace(feeds_[s].after, std::move(value));
  }
  return same ? after : group.after->Run(fed);
}

void ProgramPair::Observe(std::size_t run, std::size_t site, const exec::Tensors& before,
                          const exec::Tensors& after, const exec::Tensor& cut) {
  for (PairObserver& observer : observers_[site]) {
    if (observer.why_not().empty()) observer.Observe(run, before, after, cut);
  }
}

void ProgramPair::RunWhole(std::size_t run, const exec::Tensors& inputs, bool recorded) {
  const exec::Tensors before = whole_before_->Run(inputs);
  exec::Tensors after;
  if (!WithAfter([&] { after = whole_after_->Run(ForAfter(inputs)); })) return;
  end_to_end_.Observe(run, before, after);
  if (recorded) shares_.Observe(run, before, after);
  for (const Group& group : groups_) {
    exec::Tensors alone;
    if (!WithAfter([&] { alone = AfterOfGroup(group, before, after); })) return;
    for (const std::size_t s : group.sites)
      Observe(run, s, before, alone, before.at(proof_.matching.sites[s].before->conv.input_cut));
  }
}

void ProgramPair::RunSite(std::size_t run, const Probe& probe) {
  Cut& cut = cuts_[probe.site];
  const prove::FeedPoint& feed = feeds_[probe.site];
  const prove::ConvSide& conv = proof_.matching.sites[probe.site].before->conv;
  if (!cut.before) {
    Values b_fetch, a_fetch;
    AddBefore(observers_[probe.site], b_fetch);
    AddAfter(observers_[probe.site], a_fetch);
    cut.before = executor_.Prepare(before_.view.program(), {feed.before}, ListOf(b_fetch));
    if (!WithAfter([&] {
          cut.after = executor_.Prepare(after_.view.program(), {feed.after}, ListOf(a_fetch));
        })) {
      return;
    }
  }
  exec::Tensor fed =
      feed.codes ? prove::CodesOf(probe.input.tensor, conv.input_params) : probe.input.tensor;
  fed = prove::AsValue(before_.view.program().graph.value(feed.before), std::move(fed));
  const exec::Tensors before = cut.before->Run({{feed.before, fed}});
  fed = prove::AsValue(after_.view.program().graph.value(feed.after), std::move(fed));
  exec::Tensors after;
  if (!WithAfter([&] { after = cut.after->Run({{feed.after, fed}}); })) return;
  Observe(run, probe.site, before, after, probe.input.tensor);
}

Observed ProgramPair::Take() {
  Observed out{{}, end_to_end_.nodes(), end_to_end_.outputs(), shares_.seen()};
  out.sites.resize(observers_.size());
  for (std::size_t s = 0; s < observers_.size(); ++s) {
    for (PairObserver& observer : observers_[s]) {
      const bool unseen = observer.why_not().empty() && !after_fault_.empty();
      out.sites[s].push_back({unseen ? "the after-program cannot be run" : observer.why_not(),
                              observer.runs(), observer.channels(), observer.beyond_by_rounding(),
                              observer.findings()});
      observer.Clear();
    }
  }
  end_to_end_.Clear();
  shares_.Clear();
  return out;
}

}  // namespace foldproof::compare
