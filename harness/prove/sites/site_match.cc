// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/site_match.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/sites/frontier_pairs.h"
#include "harness/prove/sites/joint_site.h"
#include "harness/prove/sites/match_reports.h"
#include "harness/prove/sites/output_pairs.h"
#include "harness/prove/sites/unjudged.h"
#include "harness/prove/sites/unlike.h"
#include "harness/prove/tail/build_tail.h"

namespace foldproof::prove {
namespace {

class Matcher {
 public:
  // `follow`: behind a conv that cannot be judged, what its readers see counts as equal, too.
  Matcher(const Side& before, const Side& after, BatchNormVariant variant, const FloatBox& box,
          bool follow)
      : before_(before),
        after_(after),
        variant_(variant),
        box_(box),
        follow_(follow),
        before_graph_(before.view.program().graph),
        after_graph_(after.view.program().graph),
        before_numbers_(before.view, before.constants, table_),
        after_numbers_(after.view, after.constants, table_),
        outputs_(PairOutputs(before.view.program(), after.view.program())) {
    for (const OutputPair& pair : outputs_) {
      if (pair.before && pair.after) output_pairs_.emplace(*pair.before, *pair.after);
    }
  }

  Matching Run() {
    NumberBefore();
    NumberAfter();
    FinishPairs();
    ReportUnmatched();
    CheckOutputs();
    out_.values = FindMatchedValues(before_, after_, before_numbers_, after_values_, output_pairs_,
                                    out_.sites);
    std::stable_sort(out_.sites.begin(), out_.sites.end(),
                     [](const auto& a, const auto& b) { return a.before_conv < b.before_conv; });
    return std::move(out_);
  }

 private:
  struct BeforeConv {
    ir::NodeId node;
    std::optional<ConvSide> side;
    std::string reason;
    bool matched = false;
    std::optional<ir::NodeId> follower;  // the conv of after that it was followed to
    // What its readers were given then: before's numbers for values of after that nobody judges.
    std::vector<std::pair<ValueNumbers, ir::ValueId>> assumed;
  };

  void NumberBefore();
  void NumberAfter();
  BeforeConv* FindConv(const ir::Node& node, const ConvSide& side);
  void NoteJointKeys();
  BeforeConv* FindJointConv(const ir::Node& node, const ConvSide& side);
  void AddSite(BeforeConv& before, const ir::Node& node, ConvSide side);
  void Follow(const ir::Node& node, bool has_integers);
  void Equate(const FrontierPair& pair, const Frontier& from, const Frontier& to, bool lie_alike);
  void FinishPairs();
  void ReportUnmatched();
  std::string Counterpart(const BeforeConv& conv);
  void CheckOutputs();
  std::set<ir::NodeId> UnmatchedConvs() const;
  std::optional<ir::ValueId> HeldAt(const Side& side, std::optional<std::uint32_t> own,
                                    const Side& other, std::optional<std::uint32_t> others) const;

  const Side& before_;
  const Side& after_;
  BatchNormVariant variant_;
  FloatBox box_;
  bool follow_;
  const ir::Graph& before_graph_;
  const ir::Graph& after_graph_;
  NumberTable table_;
  Numbering before_numbers_;
  Numbering after_numbers_;
  std::vector<OutputPair> outputs_;
  OutputPairs output_pairs_;
  std::vector<BeforeConv> convs_;
  std::map<std::string, std::vector<std::size_t>> by_key_;
  std::map<std::string, std::vector<std::size_t>> by_joint_key_;
  std::size_t noted_joint_ = 0;  // of convs_, whose keys are there
  std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> pairings_;
  std::map<ValueNumber, ir::ValueId> after_values_;  // the first of each number
  std::set<std::uint32_t> covered_outputs_;
  Matching out_;
};

void Matcher::NumberBefore() {
  for (const ir::Node& node : before_graph_.nodes()) {
    if (IsConvolution(before_.view, before_.constants, node) && before_.view.IsLive(node.id)) {
      ConvSideOrReason read = ReadConvSide(before_.view, before_.constants, node, &box_);
      if (read.side && !read.side->real)
        by_key_[before_numbers_.SiteKey(node, *read.side)].push_back(convs_.size());
      convs_.push_back({node.id, std::move(read.side), std::move(read.reason), false, {}});
    }
    before_numbers_.Visit(node);
  }
}

// Among the convs that could be this one, finds the one of the same name, else the first.
Matcher::BeforeConv* Matcher::FindConv(const ir::Node& node, const ConvSide& side) {
  const auto found = by_key_.find(after_numbers_.SiteKey(node, side));
  if (found == by_key_.end()) return nullptr;
  BeforeConv* first = nullptr;
  for (const std::size_t index : found->second) {
    BeforeConv& conv = convs_[index];
    if (conv.matched) continue;
    if (before_graph_.node(conv.node).name == node.name) return &conv;
    if (first == nullptr) first = &conv;
  }
  return first;
}

// Once, where a conv asks: most have one of equal weights.
void Matcher::NoteJointKeys() {
  for (; noted_joint_ < convs_.size(); ++noted_joint_) {
    const auto& side = convs_[noted_joint_].side;  // no more where it is matched
    if (!side || convs_[noted_joint_].matched) continue;
    for (std::string& key : JointKeys(before_.view, before_numbers_, *side))
      by_joint_key_[std::move(key)].push_back(noted_joint_);
  }
}

// Among the convs that read the same input with the same geometry, finds the one that computes the
// very same floats, then the one whose weights are nearest to multiples of these, then the one of
// the same name, then the first.
Matcher::BeforeConv* Matcher::FindJointConv(const ir::Node& node, const ConvSide& side) {
  NoteJointKeys();
  std::vector<BeforeConv*> candidates;
  for (const std::string& key : JointKeys(after_.view, after_numbers_, side)) {
    const auto found = by_joint_key_.find(key);
    if (found == by_joint_key_.end()) continue;
    for (const std::size_t index : found->second) {
      const bool is_known = std::ranges::find(candidates, &convs_[index]) != candidates.end();
      if (!convs_[index].matched && !is_known) candidates.push_back(&convs_[index]);
    }
  }
  if (candidates.size() < 2) return candidates.empty() ? nullptr : candidates.front();
  BeforeConv* best = nullptr;
  std::tuple<bool, double, bool> least;
  for (BeforeConv* conv : candidates) {
    const ir::Node& before = before_graph_.node(conv->node);
    const bool same = before_numbers_.Of(before.outputs[0]) == after_numbers_.Of(node.outputs[0]);
    const std::tuple rank(!same, WeightDistance(*conv->side, side), before.name != node.name);
    if (best != nullptr && !(rank < least)) continue;
    best = conv;
    least = rank;
  }
  return best;
}

void Matcher::AddSite(BeforeConv& before, const ir::Node& node, ConvSide side) {
  before.matched = true;
  MatchedSite site;
  site.before_conv = before.node;
  site.after_conv = node.id;
  side.weights.Share(before.side->weights);
  site.before = MakeSiteSide(before_.view, before_.constants, std::move(*before.side), variant_);
  site.after = MakeSiteSide(after_.view, after_.constants, std::move(side), variant_);
  const std::vector<FrontierPair> found =
      PairFrontiers(before_.view, site.before->tail, after_.view, site.after->tail, output_pairs_);
  const bool lie_alike = before_numbers_.LayoutOf(before_graph_.node(before.node).outputs[0]) ==
                         after_numbers_.LayoutOf(node.outputs[0]);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  std::vector<char> paired(site.before->tail.frontiers.size(), 0);
  for (const FrontierPair& pair : found) {
    pairs.emplace_back(pair.before, pair.after);
    paired[pair.before] = 1;
    const Frontier& from = site.before->tail.frontiers[pair.before];
    const Frontier& to = site.after->tail.frontiers[pair.after];
    if (from.output)
      covered_outputs_.insert(*from.output);
    else
      Equate(pair, from, to, lie_alike && pair.same_memory);
  }
  site.joint = JointChannels(*site.before, *site.after, found);
  for (std::uint32_t b = 0; b < paired.size(); ++b) {
    if (paired[b]) continue;
    site.unpaired.push_back("no place of the after-program corresponds to " +
                            DescribeFrontier(before_.view, site.before->tail.frontiers[b]));
  }
  pairings_.push_back(std::move(pairs));
  out_.sites.push_back(std::move(site));
}

// A conv of before that cannot be judged, and this one that cannot either, on the same input: their
// readers are judged on equal inputs all the same.
void Matcher::Follow(const ir::Node& node, bool has_integers) {
  const auto to = follow_ ? OutlineOf(after_.view, node) : std::nullopt;
  if (!to) return;
  const auto read = after_numbers_.ReadAt(node, to->op.input).value;
  BeforeConv* found = nullptr;
  std::optional<ConvSide> outline;
  for (BeforeConv& conv : convs_) {
    const ir::Node& before = before_graph_.node(conv.node);
    const bool same_name = before.name == node.name;
    const bool taken = conv.matched || conv.follower || (found && !same_name) ||
                       (conv.side.has_value() != has_integers && !same_name);
    auto from = taken ? std::nullopt : OutlineOf(before_.view, before);
    if (!from || from->channels != to->channels || from->op.spatial() != to->op.spatial()) continue;
    if (before_numbers_.ReadAt(before, from->op.input).value != read) continue;
    found = &conv;
    outline = std::move(from);
  }
  if (found == nullptr) return;
  found->follower = node.id;
  const ir::Node& before = before_graph_.node(found->node);
  const Tail from = BuildTail(before_.view, before_.constants, *outline, variant_);
  const Tail behind = BuildTail(after_.view, after_.constants, *to, variant_);
  const bool lie_alike =
      before_numbers_.LayoutOf(before.outputs[0]) == after_numbers_.LayoutOf(node.outputs[0]);
  for (const FrontierPair& pair :
       PairFrontiers(before_.view, from, after_.view, behind, output_pairs_)) {
    const Frontier& b = from.frontiers[pair.before];
    if (b.output) continue;  // its output is judged by what is known of it
    const Frontier& a = behind.frontiers[pair.after];
    Equate(pair, b, a, lie_alike && pair.same_memory);
    found->assumed.emplace_back(before_numbers_.At(b.edge, b.value), a.value);
  }
}

// From here on the two values count as equal, if the readers see their elements in the same places.
void Matcher::Equate(const FrontierPair& pair, const Frontier& from, const Frontier& to,
                     bool lie_alike) {
  if (pair.relation != PlaceRelation::kSame) return;
  ValueNumbers numbers = before_numbers_.At(from.edge, from.value);
  if (!lie_alike)
    numbers.layout = table_.Of("strides of another program: " + std::to_string(numbers.layout));
  after_numbers_.Override(to.edge, numbers);
}

void Matcher::NumberAfter() {
  for (const ir::Node& node : after_graph_.nodes()) {
    after_numbers_.Visit(node);
    if (IsConvolution(after_.view, after_.constants, node) && after_.view.IsLive(node.id)) {
      ConvSideOrReason read = ReadConvSide(after_.view, after_.constants, node, &box_);
      if (read.side) {
        BeforeConv* conv = read.side->real ? nullptr : FindConv(node, *read.side);
        if (conv == nullptr) conv = FindJointConv(node, *read.side);
        if (conv != nullptr)
          AddSite(*conv, node, std::move(*read.side));
        else
          Follow(node, true);
      } else {
        Follow(node, false);
      }
    }
    if (!after_.view.IsLive(node.id)) continue;
    for (const ir::ValueId output : node.outputs)
      after_values_.emplace(after_numbers_.Of(output), output);
  }
}

void Matcher::FinishPairs() {
  for (std::size_t s = 0; s < out_.sites.size(); ++s) {
    MatchedSite& site = out_.sites[s];
    for (const auto& [b, a] : pairings_[s]) {
      const ValueNumber before = before_numbers_.Of(site.before->tail.frontiers[b].value);
      const ValueNumber after = after_numbers_.Of(site.after->tail.frontiers[a].value);
      site.pairs.push_back(PlanPair(*site.before, *site.after, b, a, before == after));
    }
    // The very same floats all the way: nothing is left to prove.
    const bool same = before_numbers_.Of(before_graph_.node(site.before_conv).outputs[0]) ==
                      after_numbers_.Of(after_graph_.node(site.after_conv).outputs[0]);
    if (site.before->conv.real && same && std::ranges::all_of(site.pairs, &PairPlan::identical))
      site = {site.before_conv, site.after_conv, std::nullopt, std::nullopt, {}, {}, {}};
  }
}

// A conv without integers is fine where the after-program computes the very same value.
void Matcher::ReportUnmatched() {
  std::map<ValueNumber, ir::NodeId> after_convs;
  for (const ir::Node& node : after_graph_.nodes()) {
    if (IsConvolution(after_.view, after_.constants, node) && after_.view.IsLive(node.id)) {
      after_convs.emplace(after_numbers_.Of(node.outputs[0]), node.id);
    }
  }
  for (const BeforeConv& conv : convs_) {
    // What follows a conv that computes the same may differ, and is judged by nobody else.
    const bool assumed = std::ranges::any_of(conv.assumed, [&](const auto& taken) {
      return taken.first.value != after_numbers_.Of(taken.second) ||
             taken.first.layout != after_numbers_.LayoutOf(taken.second);
    });
    if (conv.matched && !assumed) continue;
    const ir::Node& node = before_graph_.node(conv.node);
    const auto same = after_convs.find(before_numbers_.Of(node.outputs[0]));
    if (!assumed && same != after_convs.end()) {
      out_.sites.push_back({conv.node, same->second, std::nullopt, std::nullopt, {}, {}, {}});
    } else if (!conv.side) {
      out_.uncovered.push_back({node.name, conv.reason});
    } else if (auto why = WhyUnlike(before_graph_, node.outputs[0])) {
      out_.uncovered.push_back({node.name, *std::move(why)});
    } else {
      out_.uncovered.push_back({node.name,
                                "no conv of the after-program has its operator, "
                                "attributes and input" +
                                    Counterpart(conv)});
    }
  }
}

// What the conv of after is like that stands in its place, as far as that can be told.
std::string Matcher::Counterpart(const BeforeConv& conv) {
  const ir::Node& node = before_graph_.node(conv.node);
  const ir::Node* other = FindCounterpart(node, conv.follower, after_.view);
  if (other == nullptr) return "";
  const ConvSideOrReason read = ReadConvSide(after_.view, after_.constants, *other, &box_);
  const std::string at = "; " + other->name + " stands there";
  if (!read.side) return at + ": " + read.reason;
  if (const std::string unlike = UnlikeWindows(before_.view, *conv.side, after_.view, *read.side);
      !unlike.empty()) {
    return at + " with " + unlike;
  }
  return at + " and reads " + UnlikeReads(before_.view, *conv.side, after_.view, *read.side);
}

// Those of before that have integers.
std::set<ir::NodeId> Matcher::UnmatchedConvs() const {
  std::set<ir::NodeId> out;
  for (const BeforeConv& conv : convs_) {
    if (conv.side && !conv.matched) out.insert(conv.node);
  }
  return out;
}

void Matcher::CheckOutputs() {
  for (const OutputPair& pair : outputs_) {
    const std::uint32_t index = pair.before ? *pair.before : *pair.after;
    if (pair.before && pair.after && covered_outputs_.contains(*pair.before)) continue;
    // A batch counter that nothing reads goes with its batch_norm; it is told as a note.
    if (pair.before && !pair.after && IsUnreadBatchCounter(before_.view, *pair.before)) continue;
    const auto before = HeldAt(before_, pair.before, after_, pair.after);
    const auto after = HeldAt(after_, pair.after, before_, pair.before);
    if (!pair.state.empty() && (!before || !after)) {
      out_.changed_outputs.push_back(
          {index, "output", "", false, pair.state + ": one program alone has it"});
      continue;
    }
    if (!pair.before || !pair.after) {
      if (pair.state.empty()) continue;  // another number of outputs: signature-changed
    } else if (!before || !after) {
      if (before_numbers_.KeyOf(before_graph_.outputs()[*pair.before]) ==
          after_numbers_.KeyOf(after_graph_.outputs()[*pair.after])) {
        continue;
      }
      out_.changed_outputs.push_back(
          {index, "output", "", false,
           "output " + std::to_string(index) + " is not the same constant"});
      continue;
    }
    if (before_numbers_.Of(*before) == after_numbers_.Of(*after)) continue;
    out_.changed_outputs.push_back(ExplainOutput(before_, before_numbers_, after_, after_numbers_,
                                                 UnmatchedConvs(), index, *before, *after));
    if (pair.state.empty()) continue;
    out_.changed_outputs.back().constant = false;
    out_.changed_outputs.back().reason =
        pair.state + " is not proved equal: " + out_.changed_outputs.back().reason;
  }
}

// The value at the output `own` of `side`; where it has none, that of the state which the other
// program updates there. nullopt: a number, or nothing.
std::optional<ir::ValueId> Matcher::HeldAt(const Side& side, std::optional<std::uint32_t> own,
                                           const Side& other,
                                           std::optional<std::uint32_t> others) const {
  const ir::Program& program = side.view.program();
  if (!own) return UnchangedState(program, other.view.program().outputs[*others]);
  const auto* value = std::get_if<ir::ValueId>(&program.graph.outputs()[*own]);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

}  // namespace

Matching MatchSites(const Side& before, const Side& after, BatchNormVariant variant,
                    const FloatBox& box) {
  Matching found = Matcher(before, after, variant, box, false).Run();
  const bool changed =
      std::ranges::any_of(found.changed_outputs, [](const ChangedOutput& o) { return o.constant; });
  if (found.uncovered.empty() || changed) return found;
  found = {};  // its sites are large
  return Matcher(before, after, variant, box, true).Run();
}

}  // namespace foldproof::prove
