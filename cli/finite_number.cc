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

}  // namespace foldproof::cli
