// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace foldproof::fold {

// What a fold does where it meets a hole of ExecuTorch's own pass (docs/fold.md, "Three policies").
enum class Policy {
  kUpstream,  // falls in: ExecuTorch 1.5.1, bit for bit
  kGuarded,   // refuses, with the reason; exact arithmetic
  kRepair,    // guarded, and repairs the quantizer that the folded constant would saturate
};

}  // namespace foldproof::fold
