// SPDX-License-Identifier: BSD-3-Clause
#include "cli/pair_judgement.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>

#include "cli/stopwatch.h"
#include "src/base/error.h"

namespace foldproof::cli {
namespace {

PairJudgement Judge(const ConfiguredPair& pair, int threads, prove::ProofMemory* memory) {
  verify::VerifyOptions options = pair.options;
  options.proof.threads = threads;
  options.proof.memory = memory;
  const Stopwatch stopwatch;
  PairJudgement out;
  try {
    out.verified = verify::Verify(pair.before_path, pair.after_from, options,
                                  [&] { return stopwatch.Total(); });
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput && error.code() != Error::Code::kUsage) throw;
    out.unusable = error.what();
  }
  return out;
}

}  // namespace

std::vector<PairJudgement> JudgePairs(const std::vector<ConfiguredPair>& pairs, int threads,
                                      prove::ProofMemory* memory, Progress& progress) {
  std::vector<PairJudgement> out(pairs.size());
  if (pairs.empty()) return out;
  // Where there are fewer pairs than threads, each proof gets some of those that are left.
  const int for_each = std::max(1, threads / static_cast<int>(pairs.size()));
  tbb::task_arena arena(threads);
  std::atomic<std::int64_t> done = 0;
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, pairs.size(), [&](std::size_t i) {
      out[i] = Judge(pairs[i], for_each, memory);
      progress.Tell(++done, std::ssize(pairs), "pairs judged");
    });
  });
  return out;
}

std::size_t CachedSites(const std::vector<PairJudgement>& judged) {
  std::size_t out = 0;
  for (const PairJudgement& one : judged) {
    if (one.verified) out += one.verified->verification.remembered_sites;
  }
  return out;
}

}  // namespace foldproof::cli
