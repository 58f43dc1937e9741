// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "harness/prove/constants/constant_value.h"
#include "src/ir/program.h"

namespace foldproof::prove {

// The float32 numbers of a stored constant of float16 or bfloat16, which hold each of them exactly;
// nullopt for every other value. Beside a float32 tensor PyTorch computes with these.
std::optional<ConstantValue> WidenedHalf(const ir::Program& program, ir::ValueId value);

}  // namespace foldproof::prove
