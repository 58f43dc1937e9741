// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/tolerance.h"

#include "src/base/within.h"

namespace foldproof::verify {

ReadTolerance::ReadTolerance(const Tolerance& tolerance) {
  if (const auto* lsb = std::get_if<LsbTolerance>(&tolerance)) lsb_ = lsb->lsb;
  if (const auto* named = std::get_if<FileTolerance>(&tolerance)) {
    const SourceFile file = ReadFile(named->path, compare::kMostToleranceBytes);
    file_ = Within(named->path, [&] { return compare::ParseToleranceFile(file.text()); });
    identity_ = file.identity;
  }
}

void ReadTolerance::Apply(const ir::Program& before, prove::ProveOptions& options) const {
  if (file_)
    file_->Apply(before, options);
  else
    options.judge.tolerance_lsb = lsb_;
}

}  // namespace foldproof::verify
