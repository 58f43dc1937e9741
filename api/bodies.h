// SPDX-License-Identifier: BSD-3-Clause
//
// What the public types hold.
#pragma once

#include <foldproof/program.h>
#include <foldproof/report.h>
#include <vector>

#include "harness/verify/verification.h"

namespace foldproof {

struct Program::Body {
  verify::SourceArchive archive;
};

struct Report::Body {
  verify::Verified verified;
  std::vector<SiteReport> sites;
};

namespace api {

inline Verdict VerdictOf(prove::Verdict verdict) {
  switch (verdict) {
    case prove::Verdict::kEqual: return Verdict::kEqual;
    case prove::Verdict::kWithin: return Verdict::kWithin;
    case prove::Verdict::kUnproved: return Verdict::kUnproved;
    case prove::Verdict::kDiffers: return Verdict::kDiffers;
  }
  return Verdict::kUnproved;
}

}  // namespace api
}  // namespace foldproof
