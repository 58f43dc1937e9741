// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "harness/compare/tolerance_file.h"
#include "harness/verify/options.h"
#include "harness/verify/source.h"

namespace foldproof::verify {

// A tolerance whose file, where it is one, has been read.
class ReadTolerance {
 public:
  // Throws Error(kInput) where the file is no good.
  explicit ReadTolerance(const Tolerance& tolerance);

  // Sets the tolerances in `options`, for the sites of the program before.
  void Apply(const ir::Program& before, prove::ProveOptions& options) const;
  const std::optional<FileIdentity>& file() const { return identity_; }

 private:
  std::optional<double> lsb_;  // nullopt: derived, or by the file
  std::optional<compare::ToleranceFile> file_;
  std::optional<FileIdentity> identity_;
};

}  // namespace foldproof::verify
