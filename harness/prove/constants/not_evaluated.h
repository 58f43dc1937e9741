// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace foldproof::prove {

// Thrown within the evaluation of constants, and caught there: why a node is not evaluated.
struct NotEvaluated {
  std::string why;
};

}  // namespace foldproof::prove
