// SPDX-License-Identifier: BSD-3-Clause
#include "cli/pair_judgement.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/verification.h"
#include "src/base/error.h"

namespace foldproof::cli {
namespace {

nlohmann::ordered_json ReportOfPair(const ConfiguredPair& pair, int threads,
                                    std::string& unusable) {
  VerificationOptions options = pair.options;
  options.threads = threads;
  try {
    nlohmann::ordered_json report = ReportOf(options, Verify(options));
    EraseCost(report);
    return report;
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput && error.code() != Error::Code::kUsage) throw;
    unusable = error.what();
    return nullptr;
  }
}

}  // namespace

PairJudgements JudgePairs(const std::vector<ConfiguredPair>& pairs, int threads) {
  PairJudgements out;
  out.reports.resize(pairs.size());
  out.unusable.resize(pairs.size());
  // Where there are fewer pairs than threads, each proof gets some of those that are left.
  const int for_each = std::max(1, threads / static_cast<int>(pairs.size()));
  tbb::task_arena arena(threads);
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, pairs.size(), [&](std::size_t i) {
      out.reports[i] = ReportOfPair(pairs[i], for_each, out.unusable[i]);
    });
  });
  return out;
}

}  // namespace foldproof::cli
