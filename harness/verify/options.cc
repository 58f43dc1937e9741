// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/options.h"

#include <fmt/format.h>

#include <cmath>

#include "src/base/error.h"

namespace foldproof::verify {
namespace {

[[noreturn]] void RefuseOption(const char* option, const std::string& why) {
  throw Error(Error::Code::kUsage, option, why);
}

// NaN would be over no difference at all.
void CheckLsb(const char* option, double lsb) {
  if (std::isfinite(lsb) && lsb >= 0) return;
  RefuseOption(option, fmt::format("'{}' is no number of LSB; give a finite number >= 0", lsb));
}

}  // namespace

void CheckOptions(const prove::ProveOptions& proof, const Tolerance& tolerance,
                  const std::string& inputs) {
  if (const auto* allowed = std::get_if<LsbTolerance>(&tolerance))
    CheckLsb("--tolerance", allowed->lsb);
  if (proof.judge.ideal_gap_lsb) CheckLsb("--ideal-gap", *proof.judge.ideal_gap_lsb);
  const prove::FloatBox& box = proof.float_box;
  if (!std::isfinite(box.low) || !std::isfinite(box.high) || !(box.low <= box.high)) {
    RefuseOption("--input-range",
                 fmt::format("{}:{} is no range; give two finite numbers", box.low, box.high));
  }
  if (proof.threads < 1) RefuseOption("--threads", fmt::format("{} are too few", proof.threads));
  if (proof.judge.domain == prove::Domain::kObserved && inputs.empty())
    RefuseOption("--domain", "observed needs --inputs FILE, whose accumulators are observed");
}

}  // namespace foldproof::verify
