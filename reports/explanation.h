// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "harness/verify/verification.h"

namespace foldproof::reports {

// What each cause and each new fault of structure means and what to do about it, and the trace of
// each tail that differs: every operator at the worst accumulator, before and after. Traces are
// there where pictures were asked for. For a terminal of 100 columns.
std::string Explanation(const verify::Verified& verified);

}  // namespace foldproof::reports
