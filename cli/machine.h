// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace foldproof::cli {

// The kind of machine this is, for the report: "x86_64, fma".
std::string DescribeMachine();

// The most memory of this program that was resident at once, in units of 10^6 bytes; 0 where the
// system does not say.
double PeakResidentMegabytes();
// The same of the largest process that this one started and that has ended.
double PeakWorkerMegabytes();

// What this process and those that it has waited for took of a processor so far.
double ProcessorSeconds();

}  // namespace foldproof::cli
