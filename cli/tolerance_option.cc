// SPDX-License-Identifier: BSD-3-Clause
#include "cli/tolerance_option.h"

#include <cmath>
#include <exception>

#include "src/base/error.h"

namespace foldproof::cli {

double ParseLsb(const std::string& option, const std::string& text) {
  try {
    std::size_t used = 0;
    const double value = std::stod(text, &used);
    if (used == text.size() && std::isfinite(value) && value >= 0) return value;
  } catch (const std::exception&) {
  }
  throw Error(Error::Code::kUsage, option,
              "'" + text + "' is no number of LSB; give a finite number >= 0");
}

ToleranceOption ParseTolerance(const std::string& text) {
  ToleranceOption out;
  if (text == "derived") return out;
  if (text.ends_with(".json")) {
    out.path = text;
    out.file = compare::ReadToleranceFile(text);
  } else {
    out.lsb = ParseLsb("--tolerance", text);
  }
  return out;
}

void ToleranceOption::Apply(const ir::Program& before, prove::ProveOptions& options) const {
  if (file)
    file->Apply(before, options);
  else
    options.judge.tolerance_lsb = lsb;
}

}  // namespace foldproof::cli
