// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/pair_draw.h"

#include <algorithm>
#include <set>

#include "fuzz/generator.h"
#include "fuzz/judge/named_outputs.h"
#include "fuzz/program_of_draw.h"
#include "fuzz/shrink.h"
#include "harness/compare/counter_random.h"
#include "harness/passes/built_in_pass.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

using compare::CounterRandom;

constexpr std::uint64_t kStream = 0x6a75646765;  // apart from the generator's own numbers

// Hostile numbers make nearly every pair unproved: most bases have none.
Draw Tamed(Draw draw) {
  draw.input_type = std::min<std::uint8_t>(draw.input_type, 1);
  if (draw.batch == static_cast<std::uint8_t>(Batch::kNone)) draw.batch = 0;  // nothing would run
  for (BlockDraw& block : draw.blocks) {
    block.gamma = std::min<std::uint8_t>(block.gamma, 1);
    block.variance = block.mean = block.eps = block.near_miss = 0;
    block.beta = block.bias_size = 0;
    block.weight_type = block.quantizer_type = 0;
    block.scale_form = block.scale_form > 1 ? 0 : block.scale_form;
  }
  return draw;
}

class PairDrawer {
 public:
  PairDrawer(std::uint64_t seed, std::uint64_t index) : random_({kStream, seed, index}) {}

  std::uint64_t Below(std::uint64_t n) { return random_.Below(at_++, n); }

  ChangeDraw Change(bool prepares) {
    const auto kinds = ChangeKinds();
    std::uint64_t total = 0;
    for (const ChangeKind& kind : kinds) total += WeightOf(kind, prepares);
    std::uint64_t at = Below(total);
    ChangeDraw out;
    while (at >= WeightOf(kinds[out.kind], prepares)) at -= WeightOf(kinds[out.kind++], prepares);
    for (std::uint16_t& number : out.numbers) number = static_cast<std::uint16_t>(Below(1 << 16));
    return out;
  }

 private:
  static std::uint64_t WeightOf(const ChangeKind& kind, bool prepares) {
    return prepares && !kind.prepares ? 0 : kind.weight;
  }

  CounterRandom random_;
  std::uint64_t at_ = 0;
};

// Changes that have no place are left out; false where none of several has one.
bool ApplyAll(const std::vector<ChangeDraw>& changes, Sketch& sketch) {
  bool any = changes.empty();
  for (const ChangeDraw& change : changes) {
    Sketch changed = sketch;
    if (!ApplyChange(change, changed)) continue;
    sketch = std::move(changed);
    any = true;
  }
  return any;
}

// AFTER as the engine makes it; nullopt where it folds nothing.
std::optional<ir::Program> Folded(const ir::Program& before, fold::Policy policy) {
  fold::FoldOptions options;
  options.policy = policy;
  passes::BuiltInPass pass(options);
  passes::PassAnswer answer = pass.Run(before);
  if (answer.kind != passes::PassAnswer::Kind::kFolded) return std::nullopt;
  return std::move(answer.program);
}

std::optional<ir::Program> MadeBetween(Between between, const ir::Program& before) {
  switch (between) {
    case Between::kNothing:
    case Between::kKeys: return before;
    case Between::kGuarded: return Folded(before, fold::Policy::kGuarded);
    case Between::kRepair: return Folded(before, fold::Policy::kRepair);
    case Between::kUpstream: return Folded(before, fold::Policy::kUpstream);
  }
  return std::nullopt;
}

std::optional<ProgramPair> MakePair(const PairDraw& draw, const std::vector<ir::Program>& files) {
  Sketch sketch(draw.file ? files.at(*draw.file) : ProgramOf(draw.base));
  ApplyAll(draw.prepared, sketch);
  ProgramPair pair;
  pair.before = sketch.Finish();
  std::optional<ir::Program> after = MadeBetween(draw.between, pair.before);
  if (!after) return std::nullopt;
  if (!draw.changes.empty()) {
    Sketch changed(*after);
    changed.recent = sketch.recent;
    // A program that was finished numbers its values anew.
    for (ir::ValueId& id : changed.recent) {
      const auto there = after->graph.FindValue(sketch.value(id).name);
      id = there.value_or(ir::ValueId{0});
    }
    if (!ApplyAll(draw.changes, changed)) return std::nullopt;
    after = changed.Finish();
  }
  pair.after = *std::move(after);
  if (draw.between == Between::kKeys && !ExchangeNames(pair)) return std::nullopt;
  // Whoever made them, values are numbered as a sketch numbers them (observed_run.cc).
  pair.before = Sketch(pair.before).Finish();
  pair.after = Sketch(pair.after).Finish();
  return pair;
}

// A change with one number less above 0, or a smaller one.
std::vector<ChangeDraw> PlainerChanges(const ChangeDraw& change) {
  std::vector<ChangeDraw> out;
  for (std::size_t i = 0; i < change.numbers.size(); ++i) {
    for (const int other : {0, change.numbers[i] % 64, change.numbers[i] % 8}) {
      if (other == change.numbers[i]) continue;
      out.push_back(change);
      out.back().numbers[i] = static_cast<std::uint16_t>(other);
    }
  }
  return out;
}

}  // namespace

PairDraw DrawPair(std::uint64_t seed, std::uint64_t index, std::size_t files) {
  PairDrawer drawer(seed, index);
  PairDraw out;
  if (files > 0 && drawer.Below(4) == 0) {
    out.file = static_cast<std::uint32_t>(drawer.Below(files));
  } else {
    out.base = DrawCase(seed, index).value();
    if (drawer.Below(8) != 0) out.base = Tamed(std::move(out.base));
    if (drawer.Below(2) == 0) out.base.blocks.resize(1);
  }
  const std::uint64_t both = drawer.Below(20);
  for (std::uint64_t i = 0; i < (both < 7 ? 0U : both < 15 ? 1U : 2U); ++i) {
    out.prepared.push_back(drawer.Change(true));
  }
  const std::uint64_t between = drawer.Below(40);
  if (between < 2) out.between = Between::kGuarded;
  if (between >= 2 && between < 4) out.between = Between::kRepair;
  if (between == 4) out.between = Between::kUpstream;
  if (between == 5) out.between = Between::kKeys;
  if (out.between != Between::kNothing && drawer.Below(4) != 0) return out;
  out.changes.push_back(drawer.Change(false));
  if (drawer.Below(6) == 0) out.changes.push_back(drawer.Change(false));
  return out;
}

std::optional<ProgramPair> PairOf(const PairDraw& draw, const std::vector<ir::Program>& files) {
  try {
    return MakePair(draw, files);
  } catch (const Error& error) {
    if (error.code() == Error::Code::kInput) return std::nullopt;
    throw;
  }
}

std::vector<std::string> KindsOf(const PairDraw& draw) {
  std::set<std::string> kinds;
  const auto name = [](const ChangeDraw& change) {
    return std::string(ChangeKinds()[change.kind % ChangeKinds().size()].name);
  };
  for (const ChangeDraw& change : draw.prepared) kinds.insert(name(change) + " (both)");
  for (const ChangeDraw& change : draw.changes) kinds.insert(name(change));
  switch (draw.between) {
    case Between::kNothing: break;
    case Between::kGuarded: kinds.insert("fold-guarded"); break;
    case Between::kRepair: kinds.insert("fold-repair"); break;
    case Between::kUpstream: kinds.insert("fold-upstream"); break;
    case Between::kKeys: kinds.insert("keys-exchanged"); break;
  }
  return {kinds.begin(), kinds.end()};
}

std::string FamilyOf(const PairDraw& draw) {
  const auto family = [](const ChangeDraw& change) {
    return std::string(ChangeKinds()[change.kind % ChangeKinds().size()].family);
  };
  if (draw.between == Between::kKeys) return "interface";
  if (draw.between != Between::kNothing) return "stale fold";
  // What is random or writes in both programs is what the change met.
  for (const std::string_view met : {"random", "alias", "writer", "overwritten", "state"}) {
    for (const ChangeDraw& change : draw.prepared) {
      if (family(change) == met) return family(change);
    }
  }
  for (auto change = draw.changes.rbegin(); change != draw.changes.rend(); ++change) {
    const std::string_view name = ChangeKinds()[change->kind % ChangeKinds().size()].name;
    if (name != "nothing") return family(*change);
  }
  return draw.prepared.empty() ? "none" : family(draw.prepared.back());
}

std::vector<PairDraw> PlainerPairs(const PairDraw& draw) {
  std::vector<PairDraw> out;
  const auto with = [&](auto&& edit) {
    PairDraw plainer = draw;
    edit(plainer);
    if (plainer != draw) out.push_back(std::move(plainer));
  };
  for (std::size_t i = 0; i < draw.prepared.size(); ++i) {
    with([&](PairDraw& d) { d.prepared.erase(d.prepared.begin() + static_cast<long>(i)); });
  }
  for (std::size_t i = 0; i < draw.changes.size(); ++i) {
    with([&](PairDraw& d) { d.changes.erase(d.changes.begin() + static_cast<long>(i)); });
  }
  with([&](PairDraw& d) { d.between = Between::kNothing; });
  if (!draw.file) {
    if (draw.base.blocks.size() > 1) with([&](PairDraw& d) { d.base.blocks.pop_back(); });
    for (Draw& base : WithOneChoiceLess(draw.base)) {
      with([&](PairDraw& d) { d.base = std::move(base); });
    }
  }
  for (std::size_t i = 0; i < draw.prepared.size(); ++i) {
    for (const ChangeDraw& change : PlainerChanges(draw.prepared[i])) {
      with([&](PairDraw& d) { d.prepared[i] = change; });
    }
  }
  for (std::size_t i = 0; i < draw.changes.size(); ++i) {
    for (const ChangeDraw& change : PlainerChanges(draw.changes[i])) {
      with([&](PairDraw& d) { d.changes[i] = change; });
    }
  }
  return out;
}

}  // namespace foldproof::fuzz
