// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <set>
#include <string>

#include "harness/exec/integer/requantized_codes.h"
#include "harness/exec/plan/quantized_site.h"

namespace foldproof::exec {

struct ConstantsOrReason {
  std::optional<KernelConstants> constants;
  std::string why;  // no kernel: "its bias is a float"
};

// The numbers of the integer kernel that computes `site`, of SiteForm::kActivations. There is one
// where the quantizer gives int8, uint8 or int16, the weight's scales and the bias are constants,
// and the bias is none or int32 codes with the accumulator's own step, s_x * s_w within 2^-20 (a
// code of 0 may have any).
ConstantsOrReason ConstantsOf(const FunctionalView& view, const QuantizedSite& site, Kernel kernel,
                              const std::set<ir::ValueId>& fed);

}  // namespace foldproof::exec
