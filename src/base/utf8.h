// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace foldproof {

// Whether `text` is well-formed UTF-8 (no overlong forms, no surrogates).
bool IsUtf8(std::string_view text);

}  // namespace foldproof
