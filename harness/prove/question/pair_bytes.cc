// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/pair_bytes.h"

#include <algorithm>
#include <cstdint>

#include "harness/prove/question/judged_fields.h"
#include "harness/prove/question/pair_fields.h"

namespace foldproof::prove {
namespace {

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
