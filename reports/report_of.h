// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/verify/verification.h"
#include "reports/report.h"

namespace foldproof::reports {

// What the report of `verified` says, as it would be read back, without the block "run".
Report ReportOf(const verify::Verified& verified);

}  // namespace foldproof::reports
