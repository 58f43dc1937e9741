// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

namespace foldproof::cli {

// The finite number that all of `text` is; nullopt where it is none.
std::optional<double> FiniteNumber(const std::string& text);

// For CLI::Option::check: empty where all of `text` is a finite number above 0, else what is wrong.
std::string NotAboveZero(const std::string& text);

}  // namespace foldproof::cli
