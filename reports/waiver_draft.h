// SPDX-License-Identifier: BSD-3-Clause
//
// Waivers that a gate could have, for somebody to give reasons for (docs/gate.md, "Waivers").
#pragma once

#include <string>

#include "reports/gate.h"

namespace foldproof::reports {

enum class WaiverFormat { kToml, kJson };

// One waiver for each finding that fails the gate and that none covers: as narrow as it can be, up
// to what the two programs are apart now, until the day `expires` (YYYY-MM-DD). Its reason is
// empty, which `gate` refuses until somebody says why. In JSON they are the value of the key
// "waiver" of an object, in TOML tables with the finding as a comment. Empty where nothing needs
// one.
std::string DraftWaivers(const Gate& gate, const std::string& expires, WaiverFormat format);

}  // namespace foldproof::reports
