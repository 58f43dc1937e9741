// SPDX-License-Identifier: BSD-3-Clause
//
// The report of a gate whose pairs were judged in several processes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "reports/gate.h"

namespace foldproof::reports {

// A gate's report as a part of the whole gate: that of some of its pairs, or of all.
struct GatePart {
  std::string name;  // of the file, for messages
  verify::FileIdentity configuration;
  std::string today, version;
  std::vector<std::string> all;  // the names of all pairs of the configuration
  std::vector<Waiver> waivers;
  std::vector<GatedPair> pairs;    // as they were before waivers
  std::vector<std::string> whole;  // of each pair its report as JSON, "null" where it is unusable
};

// Throws Error(kInput), with the place in the text alone, of what is no report of a gate.
GatePart ParseGatePart(const std::string& name, std::string_view text);

// The names of pairs that no part has.
std::vector<std::string> MissingPairs(const std::vector<GatePart>& parts);

struct MergedGate {
  Gate gate;
  std::vector<std::string> whole;
};

// The gate over the pairs of all parts, in the configuration's order; waivers are held to all of
// them at once. In whatever order the parts stand, and however often, it is the same. Throws
// Error(kInput) that names a part which is of another gate (configuration, day, version), or says
// something else of a pair than another part does.
MergedGate MergeGates(const std::vector<GatePart>& parts);

}  // namespace foldproof::reports
