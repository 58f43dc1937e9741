// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/run_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/program_checks.h"
#include "harness/prove/judge/vacuous_tolerance.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

using Outputs = std::vector<exec::Tensor>;

Outputs RunOn(const exec::Tensor& input, const ir::Program& program, exec::Executor& executor) {
  std::vector<ir::ValueId> fetch;
  for (const ir::ArgumentValue& output : program.graph.outputs()) {
    fetch.push_back(std::get<ir::ValueId>(output));
  }
  const exec::Tensors values = executor.Run(program, {{program.UserInputs().at(0), input}}, fetch);
  Outputs out;
  for (const ir::ValueId id : fetch) out.push_back(values.at(id));
  return out;
}

double Size(const exec::Tensor& a, const exec::Tensor& b) {
  return std::max(LargestMagnitude(a), LargestMagnitude(b));
}

// A tail whose figures hold for every accumulator.
bool IsProved(const prove::TailVerdict& tail) {
  return std::ranges::all_of(tail.channels, [](const prove::ChannelVerdict& channel) {
    return channel.unproved.empty() && channel.undefined == 0;
  });
}

std::optional<Finding> AboveTheBound(const prove::SiteVerdict& site, const Outputs& left,
                                     const Outputs& right) {
  for (const prove::TailVerdict& tail : site.tails) {
    if (!tail.output || *tail.output >= left.size() || !IsProved(tail)) continue;
    double proved = 0;
    for (const auto& channel : tail.channels)
      proved = std::max(proved, channel.reachable.MostLsb());
    const exec::Tensor &a = left[*tail.output], &b = right[*tail.output];
    // Both values are float32: their difference is as fine as the larger one's last place.
    const double rounding = Size(a, b) * 0x1p-22 / tail.scale;
    const double seen = LargestDifference(a, b) / tail.scale;
    if (seen <= proved + rounding) continue;
    return Finding{
        "executor-disagrees", tail.frontier,
        "a run differs by " + std::to_string(seen) + " LSB, proved are " + std::to_string(proved)};
  }
  return std::nullopt;
}

bool HasOneProduct(const ir::Program& program) {
  return std::ranges::count_if(program.graph.nodes(), [](const ir::Node& node) {
           return std::holds_alternative<ir::Convolution>(node.op) ||
                  std::holds_alternative<ir::Linear>(node.op);
         }) == 1;
}

// Whether a weight's codes are others: rounding them may move an output by any share of it, where
// one scale is for channels of very different sizes.
bool HasNewWeightCodes(const ir::Program& before, const ir::Program& after) {
  return std::ranges::any_of(after.constants, [&](const auto& named) {
    const auto& [name, constant] = named;
    const ir::ScalarType type = constant.type.dtype;
    if (type != ir::ScalarType::kInt8 && type != ir::ScalarType::kUInt8) return false;
    const auto old = before.constants.find(name);
    return old == before.constants.end() || before.BytesOf(old->second) != after.BytesOf(constant);
  });
}

bool IsUndefinedSomewhere(const prove::Verification& verification) {
  for (const prove::SiteVerdict& site : verification.sites) {
    for (const prove::TailVerdict& tail : site.tails) {
      for (const auto& channel : tail.channels) {
        if (channel.undefined > 0) return true;
      }
    }
  }
  return false;
}

std::optional<Finding> MovedBy(double share, const Outputs& left, const Outputs& right) {
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    const double seen = LargestDifference(left[i], right[i]);
    if (seen <= Size(left[i], right[i]) * share) continue;
    return Finding{"run-differs", "output " + std::to_string(i),
                   "by " + std::to_string(seen) + ", of values up to " +
                       std::to_string(Size(left[i], right[i]))};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Finding> FaultOfRun(const ir::Program& before, const ir::Program& after,
                                  const prove::Verification& verification, bool saturation_is_known,
                                  exec::Executor& executor) {
  const bool is_open = verification.verdict == prove::Verdict::kUnproved && HasOneProduct(before);
  if (verification.sites.size() != 1 && !is_open) return std::nullopt;
  Outputs left, right;
  const exec::Tensor input = SomeInput(before).begin()->second;
  try {
    left = RunOn(input, before, executor);
  } catch (const Error&) {
    return std::nullopt;  // what it computes is not known here
  }
  try {
    right = RunOn(input, after, executor);
  } catch (const Error& error) {
    return Finding{"program-unusable", error.place(), error.why()};
  }
  if (verification.sites.size() == 1) {
    if (auto fault = AboveTheBound(verification.sites[0], left, right)) return fault;
  }
  if (is_open && !IsUndefinedSomewhere(verification) && !prove::HasVacuousTolerance(verification) &&
      !HasNewWeightCodes(before, after)) {
    return MovedBy(saturation_is_known ? 0.5 : 0.125, left, right);
  }
  return std::nullopt;
}

}  // namespace foldproof::fuzz
