// SPDX-License-Identifier: BSD-3-Clause
//
// The verdict on all pairs that a repository keeps, with what it waives for a while (docs/gate.md).
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/findings.h"
#include "reports/json_report.h"
#include "reports/report.h"

namespace foldproof::reports {

// Lets findings of one rule pass, up to a day.
struct Waiver {
  std::string pair;  // a glob on the pair's name
  std::string rule;
  // A glob on the conv's name, before or after, or on the node; empty: anywhere.
  std::string site = {};
  std::string reason = {};   // not empty
  std::string expires = {};  // the last day that it counts, YYYY-MM-DD
  // Only tails that are no further apart on the domain that is the gate.
  std::optional<double> up_to_lsb = {};
  std::size_t line = 0;  // in the configuration; 0: not known
};

enum class PairStatus { kHolds, kWaived, kUnproved, kDiffers, kUnusable };

const char* NameOf(PairStatus status);  // "holds", "waived", ...

struct GatedPair {
  std::string name;
  std::optional<Report> report;  // of verify; none where it is unusable
  std::string why_unusable;
  bool allow_unproved = false;
  // Found by ApplyWaivers, which also sets the report's `waived` and `exit_code`.
  PairStatus status = PairStatus::kHolds;
  std::vector<Finding> findings = {};       // above notes
  std::vector<std::size_t> waived_by = {};  // for each: the waiver, or Gate::kNoWaiver
};

enum class WaiverStatus { kUsed, kUnused, kExpired };

const char* NameOf(WaiverStatus status);

struct Gate {
  static constexpr std::size_t kNoWaiver = static_cast<std::size_t>(-1);

  verify::FileIdentity configuration;
  std::vector<GatedPair> pairs;
  std::vector<Waiver> waivers;
  std::vector<WaiverStatus> standing;               // of each waiver
  std::vector<std::vector<std::string>> waiver_of;  // the pairs that need it, expired or not
  // 3 where a pair is unusable, else 1 where one differs or a waiver has expired, else 2 where one
  // is unproved, else 0.
  int exit_code = 0;

  std::size_t Count(PairStatus status) const;
  std::size_t Count(WaiverStatus status) const;
};

// What is waived on the day `today`, and what that leaves. A pair that differs is waived where each
// finding that makes it differ is.
Gate ApplyWaivers(verify::FileIdentity configuration, std::vector<GatedPair> pairs,
                  std::vector<Waiver> waivers, std::string_view today);

// A line for each pair, then for each waiver that is expired or unused, then the verdict.
std::string GateSummary(const Gate& gate);

struct GateRun {
  std::string today;
  double seconds = 0;
  RunFacts facts;
};

// What of the configuration a report is about, where that is not all of it.
struct GateShard {
  std::string shard;                 // "3/16"; empty: several, merged
  std::vector<std::string> all;      // the names of all pairs of the configuration
  std::vector<std::string> missing;  // of a merge: those that no part has
};

// `whole`: for each pair its report of verify without what it cost, null where it is unusable.
// `shard`: null where all pairs were judged.
nlohmann::ordered_json GateJson(const Gate& gate, const std::vector<nlohmann::ordered_json>& whole,
                                const GateRun& run, const GateShard* shard = nullptr);

}  // namespace foldproof::reports
