// SPDX-License-Identifier: BSD-3-Clause
//
// From a quantized site to the product that the module packs: inside the kernel executor only.
#pragma once

#include <string>

#include "harness/exec/libtorch/torch_run.h"
#include "harness/exec/plan/quantized_site.h"

namespace foldproof::exec {

// Why no kernel takes the site, whatever its constants are; empty where one may.
std::string WhyNoKernel(const ir::Program& program, const QuantizedSite& site);

// The site as a kernel. `run` has run the plan's constant steps. Throws Error(kInput) with the
// reason where a weight is no constant or the engine refuses.
TorchModule::Kernel PackSite(const TorchPlan& plan, const std::string& engine,
                             const QuantizedSite& site, TorchRun& run);

}  // namespace foldproof::exec
