// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "harness/verify/side_by_side.h"

namespace foldproof::reports {

// What a comparison showed, for people: the verdict, a table of sites with the proved bound and the
// observed maximum side by side, where the two programs part and how that grows to the outputs.
// `domain` is the gate of its proof.
std::string CompareSummary(const verify::Compared& compared, prove::Domain domain);

}  // namespace foldproof::reports
