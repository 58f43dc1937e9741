// SPDX-License-Identifier: BSD-3-Clause
//
// Small domains are exhausted: on real pairs, the distances from before's ideal are those of every
// accumulator one by one, and a program is as far from its ideal before as after.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/ideal/ideal_tail.h"
#include "harness/prove/judge/prover.h"
#include "src/pt2/reader.h"
#include "tests/harness/prove/program_files.h"
#include "tests/paths.h"

namespace foldproof::prove {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostEnumerated = std::int64_t{1} << 18;
const fs::path kGolden = fs::path(tests::kSourceFolder) / "golden/pt2";
const fs::path kCorpus = fs::path(tests::kSourceFolder) / "../shared/corpus";

struct Loaded {
  explicit Loaded(const fs::path& path) : program(pt2::ReadProgram(path)), side(program) {}
  Loaded(const Loaded&) = delete;
  ir::Program program;
  Side side;
};

double Apart(const RegisterBlock& block, std::uint32_t reg, std::size_t i, double ideal) {
  const double worst =
      std::max(std::abs(block.low(reg)[i] - ideal), std::abs(block.high(reg)[i] - ideal));
  return std::isfinite(block.low(reg)[i]) && std::isfinite(worst)
             ? worst
             : std::numeric_limits<double>::infinity();
}

// One pair of frontiers of one channel, every member of the reach on its own.
class Enumeration {
 public:
  Enumeration(const MatchedSite& site, const PairPlan& pair, std::size_t channel)
      : before_side_(*site.before),
        before_end_(site.before->tail.frontiers[pair.before]),
        after_end_(site.after->tail.frontiers[pair.after]),
        before_(site.before->tail, site.before->conv, channel),
        after_(site.after->tail, site.after->conv, channel),
        before_path_(site.before->search.everything),
        after_path_(site.after->search.everything) {}

  IdealDistances Over(const AccumulatorSet& reach) {
    constexpr std::int64_t kBlock = 4096;
    for (std::int64_t from = reach.lo(); from <= reach.hi(); from += kBlock) {
      members_.clear();
      for (std::int64_t a = from; a < from + kBlock && a <= reach.hi(); ++a) {
        if (!reach.exact() || reach.Contains(a)) members_.push_back(a);
      }
      if (!members_.empty()) Look();
    }
    return found_;
  }

 private:
  void Look() {
    RegisterBlock b, a;
    std::vector<double> ideal;
    before_.Evaluate(members_, before_path_, b);
    after_.Evaluate(members_, after_path_, a);
    IdealTail(before_).Evaluate(std::vector<double>(members_.begin(), members_.end()),
                                before_end_.path, ideal);
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (!std::isfinite(b.low(before_end_.reg)[i]) || Has(b, i, RegisterBlock::kNan)) continue;
      const double at = ideal[before_end_.reg * members_.size() + i];
      const IdealDistance here{Apart(b, before_end_.reg, i, at), Apart(a, after_end_.reg, i, at)};
      found_.reachable.Cover(here);
      if (!Has(b, i, RegisterBlock::kClipped)) found_.calibrated.Cover(here);
    }
  }

  // NaN counts at every quantizer of the before-tail, clipping at those that are not last.
  bool Has(const RegisterBlock& block, std::size_t i, RegisterBlock::Flag flag) const {
    for (const std::uint32_t q : before_path_) {
      if (!IsQuantizer(before_side_.tail.instructions[q].op)) continue;
      if (flag == RegisterBlock::kClipped && before_side_.is_last_quantizer[q]) continue;
      if (block.flags(q + 1)[i] & flag) return true;
    }
    return false;
  }

  const SiteSide& before_side_;
  const Frontier& before_end_;
  const Frontier& after_end_;
  const TailEvaluator before_;
  const TailEvaluator after_;
  const std::vector<std::uint32_t>& before_path_;
  const std::vector<std::uint32_t>& after_path_;
  std::vector<std::int64_t> members_;
  IdealDistances found_;
};

void ExpectSame(const IdealDistances& got, const IdealDistances& want, const std::string& where) {
  EXPECT_EQ(got.reachable.before, want.reachable.before) << where;
  EXPECT_EQ(got.reachable.after, want.reachable.after) << where;
  EXPECT_EQ(got.calibrated.before, want.calibrated.before) << where;
  EXPECT_EQ(got.calibrated.after, want.calibrated.after) << where;
}

// Every `stride`-th channel of every tail; returns how many were compared.
int ComparePair(const fs::path& before_path, const fs::path& after_path, std::size_t stride) {
  int compared = 0;
  const Loaded before(before_path);
  const Loaded after(after_path);
  ProveOptions options;
  options.judge.ideal_distance = true;
  options.judge.most_enumerated = kMostEnumerated;
  const Proof proof = Prove(before.side, after.side, options);
  for (std::size_t s = 0; s < proof.matching.sites.size(); ++s) {
    const MatchedSite& site = proof.matching.sites[s];
    for (const TailVerdict& tail : proof.verification.sites[s].tails) {
      for (std::size_t c = 0; c < tail.channels.size(); c += stride) {
        const AccumulatorSet reach = ReachOf(site.before->conv, c, options.reach);
        if (reach.hi() - reach.lo() >= kMostEnumerated || !tail.channels[c].ideal) continue;
        ExpectSame(
            tail.channels[c].ideal->distances.value(),
            Enumeration(site, site.pairs[tail.pair], c).Over(reach),
            before_path.filename().string() + " " + tail.place + " channel " + std::to_string(c));
        ++compared;
      }
    }
  }
  return compared;
}

int CompareFolder(const fs::path& folder, std::size_t stride) {
  int compared = 0;
  for (const fs::path& before : ProgramsIn(folder)) {
    const std::string name = before.filename().string();
    const std::size_t at = name.rfind("before.pt2");
    if (at == std::string::npos) continue;
    const fs::path after = folder / (name.substr(0, at) + "after.pt2");
    if (fs::exists(after)) compared += ComparePair(before, after, stride);
  }
  return compared;
}

TEST(IdealDistanceSmallDomains, AreExhaustedOnTheGoldenPairs) {
  EXPECT_GT(CompareFolder(kGolden, 2), 30);
}

TEST(IdealDistanceSmallDomains, AreExhaustedOnTheCorpus) {
  if (ProgramsIn(kCorpus).empty()) GTEST_SKIP() << "no ../shared/corpus";
  EXPECT_GT(CompareFolder(kCorpus, 16), 150);
}

int CountIdentities(const fs::path& folder) {
  int tails = 0;
  for (const fs::path& path : ProgramsIn(folder)) {
    const Loaded one(path);
    ProveOptions options;
    options.judge.ideal_distance = true;
    options.judge.most_enumerated = kMostEnumerated;  // beyond, broken lines alone
    const Proof proof = Prove(one.side, one.side, options);
    for (const SiteVerdict& site : proof.verification.sites) {
      for (const TailVerdict& tail : site.tails) {
        const auto distances = FarthestFromIdeal(tail);
        if (!distances) continue;
        EXPECT_EQ(distances->reachable.before, distances->reachable.after) << path << tail.place;
        EXPECT_EQ(distances->calibrated.before, distances->calibrated.after) << path << tail.place;
        EXPECT_LE(distances->calibrated.before, distances->reachable.before) << path << tail.place;
        ++tails;
      }
    }
  }
  return tails;
}

TEST(IdealDistanceSmallDomains, AProgramIsAsFarBeforeAsAfter) {
  EXPECT_GT(CountIdentities(kGolden), 40);
  if (!ProgramsIn(kCorpus).empty()) {
    EXPECT_GT(CountIdentities(kCorpus), 300);
  }
}

}  // namespace
}  // namespace foldproof::prove
