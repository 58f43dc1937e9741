// SPDX-License-Identifier: BSD-3-Clause
#include "cli/finite_number.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <exception>
#include <limits>

#include "src/base/error.h"

namespace foldproof::cli {

std::optional<double> FiniteNumber(const std::string& text) {
  try {
    std::size_t used = 0;
    const double value = std::stod(text, &used);
    if (used == text.size() && std::isfinite(value)) return value;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

std::string NotAboveZero(const std::string& text) {
  const auto number = FiniteNumber(text);
  if (number && *number > 0) return {};
  return "must be a number above 0, not " + Printable(text, 60);
}

CLI::Validator WholeNumber(std::uint64_t low, std::uint64_t high) {
  const auto check = [low, high](const std::string& text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, value);
    if (failed == std::errc() && stop == end && low <= value && value <= high) return std::string();
    return fmt::format("must be a whole number from {} to {}, not {}", low, high,
                       Printable(text, 60));
  };
  const bool is_bounded = high < std::numeric_limits<std::uint64_t>::max();
  return {check, is_bounded ? fmt::format("{} to {}", low, high) : ""};
}

}  // namespace foldproof::cli
