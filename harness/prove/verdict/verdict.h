// SPDX-License-Identifier: BSD-3-Clause
//
// What the prover says of two programs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/prove/verdict/channel_verdict.h"
#include "harness/prove/verdict/observations.h"

namespace foldproof::prove {

// From best to worst, so that the worst of several is their maximum.
enum class Verdict { kEqual, kWithin, kUnproved, kDiffers };

// Why a tail differs, by a stable name, and where: the first quantizer or op of the after-program
// at which the traces of the witness part.
struct Cause {
  std::string rule;
  std::string node;
  std::vector<std::uint32_t> channels;
  double share = 0;    // of the gate's accumulators of these channels, how many are over
  std::string detail;  // a plain sentence
};

// An input for one accumulator.
struct Witness {
  enum class Level { kProgram, kSite };

  Level level = Level::kSite;
  std::uint32_t channel = 0;
  std::int64_t accumulator = 0;
  double claimed_lsb = 0;          // NaN: the channel has no figures, what it shows is not known
  double spread_lsb = 0;           // how much more may be seen, by another order of float sums
  bool by_ideal_gap = false;       // shows a wrong constant, perhaps below the tolerance
  std::vector<std::int64_t> taps;  // x_q - z_x of each tap, as in ConvSide::weights
  std::vector<std::uint32_t> kernel_positions;  // that meet the input; the other taps do not exist
  std::vector<std::int64_t> output_position;    // one index a spatial dimension
  // Numbers that were chosen for symbols in the inputs' sizes, by symbol; empty: there are none.
  std::map<std::string, std::int64_t> sizes = {};
  // Filled when it was executed.
  std::optional<std::string> file;
  std::optional<bool> confirmed;          // by all that ran it, one at least
  std::optional<double> observed_lsb;     // by the first that ran it
  // What that showed, in real units, where codes leave the tail in codes.
  std::optional<double> observed_before, observed_after;
  std::vector<std::string> confirmed_by;  // executors, as they describe themselves
  std::vector<std::string> not_run_by;    // "torch: this build has no libtorch"
  std::string why_not_confirmed;
};

struct TailVerdict {
  std::optional<std::uint32_t> output;
  std::string frontier;     // the value that is seen there, by its name in the before-program
  std::string place;        // "output 0", "conv2d_1 (aten.conv2d.default)"
  double scale = 1;         // real units of one LSB
  bool float_unit = false;  // it is a float32 step, since nothing is quantized
  Verdict verdict = Verdict::kEqual;
  std::string reason;        // why unproved
  double tolerance_lsb = 0;  // the largest of the channels
  double derived_lsb = 0;    // what a right fold may cost, also where a number was given
  bool codes = false;        // codes leave the tail: one LSB is one code
  std::vector<ChannelVerdict> channels;
  std::vector<Cause> causes;
  std::optional<Witness> witness;
  std::uint32_t pair = 0;  // index into the site's pairs
};

// The largest of the channels' distances from before's ideal; nullopt where a channel has none.
std::optional<IdealDistances> FarthestFromIdeal(const TailVerdict& tail);

// Integers from low to high.
struct SumRange {
  std::int64_t low = 0;
  std::int64_t high = 0;

  void Cover(const SumRange& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
  }
};

// What an int32 accumulator has to hold at a site, over all channels and with 0 (int32_sums.h).
struct Int32Sums {
  SumRange before;   // A + q_b - z_b
  SumRange after;    // the same with after's bias
  SumRange partial;  // of any of after's summands in any order
};

// Whether the two sides of a site share one integer sum, have one each, or sum floats.
enum class SumKind { kSame, kPair, kReal };

struct SiteVerdict {
  std::string before_conv;
  std::string after_conv;
  std::string op;  // of both, as in aten.conv2d.default
  std::size_t channels = 0;
  SumKind kind = SumKind::kSame;
  bool float_input = false;  // the input is taken to lie in ProveOptions::float_box
  Verdict verdict = Verdict::kEqual;
  std::string reason;  // why unproved, or why equal without tails
  struct Reach {
    std::int64_t low = 0, high = 0, members = 0;
    bool exact = false;
  };
  std::vector<Reach> reach;  // one a channel
  std::vector<TailVerdict> tails;
  std::int64_t evaluations = 0;
  std::size_t taps = 0;
  std::optional<Int32Sums> sums;           // nullopt where there are no integers
  const ObservedSite* observed = nullptr;  // of ProveOptions::observed, which outlives it
};

struct StructureFinding {
  std::string rule;
  std::string node;
  std::string op;
  std::string detail;
  bool only_after = false;  // after has it where before has not: the program differs
  // Where a run shows it: the executors that ran it, and its input, where a file was asked for.
  std::vector<std::string> ran_by = {};
  std::optional<std::string> file = std::nullopt;
};

struct UnprovedPart {
  std::string node;
  std::string reason;
};

struct Verification {
  Verdict verdict = Verdict::kEqual;
  std::vector<StructureFinding> structure;
  std::vector<SiteVerdict> sites;
  std::vector<UnprovedPart> unproved;
  std::size_t unjudged_convs = 0;  // of before, that no site covers
  bool quantized = true;           // either program quantizes anything
  // Where a site reads floats: what each of them is taken to lie in.
  std::optional<std::pair<double, double>> input_range;
  // Operators that were taken for functions of their operands though they are no plain ones.
  std::vector<std::string> taken_for_functions;
  bool without_nan = false;  // a verdict that holds does so for inputs without NaN
  // What a verdict that holds leaves open, a clause each: "no input is NaN: ...".
  std::vector<std::string> provisos;
  std::size_t asked_sites = 0;       // that have integers
  std::size_t remembered_sites = 0;  // of them known to ProveOptions::memory
};

}  // namespace foldproof::prove
