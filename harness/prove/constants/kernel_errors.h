// SPDX-License-Identifier: BSD-3-Clause
//
// How far libtorch's kernels of an elementwise function are from the true one, by pieces of x: the
// worst of every kernel that script/unary_errors ran (golden/unary_errors.tsv).
#pragma once

#include <span>

#include "src/ir/op.h"

namespace foldproof::prove {

struct KernelError {
  static constexpr int kFar = 1 << 30;  // no bound in steps is worth telling

  ir::Unary::Kind kind;
  float from, to;    // the piece, both ends included; pieces ascend and cover all but NaN
  int below, above;  // by how many float32 steps the rounded true value is missed, or kFar
  double absolute;   // by how much the true value is missed; infinite where only steps bound it
  bool nan;          // a kernel gives NaN where the function is none, or the other way round
};

// In ascending order of x; empty where the function has no row.
std::span<const KernelError> KernelErrorsOf(ir::Unary::Kind kind);

// The rows of all functions, those of one function together.
std::span<const KernelError> KernelErrorTable();

}  // namespace foldproof::prove
