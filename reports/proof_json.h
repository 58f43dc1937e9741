// SPDX-License-Identifier: BSD-3-Clause
//
// The parts of a report that say what a proof found: the same in every report that holds one.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/prove/judge/prover.h"

namespace foldproof::reports {

// What the proof takes for granted, and what it was held to.
nlohmann::ordered_json AssumptionsJson(const prove::ProveOptions& options,
                                       const prove::Verification& verification);
nlohmann::ordered_json GateJson(const prove::ProveOptions& options);

// A site with its tails.
nlohmann::ordered_json SiteJson(const prove::SiteVerdict& site);

// Arrays: faults of structure, and what could not be proved.
nlohmann::ordered_json StructureJson(const prove::Verification& verification);
nlohmann::ordered_json UnprovedJson(const prove::Verification& verification);

// Puts what is to be said beside the verdict into `report`, where there is something.
void AddNotes(const prove::Verification& verification, const std::vector<std::string>& notes,
              nlohmann::ordered_json& report);

}  // namespace foldproof::reports
