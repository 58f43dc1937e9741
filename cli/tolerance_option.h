// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "harness/compare/tolerance_file.h"

namespace foldproof::cli {

// --tolerance derived, --tolerance LSB, or --tolerance FILE.json.
struct ToleranceOption {
  std::optional<double> lsb;                   // nullopt: derived, or by the file
  std::optional<compare::ToleranceFile> file;  // read
  std::string path;                            // of the file

  // Sets the tolerances in `options`, for the sites of the program before.
  void Apply(const ir::Program& before, prove::ProveOptions& options) const;
};

// Throws Error(kUsage) where `text` is none of the three, Error(kInput) where the file is no good.
ToleranceOption ParseTolerance(const std::string& text);

// A number of LSB >= 0; anything else is an Error(kUsage) that names the option.
double ParseLsb(const std::string& option, const std::string& text);

}  // namespace foldproof::cli
