// SPDX-License-Identifier: BSD-3-Clause
#include "cli/finite_number.h"

#include <cmath>
#include <exception>

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
  return "must be a number above 0, not " + text;
}

}  // namespace foldproof::cli
