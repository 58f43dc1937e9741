// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "fuzz/draw.h"
#include "src/json/json_field.h"

namespace foldproof::fuzz {

// A draw by the names of its choices: {"space": "2d", ..., "blocks": [{"op": "conv", ...}]}. Plain
// choices are left out.
nlohmann::json JsonOf(const Draw& draw);

// Which programs a draw, or a report, says that it is of: "programs": "conv-bn", or no word.
Family FamilyIn(const JsonField& from);
void WriteFamily(Family family, nlohmann::json& to);

// Throws Error(kInput) that names the dimension or choice which does not exist.
Draw DrawOf(const JsonField& from);

}  // namespace foldproof::fuzz
