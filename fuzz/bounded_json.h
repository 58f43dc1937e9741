// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace foldproof::fuzz {

// Nothing that a fuzzer writes nests deeper. Copies and destructors of a JSON value recurse, so a
// file of 100,000 brackets would exhaust the stack.
inline constexpr int kMostNesting = 16;

// Throws Error(kInput) with an empty place where `text` is no JSON or nests deeper.
nlohmann::json ParseBoundedJson(std::string_view text);

}  // namespace foldproof::fuzz
