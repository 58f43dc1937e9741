// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace foldproof::fold {

// What a fold does where it meets a hole of ExecuTorch's own pass (docs/fold.md, "Three policies").
enum class Policy {
  kUpstream,  // falls in: ExecuTorch 1.5.1, bit for bit
  kGuarded,   // refuses, with the reason; exact arithmetic
  kRepair,    // guarded, and repairs the quantizer that the folded constant would saturate
};

constexpr std::string_view Name(Policy policy) {
  switch (policy) {
    case Policy::kUpstream: return "upstream";
    case Policy::kGuarded: return "guarded";
    case Policy::kRepair: return "repair";
  }
  return {};
}

}  // namespace foldproof::fold
