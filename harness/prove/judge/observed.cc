// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/observed.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "harness/prove/conv/conv_accumulators.h"
#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/sites/site_match.h"
#include "src/base/error.h"
#include "src/base/within.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostObservedBins = 32;

// Accumulators of one channel with how often they came, ascending.
using Counts = std::vector<std::pair<std::int64_t, std::int64_t>>;

void Join(std::vector<std::int64_t> accumulators, Counts& counts) {
  std::sort(accumulators.begin(), accumulators.end());
  Counts joined;
  joined.reserve(counts.size() + accumulators.size());
  auto old = counts.begin();
  for (auto a = accumulators.begin(); a != accumulators.end();) {
    for (; old != counts.end() && old->first < *a; ++old) joined.push_back(*old);
    const auto end = std::upper_bound(a, accumulators.end(), *a);
    joined.emplace_back(*a, end - a);
    if (old != counts.end() && old->first == *a) joined.back().second += (old++)->second;
    a = end;
  }
  joined.insert(joined.end(), old, counts.end());
  counts = std::move(joined);
}

// Bin i counts the accumulators of [low + i * width, low + (i + 1) * width), the width the smallest
// whole number for which 32 bins are enough.
ObservedChannel Summarize(const Counts& counts) {
  ObservedChannel out;
  if (counts.empty()) return out;
  out.low = counts.front().first;
  out.high = counts.back().first;
  const std::int64_t width = (out.high - out.low) / kMostObservedBins + 1;
  out.histogram.assign(static_cast<std::size_t>((out.high - out.low) / width + 1), 0);
  for (const auto& [accumulator, times] : counts) {
    out.values.push_back(accumulator);
    out.count += times;
    out.histogram[static_cast<std::size_t>((accumulator - out.low) / width)] += times;
  }
  return out;
}

// x_q - z_x = rint(x / f32(s_x)) of the dequantized x = f32((x_q - z_x) * f32(s_x)): one float32
// rounding moves an integer below 2^20 by at most 2^-4. The zeros of a padding are 0.
std::vector<std::int32_t> InputCodesOf(const exec::Tensor& input, const ConvSide& side) {
  const auto scale = static_cast<double>(static_cast<float>(side.input_params.scale));
  std::vector<std::int32_t> out;
  out.reserve(static_cast<std::size_t>(input.count()));
  for (const float x : input.Elements<float>()) {
    const double quotient = static_cast<double>(x) / scale;
    const double code = std::rint(quotient);
    if (!(std::abs(quotient - code) <= 0x1p-3) ||
        code < static_cast<double>(side.input_range.low) ||
        code > static_cast<double>(side.input_range.high)) {
      throw Error(Error::Code::kInput, "", "its input is no code of its quantizer");
    }
    out.push_back(static_cast<std::int32_t>(code));
  }
  return out;
}

// The quantized convs of one program, and what was counted at each.
class Observer {
 public:
  explicit Observer(const Side& side) : side_(side), graph_(side.view.program().graph) {
    for (const ir::Node& node : graph_.nodes()) {
      if (!IsConvolution(side.view, side.constants, node) || !side.view.IsLive(node.id)) continue;
      ConvSideOrReason read = ReadConvSide(side.view, side.constants, node);
      if (!read.side) continue;
      const ir::ValueId input = side.view.Read(node.id, read.side->op.input);
      const std::size_t channels = read.side->channels;
      convs_.push_back({std::move(*read.side), input, std::vector<Counts>(channels)});
    }
  }

  Observations Run(exec::Executor& executor, const std::vector<exec::Tensors>& runs) {
    std::vector<ir::ValueId> fetch;
    for (const Conv& conv : convs_) fetch.push_back(conv.input);
    std::sort(fetch.begin(), fetch.end());
    fetch.erase(std::unique(fetch.begin(), fetch.end()), fetch.end());
    if (!runs.empty() && !fetch.empty()) {
      std::set<ir::ValueId> fed;
      for (const auto& [value, tensor] : runs.front()) fed.insert(value);
      const auto prepared = executor.Prepare(side_.view.program(), fed, fetch);
      for (const exec::Tensors& run : runs) Count(prepared->Run(run));
    }
    Observations out;
    for (const Conv& conv : convs_) {
      ObservedSite& site = out[conv.side.node];
      site.runs = runs.size();
      for (const Counts& counts : conv.counts) site.channels.push_back(Summarize(counts));
    }
    return out;
  }

 private:
  struct Conv {
    ConvSide side;
    ir::ValueId input;
    std::vector<Counts> counts;  // one a channel
  };

  void Count(const exec::Tensors& inputs) {
    for (Conv& conv : convs_) {
      Within(graph_.node(conv.side.node).name, [&] {
        const exec::Tensor& input = inputs.at(conv.input);
        const std::vector<std::int32_t> codes = InputCodesOf(input, conv.side);
        const ConvAccumulators accumulators(graph_, conv.side, input.sizes);
        for (std::size_t c = 0; c < conv.side.channels; ++c) {
          Join(accumulators.Of(c, codes), conv.counts[c]);
        }
      });
    }
  }

  const Side& side_;
  const ir::Graph& graph_;
  std::vector<Conv> convs_;
};

}  // namespace

Observations Observe(const Side& before, exec::Executor& executor,
                     const std::vector<exec::Tensors>& runs) {
  return Observer(before).Run(executor, runs);
}

}  // namespace foldproof::prove
