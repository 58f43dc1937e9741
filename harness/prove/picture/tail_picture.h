// SPDX-License-Identifier: BSD-3-Clause
//
// What a reader wants to see of a pair of tails, beside its figures: both step functions, where
// they are clipped, how the differences are spread, and a trace. Drawn after the proof, for those
// who ask.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/prove/picture/curve.h"
#include "harness/prove/verdict/proof.h"
#include "harness/prove/verdict/prove_options.h"

namespace foldproof::prove {

struct ChannelPicture {
  std::uint32_t channel = 0;
  Curve before;  // values at the frontier in LSB of the pair
  Curve after;
  Curve difference;  // after - before, of the lower ends where a kernel leaves an interval
  Ranges calibrated;
  Ranges undefined;
  Ranges clipped_before;  // by any quantizer on the way to the frontier, last ones too
  Ranges clipped_after;
};

// Accumulators whose difference in LSB rounds to `bin` bin widths.
struct DifferenceBin {
  std::int64_t bin = 0;
  std::int64_t reachable = 0;
  std::int64_t calibrated = 0;  // of them
};

struct DifferenceHistogram {
  std::vector<DifferenceBin> bins;  // that hold any, ascending
  std::int64_t infinite = 0;
  std::int64_t undefined = 0;
};

// One operator of a tail at one accumulator.
struct TracePoint {
  std::string node;
  std::string op;
  double value = 0;                                  // a code behind a quantizer
  bool clipped = false;                              // by a quantizer
  std::optional<std::pair<double, double>> range{};  // that a quantizer holds, real units
};

struct Trace {
  std::uint32_t channel = 0;
  std::int64_t accumulator = 0;
  std::vector<TracePoint> before;  // from the conv to the frontier
  std::vector<TracePoint> after;
};

struct TailPicture {
  double bin_lsb = 1;  // width of a bin: a power of two, at most 48 bins
  // One a channel; nullopt: it could not be walked.
  std::vector<std::optional<DifferenceHistogram>> histograms;
  std::vector<ChannelPicture> channels;  // of the worst ones, worst first
  std::optional<Trace> trace;            // at the witness, else where the gate's domain is worst
};

// Draws every tail, indexed as in `proof.verification`, with curves of at most `most_channels`
// channels each. `before`, `after` and `options` are those of the proof.
std::vector<std::vector<TailPicture>> DrawTails(const Side& before, const Side& after,
                                                const Proof& proof, const ProveOptions& options,
                                                std::size_t most_channels);

}  // namespace foldproof::prove
