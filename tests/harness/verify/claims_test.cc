// SPDX-License-Identifier: BSD-3-Clause
//
// Pairs of programs that once were judged wrongly (golden/claims): most compute different things
// and were `equal`, a few are right and were `differs`.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "harness/exec/open/open_executor.h"
#include "harness/prove/verdict/names.h"
#include "tests/harness/verify/golden_pairs.h"
#include "tests/paths.h"

namespace foldproof::verify {
namespace {

struct Claim {
  std::string name, kind, never;
  double least_lsb = 0;
};

std::vector<Claim> ReadClaims() {
  std::vector<Claim> claims;
  std::ifstream in(std::string(tests::kSourceFolder) + "/golden/claims/claims.tsv");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("#")) continue;
    std::istringstream fields(line);
    Claim claim;
    std::string least;
    std::getline(fields, claim.name, '\t');
    std::getline(fields, claim.kind, '\t');
    std::getline(fields, claim.never, '\t');
    std::getline(fields, least, '\t');
    if (least != "-") claim.least_lsb = std::stod(least);
    claims.push_back(claim);
  }
  return claims;
}

double LargestLsb(const prove::Verification& verification) {
  double most = 0;
  for (const prove::SiteVerdict& site : verification.sites) {
    for (const prove::TailVerdict& tail : site.tails) {
      for (const auto& channel : tail.channels) most = std::max(most, channel.reachable.lsb);
    }
  }
  return most;
}

bool Holds(prove::Verdict verdict) { return verdict <= prove::Verdict::kWithin; }

TEST(Claims, AreNotMadeOfWhatPyTorchShowsOtherwise) {
  const std::vector<Claim> claims = ReadClaims();
  ASSERT_EQ(claims.size(), 77u);
  std::map<std::string, int> differ, of_kind;
  for (const Claim& claim : claims) {
    const prove::Verification proof =
        VerificationIn("claims", claim.name + ".before", claim.name + ".after");
    const prove::Verdict verdict = proof.verdict;
    const std::string name(prove::NameOf(verdict));
    EXPECT_EQ(("," + claim.never + ",").find("," + name + ","), std::string::npos)
        << claim.kind << ": " << claim.name << " is said to be " << name;
    if (Holds(verdict)) {
      EXPECT_GE(LargestLsb(proof), claim.least_lsb) << claim.name;
    }
    ++of_kind[claim.kind];
    differ[claim.kind] += verdict == prove::Verdict::kDiffers;
  }
  EXPECT_EQ(differ["placement"], of_kind["placement"]);
  EXPECT_EQ(differ["interface"], of_kind["interface"]);
  // The others take a run by libtorch, which knows every operator.
  const auto names = exec::ExecutorNames();
  if (std::ranges::find(names, "torch") == names.end()) {
    GTEST_SKIP() << "SKIPPED: how many of the rest are refuted; this build has no libtorch";
  }
  EXPECT_EQ(differ["overwritten"], of_kind["overwritten"]);
  EXPECT_EQ(differ["alias"], of_kind["alias"]);
}

}  // namespace
}  // namespace foldproof::verify
