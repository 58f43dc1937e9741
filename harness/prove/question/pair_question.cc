// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/pair_question.h"

#include <functional>

#include "harness/prove/question/fields.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// An option that is new has to be asked here, or named among the last five, which change no answer.
static_assert(ConsistsOf<ProveOptions, JudgeOptions, std::map<std::string, std::optional<double>>,
                         Reach, Semantics, BatchNormVariant, FloatBox, const Observations*, int,
                         ProofMemory*, JudgeScratch*, std::function<void(const ProofProgress&)>>);

}  // namespace

PairQuestion AskPair(const std::string& before_sha256, const std::string& after_sha256,
                     const ProveOptions& options) {
  FP_CHECK(options.observed == nullptr);
  return {before_sha256, after_sha256,      options.judge,      options.site_tolerances,
          options.reach, options.semantics, options.batch_norm, options.float_box};
}

}  // namespace foldproof::prove
