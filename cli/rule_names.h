// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace foldproof::cli {

// The rule that `typed` was probably meant to be, where it is none of those of reports and of the
// fuzzer and near one of them. nullopt: it is one, or may be a newer one.
std::optional<std::string> MisspelledRule(std::string_view typed);

}  // namespace foldproof::cli
