// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/provisos.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace foldproof::prove {
namespace {

constexpr std::size_t kMostNames = 3;

// "a, b, c and 4 more"
std::string Listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i)
    out += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostNames) out += fmt::format(" and {} more", names.size() - kMostNames);
  return out;
}

// Whether some place of it is judged by its numbers.
bool IsCompared(const MatchedSite& site) {
  return std::ranges::any_of(site.pairs, [](const PairPlan& pair) { return !pair.identical; });
}

// The convs of the sites of which `of` is true, as before's program calls them.
template <typename OfSite>
std::vector<std::string> ConvsWhere(const Proof& proof, OfSite&& of) {
  std::vector<std::string> out;
  for (std::size_t s = 0; s < proof.matching.sites.size(); ++s) {
    const MatchedSite& site = proof.matching.sites[s];
    if (site.before && site.after && of(site))
      out.push_back(proof.verification.sites[s].before_conv);
  }
  return out;
}

// Codes with another zero point on either side: NaN becomes code 0 in both programs, which is then
// not the same number.
bool HasShiftedCodes(const MatchedSite& site) {
  return !site.pairs.empty() &&
         site.before->conv.input_params.zero_point != site.after->conv.input_params.zero_point;
}

// Floats that what makes them bounds, but does not keep from being NaN.
bool MayReadNan(const MatchedSite& site) {
  return site.before->conv.may_be_nan && !site.before->conv.in_box;
}

// An int32 bias that float32 does not hold, on one side or both.
bool HasRoundedBias(const MatchedSite& site) {
  const auto is_rounded = [](const std::optional<SiteSide>& side) {
    return std::ranges::any_of(side->conv.bias.rounding, [](double by) { return by != 0; });
  };
  return IsCompared(site) && (is_rounded(site.before) || is_rounded(site.after));
}

// Convs of folds that hold although nothing is known of their ideal gap, or any is allowed: where
// weights changed in front of a tail that is no line, codes leave the tail, or no slope bounds it.
std::vector<std::string> ConvsWithoutIdealGap(const Verification& verification) {
  std::vector<std::string> out;
  for (const SiteVerdict& site : verification.sites) {
    const bool any = std::ranges::any_of(site.tails, [](const TailVerdict& tail) {
      return tail.verdict == Verdict::kWithin &&
             std::ranges::any_of(tail.channels, [](const ChannelVerdict& one) {
               const bool is_held =
                   one.ideal && std::isfinite(one.ideal->gap) && std::isfinite(one.ideal->allowed);
               return !is_held && !one.bit_equal;
             });
    });
    if (any) out.push_back(site.before_conv);
  }
  return out;
}

// Readers of a value that may be a code off. The proof ends there.
std::vector<std::string> ReadersOfDifferences(const Verification& verification) {
  std::vector<std::string> out;
  for (const SiteVerdict& site : verification.sites) {
    for (const TailVerdict& tail : site.tails) {
      const bool ends_inside = tail.verdict == Verdict::kWithin && !tail.output;
      if (ends_inside && std::ranges::find(out, tail.place) == out.end()) out.push_back(tail.place);
    }
  }
  return out;
}

// Some places are judged by their numbers. Where the two programs compute the same instead, a
// runtime's own rounding is the same, too. Of floats on both sides the bound holds in any order.
bool AnySumsAreCompared(const Matching& matching) {
  return std::ranges::any_of(matching.sites, [](const MatchedSite& site) {
    if (!site.before || (site.before->conv.real && site.after->conv.real)) return false;
    return IsCompared(site);
  });
}

}  // namespace

void TellProvisos(Proof& proof) {
  Verification& out = proof.verification;
  if (const auto convs = ConvsWhere(proof, HasShiftedCodes); !convs.empty()) {
    out.without_nan = true;
    out.provisos.push_back("no input is NaN: it becomes code 0 on both sides, and the codes that " +
                           Listed(convs) + " reads have other zero points");
  }
  if (const auto convs = ConvsWhere(proof, MayReadNan); !convs.empty()) {
    out.without_nan = true;
    out.provisos.push_back("no float that " + Listed(convs) + " reads is NaN");
  }
  if (const auto& range = out.input_range) {
    out.provisos.push_back(fmt::format(
        "every float that a conv reads lies in [{:g}, {:g}], the range of --input-range",
        range->first, range->second));
  }
  if (AnySumsAreCompared(proof.matching)) {
    out.provisos.push_back(
        "sums of products of codes are exact, as integer kernels compute them: a kernel that sums "
        "floats may round to a neighbouring code");
  }
  if (const auto convs = ConvsWhere(proof, HasRoundedBias); !convs.empty()) {
    out.provisos.push_back(
        "int32 biases above 2^24 are added as they are, as integer kernels add them: PyTorch "
        "rounds those of " +
        Listed(convs) + " to float32 first");
  }
  if (const auto convs = ConvsWithoutIdealGap(out); !convs.empty()) {
    out.provisos.push_back("what was folded into " + Listed(convs) +
                           " is held to the tolerance alone: a constant or a weight that is off by "
                           "less than that is not told");
  }
  if (const auto readers = ReadersOfDifferences(out); !readers.empty()) {
    out.provisos.push_back("each fold is judged alone: what " + Listed(readers) +
                           " makes of a difference is not bounded");
  }
}

}  // namespace foldproof::prove
