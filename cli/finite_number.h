// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class Validator;
}

namespace foldproof::cli {

// The finite number that all of `text` is; nullopt where it is none.
std::optional<double> FiniteNumber(const std::string& text);

// For CLI::Option::check: empty where all of `text` is a finite number above 0, else what is wrong.
std::string NotAboveZero(const std::string& text);

// The same for a whole number of `low` to `high`. Help shows the two, where `high` is no end of the
// type.
CLI::Validator WholeNumber(std::uint64_t low, std::uint64_t high);

}  // namespace foldproof::cli
