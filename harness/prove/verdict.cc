// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/verdict.h"

namespace foldproof::prove {

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kEqual: return "equal";
    case Verdict::kWithin: return "within";
    case Verdict::kUnproved: return "unproved";
    case Verdict::kDiffers: return "differs";
  }
  return "unproved";
}

}  // namespace foldproof::prove
