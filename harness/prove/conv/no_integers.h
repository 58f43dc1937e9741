// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace foldproof::prove {

// Carries the reason why a conv has no integers out to ReadConvSide, which catches it.
struct NoIntegers {
  std::string reason;
};

}  // namespace foldproof::prove
