// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/pair_question.h"

#include <algorithm>
#include <functional>

#include "harness/prove/question/judged_fields.h"
#include "harness/prove/question/pair_fields.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// An option that is new has to be asked here, or named among the last five, which change no answer.
static_assert(ConsistsOf<ProveOptions, JudgeOptions, std::map<std::string, std::optional<double>>,
                         Reach, Semantics, BatchNormVariant, FloatBox, const Observations*, int,
                         ProofMemory*, JudgeScratch*, std::function<void(const ProofProgress&)>>);

bool HasItsChannels(const TailVerdict& tail, std::size_t channels) {
  const auto exists = [&](std::uint32_t channel) { return channel < channels; };
  return tail.channels.size() == channels && (!tail.witness || exists(tail.witness->channel)) &&
         std::ranges::all_of(tail.causes, [&](const Cause& cause) {
           return std::ranges::all_of(cause.channels, exists);
         });
}

bool HasItsChannels(const SiteVerdict& site) {
  return (site.reach.empty() || site.reach.size() == site.channels) &&
         std::ranges::all_of(site.tails, [&](const TailVerdict& tail) {
           return HasItsChannels(tail, site.channels);
         });
}

}  // namespace

PairQuestion AskPair(const std::string& before_sha256, const std::string& after_sha256,
                     const ProveOptions& options) {
  FP_CHECK(options.observed == nullptr);
  return {before_sha256, after_sha256,      options.judge,      options.site_tolerances,
          options.reach, options.semantics, options.batch_norm, options.float_box};
}

std::string PairQuestionBytes(const PairQuestion& question) {
  KeptWriter writer;
  writer.Put(std::string("pair"));
  writer.Put(question);
  return writer.Take();
}

std::string VerificationBytes(const Verification& verification) {
  KeptWriter writer;
  writer.Put(verification);
  return writer.Take();
}

std::optional<Verification> ReadVerification(std::string_view bytes) {
  Verification out;
  KeptReader reader(bytes);
  reader.Get(out);
  const auto is_good = [](const SiteVerdict& site) { return HasItsChannels(site); };
  if (!reader.is_whole() || !std::ranges::all_of(out.sites, is_good)) return std::nullopt;
  return out;
}

}  // namespace foldproof::prove
