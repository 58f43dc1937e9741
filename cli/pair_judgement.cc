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

PairJudgement Judge(const ConfiguredPair& pair, int threads) {
  verify::VerifyOptions options = pair.options;
  options.proof.threads = threads;
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
                                      Progress& progress) {
  std::vector<PairJudgement> out(pairs.size());
  if (pairs.empty()) return out;
  // Where there are fewer pairs than threads, each proof gets some of those that are left.
  const int for_each = std::max(1, threads / static_cast<int>(pairs.size()));
  tbb::task_arena arena(threads);
  std::atomic<std::int64_t> done = 0;
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, pairs.size(), [&](std::size_t i) {
      out[i] = Judge(pairs[i], for_each);
      progress.Tell(++done, std::ssize(pairs), "pairs judged");
    });
  });
  return out;
}

}  // namespace foldproof::cli
