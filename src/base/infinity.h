// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>

namespace foldproof {

// A float, which becomes the same double wherever one is wanted.
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace foldproof
