// SPDX-License-Identifier: BSD-3-Clause
//
// Reports as JSON: the fields are those of docs/architecture.md, "The report". Deterministic: the
// same programs and options give the same bytes, but for the block "run". An infinite number is
// null.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/verify/verification.h"
#include "src/base/file.h"

namespace foldproof::reports {

// Who wrote a report and how to repeat it; with the seconds that it took, which each kind of report
// names its own way, the one part that two runs may disagree on.
struct RunFacts {
  std::vector<std::string> command;  // as it was typed
  int threads = 1;
  std::string version;
  std::string machine;
  // How many sites were judged before, and their proofs kept; nullopt without --cache.
  std::optional<std::size_t> cached_sites = std::nullopt;
};

enum class Shows { kVerdicts, kPictures };  // kPictures: with what a page draws, where it is there

nlohmann::ordered_json VerifyReport(const verify::Verified& verified, const RunFacts& run,
                                    Shows shows = Shows::kVerdicts);

// The bytes of Written(VerifyReport(...)), a site at a time: a network has tens of thousands of
// channels, and as values they take many times what their text does. All must outlive it.
Pieces VerifyReportPieces(const verify::Verified& verified, const RunFacts& run, Shows shows);

// Takes out of a report of verify what it cost: the block "run" and each site's "evaluations". What
// is left is the same for the same programs, options and version.
void EraseCost(nlohmann::ordered_json& report);

// A report as it is written to a file. What is no UTF-8 (a file's name) becomes U+FFFD.
std::string Written(const nlohmann::ordered_json& report);

// Adds "cached_sites" to a block "run", where there are any to be told of.
void AddCachedSites(const RunFacts& run, nlohmann::ordered_json& block);

// A number as JSON holds it: null where it is infinite or NaN.
nlohmann::ordered_json Number(double x);

// "file" and "sha256".
nlohmann::ordered_json FileJson(const verify::FileIdentity& file);

}  // namespace foldproof::reports
