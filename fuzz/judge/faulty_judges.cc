// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/faulty_judges.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include "fuzz/judge/blind_spots.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

using prove::Verdict;
using prove::Verification;

// The program's verdict of its parts.
void Conclude(Verification& said) {
  said.verdict = Verdict::kEqual;
  for (const auto& site : said.sites) said.verdict = std::max(said.verdict, site.verdict);
  if (!said.unproved.empty()) said.verdict = std::max(said.verdict, Verdict::kUnproved);
  for (const auto& finding : said.structure) {
    if (finding.only_after) said.verdict = Verdict::kDiffers;
  }
}

bool UnprovedIsEqual(Verification& said) {
  if (said.verdict != Verdict::kUnproved) return false;
  said.unproved.clear();
  for (auto& site : said.sites) {
    if (site.verdict == Verdict::kUnproved) site.verdict = Verdict::kEqual;
  }
  Conclude(said);
  return true;
}

bool WithinIsEqual(Verification& said) {
  if (said.verdict != Verdict::kWithin) return false;
  for (auto& site : said.sites) site.verdict = Verdict::kEqual;
  Conclude(said);
  return true;
}

bool HalvesFigures(Verification& said) {
  if (said.verdict != Verdict::kWithin) return false;
  for (auto& site : said.sites) {
    for (auto& tail : site.tails) {
      for (auto& channel : tail.channels) channel.reachable.lsb /= 2;
    }
  }
  return true;
}

bool ForgetsStructure(Verification& said) {
  const auto is_new = [](const prove::StructureFinding& finding) { return finding.only_after; };
  if (std::erase_if(said.structure, is_new) == 0) return false;
  Conclude(said);
  return true;
}

// A tail that differs in its last channel alone.
bool ForgetsLastChannel(Verification& said) {
  bool any = false;
  for (auto& site : said.sites) {
    for (auto& tail : site.tails) {
      if (tail.verdict != Verdict::kDiffers || tail.channels.size() < 2) continue;
      const bool others_hold =
          std::all_of(tail.channels.begin(), tail.channels.end() - 1, [](const auto& channel) {
            return channel.unproved.empty() && channel.reachable.lsb <= channel.allowed_lsb;
          });
      if (!others_hold) continue;
      tail.channels.pop_back();
      tail.verdict = Verdict::kWithin;
      any = true;
    }
    if (any) {
      site.verdict = Verdict::kEqual;
      for (const auto& tail : site.tails) site.verdict = std::max(site.verdict, tail.verdict);
    }
  }
  if (any) Conclude(said);
  return any;
}

// The judge's word on what it sees of a pair; nullopt where the fault has no part in the pair.
std::optional<CheckedPair> CheckWith(const FaultyJudge& faulty, const ProgramPair& pair,
                                     std::uint64_t key, const Judge& right, exec::Executor& torch) {
  ProgramPair seen = pair;
  bool differs = false;
  if (faulty.sees != nullptr) {
    try {
      Sketch before(pair.before), after(pair.after);
      differs = static_cast<int>(faulty.sees(before)) + static_cast<int>(faulty.sees(after)) > 0;
      if (!differs) return std::nullopt;
      seen.before = before.Finish();
      seen.after = after.Finish();
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      return std::nullopt;  // what is left is no program
    }
  }
  const Judge judge = [&](const ProgramPair&) {
    Verification said = right(seen);
    if (faulty.says != nullptr) differs |= faulty.says(said);
    return said;
  };
  CheckedPair checked = CheckPair(pair, key, judge, torch);
  return differs ? std::optional(std::move(checked)) : std::nullopt;
}

struct Court {
  prove::JudgeScratch scratch;
  Judge judge = ProverWith(scratch);
  std::unique_ptr<exec::Executor> torch = exec::OpenTorchExecutor();
};

// The lie that a faulty judge tells of case `index`, and the right one does not.
std::optional<Lie> LieOf(const FaultyJudge& faulty, const ProgramPair& pair, std::uint64_t key,
                         Court& court) {
  const auto checked = CheckWith(faulty, pair, key, court.judge, *court.torch);
  if (!checked || !checked->lie || checked->lie->rule == "judge-fails") return std::nullopt;
  if (CheckPair(pair, key, court.judge, *court.torch).lie) return std::nullopt;
  return checked->lie;
}

}  // namespace

std::span<const FaultyJudge> FaultyJudges() {
  static const std::vector<FaultyJudge> all = {
      {"moves-unseen", "frontiers: where elements lie does not count", blind::Moves},
      {"strides-unseen", "readers of memory: strides do not count", blind::Strides},
      {"memory-formats-unseen", "layouts: memory formats do not count", blind::MemoryFormats},
      {"list-order-unseen", "operands: the order of a list does not count", blind::ListOrder},
      {"writes-through-views-unseen", "effects: a write into a view reaches nobody",
       blind::WritesThroughViews},
      {"splits-are-no-views", "effects: split, chunk and unbind are missing in the list of views",
       blind::WritesThroughSplits},
      {"aliases-are-no-views", "effects: operators that return their operand are taken for copies",
       blind::WritesThroughAliases},
      {"constant-writes-unseen", "effects: constants are taken for constant",
       blind::WritesIntoConstants},
      {"list-writers-unseen", "effects: list operators write nothing", blind::ListWriters},
      {"out-arguments-unseen", "effects: out arguments are not written", blind::OutArguments},
      {"odd-writers-unseen", "effects: who does not end in an underscore writes nothing",
       blind::OddWriters},
      {"buffers-unseen", "state: updates of buffers do not count", blind::BufferUpdates},
      {"output-order-unseen", "interface: outputs are paired by name", blind::OutputOrder},
      {"later-outputs-unseen", "interface: the first output alone is compared",
       blind::LaterOutputs},
      {"training-unseen", "effects: batch statistics are taken for running ones", blind::Training},
      {"random-is-fixed", "numbers: random operators are functions", blind::Randomness},
      {"eps-unseen", "numbers: every eps is 1e-5", blind::Eps},
      {"gamma-sign-unseen", "numbers: gamma's sign does not count", blind::GammaSign},
      {"parameters-unseen", "numbers: parameters of functions do not count", blind::Parameters},
      {"code-ranges-unseen", "quantizers: every code of the type can be had", blind::CodeRanges},
      {"zero-points-unseen", "quantizers: every zero point is 0", blind::ZeroPoints},
      {"casts-unseen", "numbers: a cast and its way back are nothing", blind::Casts},
      {"operand-order-unseen", "operands: a - b is b - a", blind::OperandOrder},
      {"last-elements-unseen", "constants: the last element is taken for the first",
       blind::LastElements},
      {"axes-unseen", "attributes: every axis is the first", blind::Axes},
      {"unproved-is-equal", "verdict: what is open holds", nullptr, UnprovedIsEqual},
      {"within-is-equal", "verdict: a difference within the tolerance is none", nullptr,
       WithinIsEqual},
      {"figures-halved", "verdict: half of what was found is told", nullptr, HalvesFigures},
      {"structure-forgotten", "verdict: findings of structure do not count", nullptr,
       ForgetsStructure},
      {"last-channel-forgotten", "verdict: the last channel is not judged", nullptr,
       ForgetsLastChannel},
  };
  return all;
}

std::vector<HuntedJudge> HuntFaultyJudges(const LieCampaignOptions& options,
                                          const std::function<void(const HuntedJudge&)>& found) {
  const auto judges = FaultyJudges();
  std::vector<HuntedJudge> out;
  for (const FaultyJudge& judge : judges) out.push_back({judge.name, judge.breaks});
  tbb::enumerable_thread_specific<Court> courts;
  tbb::task_arena arena(options.threads);
  const auto is_open = [&] {
    return std::ranges::any_of(out, [](const HuntedJudge& judge) { return !judge.found; });
  };
  constexpr std::uint64_t kBatch = 64;
  std::vector<std::vector<std::optional<Lie>>> lies(kBatch);
  const std::uint64_t most = options.cases.value_or(20'000);
  for (std::uint64_t first = 0; first < most && is_open(); first += kBatch) {
    if (options.stop && options.stop()) break;
    arena.execute([&] {
      tbb::parallel_for(std::uint64_t{0}, kBatch, [&](std::uint64_t i) {
        lies[i].assign(judges.size(), std::nullopt);
        const PairDraw draw = DrawPair(options.seed, first + i, options.programs.size());
        const auto pair = PairOf(draw, options.programs);
        if (!pair) return;
        for (std::size_t j = 0; j < judges.size(); ++j) {
          if (out[j].found) continue;
          lies[i][j] = LieOf(judges[j], *pair, RunKey(options.seed, first + i), courts.local());
        }
      });
    });
    for (std::size_t j = 0; j < judges.size(); ++j) {
      for (std::uint64_t i = 0; i < kBatch && !out[j].found; ++i) {
        ++out[j].cases;
        if (!lies[i][j]) continue;
        out[j].found = true;
        out[j].rule = lies[i][j]->rule;
        out[j].needs = KindsOf(DrawPair(options.seed, first + i, options.programs.size()));
        out[j].seconds = options.seconds ? options.seconds() : 0;
        if (found) found(out[j]);
      }
    }
  }
  return out;
}

}  // namespace foldproof::fuzz
