// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/lie_campaign.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <set>

#include "harness/compare/counter_random.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

using Kind = CheckedPair::Kind;

constexpr std::uint64_t kPairsBetweenLooks = 128;  // cases between two looks at what they gave

// A judge and a libtorch of one thread.
struct CampaignCourt {
  prove::JudgeScratch scratch;
  Judge judge = ProverWith(scratch);
  std::unique_ptr<exec::Executor> torch = exec::OpenTorchExecutor();
};

struct ExaminedPair {
  PairDraw draw;
  std::optional<CheckedPair> checked;  // nullopt: it was not made
};

class LieCampaign {
 public:
  explicit LieCampaign(const LieCampaignOptions& options) : options_(options) {
    result_.seed = options.seed;
    result_.next = options.first;
  }

  LieCampaignResult Run() {
    tbb::task_arena arena(options_.threads);
    while (!IsOver()) {
      std::vector<ExaminedPair> batch(Size());
      const std::uint64_t first = result_.next;
      arena.execute([&] {
        tbb::parallel_for(std::size_t{0}, batch.size(),
                          [&](std::size_t i) { batch[i] = Examine(first + i, courts_.local()); });
      });
      for (ExaminedPair& examined : batch) Count(examined);
      result_.seconds = options_.seconds ? options_.seconds() : 0;
      if (options_.progress) options_.progress(result_);
    }
    return std::move(result_);
  }

 private:
  bool IsOver() const {
    if (options_.cases && result_.cases >= *options_.cases) return true;
    return options_.stop && options_.stop();
  }

  std::size_t Size() const {
    return options_.cases ? std::min(kPairsBetweenLooks, *options_.cases - result_.cases)
                          : kPairsBetweenLooks;
  }

  ExaminedPair Examine(std::uint64_t index, CampaignCourt& court) const {
    ExaminedPair out;
    out.draw = DrawPair(options_.seed, index, options_.programs.size());
    out.checked = Check(out.draw, index, court);
    return out;
  }

  std::optional<CheckedPair> Check(const PairDraw& draw, std::uint64_t index,
                                   CampaignCourt& court) const {
    const auto pair = PairOf(draw, options_.programs);
    if (!pair) return std::nullopt;
    return CheckPair(*pair, RunKey(options_.seed, index), court.judge, *court.torch);
  }

  void Count(const ExaminedPair& examined) {
    const std::uint64_t index = result_.next++;
    ++result_.cases;
    if (!examined.checked) {
      ++result_.unmade;
      return;
    }
    const CheckedPair& checked = *examined.checked;
    const std::vector<std::string> kinds = KindsOf(examined.draw);
    for (const std::string& kind : kinds) {
      LieCampaignResult::OfKind& of_kind = result_.kinds[kind];
      ++of_kind.cases;
      of_kind.held += checked.kind == Kind::kHolds;
      of_kind.lied += checked.kind == Kind::kLie;
    }
    result_.flips += checked.flips;
    switch (checked.kind) {
      case Kind::kRefused: ++result_.refused; break;
      case Kind::kDiffers: ++result_.differs; break;
      case Kind::kUnproved:
        ++result_.unproved;
        ++result_.unproved_reasons[checked.note];
        break;
      case Kind::kNotRun:
        ++result_.not_run;
        ++result_.not_run_reasons[checked.note];
        break;
      case Kind::kHolds: ++result_.held; break;
      case Kind::kLie:
        ++result_.lied;
        Explain(examined, kinds, index);
        break;
    }
  }

  void Explain(const ExaminedPair& examined, const std::vector<std::string>& kinds,
               std::uint64_t index) {
    const std::string& rule = examined.checked->lie->rule;
    for (FoundLie& known : result_.lies) {
      if (!Explains(known, rule, kinds)) continue;
      ++known.count;
      return;
    }
    if (result_.lies.size() >= options_.most_lies) return;
    FoundLie found = Shrunk(examined, index);
    for (FoundLie& known : result_.lies) {
      if (!Explains(known, rule, found.needs)) continue;
      ++known.count;
      return;
    }
    result_.lies.push_back(std::move(found));
    if (options_.found) options_.found(result_.lies.back());
  }

  // The first plainer draw on which the same rule is broken, again and again.
  FoundLie Shrunk(const ExaminedPair& examined, std::uint64_t index) {
    FoundLie out{*examined.checked->lie,
                 {},
                 "",
                 examined.draw,
                 1,
                 index,
                 0,
                 options_.seconds ? options_.seconds() : 0};
    std::set<PairDraw> seen{out.draw};
    for (bool smaller = true; smaller && out.tried < options_.most_shrinks;) {
      smaller = false;
      for (PairDraw& plainer : PlainerPairs(out.draw)) {
        if (out.tried >= options_.most_shrinks) break;
        if (!seen.insert(plainer).second) continue;
        ++out.tried;
        const auto checked = Check(plainer, index, courts_.local());
        if (!checked || !checked->lie || checked->lie->rule != out.lie.rule) continue;
        out.draw = std::move(plainer);
        out.lie = *checked->lie;
        smaller = true;
        break;
      }
    }
    out.needs = KindsOf(out.draw);
    out.family = FamilyOf(out.draw);
    return out;
  }

  const LieCampaignOptions& options_;
  tbb::enumerable_thread_specific<CampaignCourt> courts_;
  LieCampaignResult result_;
};

}  // namespace

bool Explains(const FoundLie& known, const std::string& rule,
              const std::vector<std::string>& kinds) {
  return known.lie.rule == rule && std::ranges::includes(kinds, known.needs);  // both are sorted
}

std::uint64_t RunKey(std::uint64_t seed, std::uint64_t index) {
  return compare::CounterRandom({seed, index}).Bits(0);
}

LieCampaignResult RunLieCampaign(const LieCampaignOptions& options) {
  return LieCampaign(options).Run();
}

}  // namespace foldproof::fuzz
