// SPDX-License-Identifier: BSD-3-Clause
//
// What is asked about two programs, and what is answered, where both were read from files: the
// proof of a pair that is the same as before is not even begun (docs/cache.md).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "harness/prove/verdict/prove_options.h"

namespace foldproof::prove {

struct PairQuestion {
  std::string before_sha256;  // of the files' bytes: programs, and the names that a report tells
  std::string after_sha256;
  JudgeOptions judge;
  std::map<std::string, std::optional<double>> site_tolerances;
  Reach reach = Reach::kExact;
  Semantics semantics = Semantics::kInteger;
  BatchNormVariant batch_norm = BatchNormVariant::kFma;
  FloatBox float_box{};
};

// The question that a proof with these options asks, which observes nothing.
PairQuestion AskPair(const std::string& before_sha256, const std::string& after_sha256,
                     const ProveOptions& options);

}  // namespace foldproof::prove
