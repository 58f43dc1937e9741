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

// kExceeded: what it would let pass is further apart than its up_to_lsb. kUnjudged: nothing that
// was judged needs it, and a pair that it is for was not judged.
enum class WaiverStatus { kUsed, kUnused, kExceeded, kUnjudged, kExpired };

const char* NameOf(WaiverStatus status);  // "used", "unused", ...

struct WaiverStanding {
  WaiverStatus status = WaiverStatus::kUnused;
  std::vector<std::string> needed_by = {};  // pairs, whether it has expired or not
  std::string why = {};  // what is wrong with it and what to do, as a clause; empty: it is used
};

struct Gate {
  static constexpr std::size_t kNoWaiver = static_cast<std::size_t>(-1);

  verify::FileIdentity configuration;
  std::vector<GatedPair> pairs;
  std::vector<Waiver> waivers;
  std::vector<WaiverStanding> standing;  // of each waiver
  // 3 where a pair is unusable, else 1 where one differs or a waiver has expired, else 2 where one
  // is unproved, else 0.
  int exit_code = 0;

  std::size_t Count(PairStatus status) const;
  std::size_t Count(WaiverStatus status) const;
};

// How far apart the two programs of a pair are where `finding` is; nullopt where it has no figure.
std::optional<double> FigureOf(const GatedPair& pair, const Finding& finding);

// What of the configuration a gate is about, where that is not all of it.
struct GateShard {
  std::string shard;                 // "3/16"; empty: several, merged
  std::vector<std::string> all;      // the names of all pairs of the configuration
  std::vector<std::string> missing;  // of a merge: those that no part has
};

// What is waived on the day `today`, and what that leaves. A pair that differs is waived where each
// finding that makes it differ is. `all`: the names of the configuration's pairs, where `pairs` are
// some of them; empty: they are all.
Gate ApplyWaivers(verify::FileIdentity configuration, std::vector<GatedPair> pairs,
                  std::vector<Waiver> waivers, std::string_view today,
                  const std::vector<std::string>& all = {});

// A line for each pair, then for each waiver that is not used, then the verdict. `shard`: null
// where all pairs were judged.
std::string GateSummary(const Gate& gate, const GateShard* shard = nullptr);

// "shard 4/5 has none of the 3 pairs, so nothing is judged here".
std::string EmptyShardText(const std::string& shard, std::size_t pairs);

struct GateRun {
  std::string today;
  double seconds = 0;
  RunFacts facts;
};

// `whole`: for each pair its report of verify without what it cost, null where it is unusable.
// `shard`: null where all pairs were judged.
nlohmann::ordered_json GateJson(const Gate& gate, const std::vector<nlohmann::ordered_json>& whole,
                                const GateRun& run, const GateShard* shard = nullptr);

}  // namespace foldproof::reports
