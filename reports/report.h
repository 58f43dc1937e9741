// SPDX-License-Identifier: BSD-3-Clause
//
// A report of verify or compare as it was read back: what the other formats tell. Differences are
// in LSB, infinity where the report has null; texts are as they stood there, so hostile until
// escaped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/prove/verdict/verdict.h"

namespace foldproof::reports {

// The worst of a tail over one domain.
struct ReportedFigures {
  double lsb = 0;  // >= 0
  double lsb_root_step =
      0;  // the worst where a square root is a float32 step off; 0: none is there
  std::optional<std::uint32_t> channel;
  std::optional<std::int64_t> accumulator;
  double share_over = 0;  // of integers, 0 to 1
};

struct ReportedCause {
  std::string rule;
  std::string node;
  std::vector<std::uint32_t> channels;  // at least one, below the site's
  double share = 0;
  std::string detail;
};

struct ReportedWitness {
  std::string level;
  std::uint32_t channel = 0;
  std::int64_t accumulator = 0;
  double claimed_lsb = 0;
  std::optional<std::string> file;
  std::optional<bool> confirmed;
};

struct ReportedTail {
  std::optional<std::uint32_t> output;  // of the program; none at an inner frontier
  std::string place;
  prove::Verdict verdict = prove::Verdict::kEqual;
  std::string reason;
  double tolerance_lsb = 0;
  double derived_lsb = 0;
  ReportedFigures reachable;
  ReportedFigures calibrated;
  std::optional<ReportedFigures> observed;
  std::vector<ReportedCause> causes;
  std::optional<ReportedWitness> witness;
};

struct ReportedSite {
  std::string before_conv;
  std::string after_conv;
  std::string module;  // as its author named it; empty where the report does not say
  std::string op;      // empty where the report does not say
  std::uint32_t channels = 0;
  std::uint64_t taps = 0;
  prove::Verdict verdict = prove::Verdict::kEqual;
  std::string reason;
  std::vector<ReportedTail> tails;
};

struct ReportedGate {
  std::string domain;  // calibrated, reachable or observed
  std::string semantics;
  std::optional<double> tolerance_lsb;  // none: derived
};

// What compare found on inputs: more than was proved, or than is allowed.
struct ReportedSample {
  std::string rule;
  std::string site;  // its conv before the fold
  std::string place;
  std::uint64_t run = 0;
  double observed_lsb = 0;
  double proved_lsb = 0;
};

// What a gate lets pass for a while.
struct WaivedFinding {
  std::string reason;
  std::string expires;  // the last day that it counts, YYYY-MM-DD
};

struct Report {
  std::string file;    // where it was read
  std::string sha256;  // of the bytes that were read there
  std::string name;    // of the pair in a gate's configuration; empty outside one
  std::string kind;    // verify or compare
  prove::Verdict verdict = prove::Verdict::kEqual;
  int exit_code = 0;  // 0, 1 or 2; of a gate's pair, with what is waived
  ReportedGate gate;
  std::optional<std::pair<double, double>> input_range;  // of floats that convs read
  std::string before_file;
  std::string before_sha256;  // empty where the report does not say
  std::string after_file;     // empty where the fold was run in the same go
  std::vector<prove::StructureFinding> structure;
  std::vector<ReportedSite> sites;
  std::vector<prove::UnprovedPart> unproved;
  std::vector<std::string> provisos;            // what a verdict that holds leaves open
  std::vector<std::string> notes;               // what is to be said beside the verdict
  std::vector<ReportedSample> samples;          // of compare
  std::map<std::string, WaivedFinding> waived;  // by the finding's fingerprint
  std::vector<std::string> command;  // to repeat it; empty where the report has no block "run"
  std::string version;
  double seconds = 0;
};

// The unproved parts that no tail or site of the report tells of, which it lists there, too.
std::vector<prove::UnprovedPart> PartsOfTheirOwn(const Report& report);

// What the report of a tail says over the domain that is the gate.
const ReportedFigures& GateFigures(const ReportedTail& tail, const ReportedGate& gate);

// Where the program that was judged is: after's file, else before's, which was folded.
const std::string& JudgedFile(const Report& report);

}  // namespace foldproof::reports
