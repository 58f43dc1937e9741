// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "fuzz/draw.h"
#include "src/ir/program.h"

namespace foldproof::fuzz {

// The program, in ExportedProgram form, that `draw` stands for:
//
//   x - q - dq - block - block ...
//   block: conv(dq(w), bias) - q - dq - [div(reshape(s)) - [add(reshape(orig))] - batch_norm] -
//          [behind] - [q - dq]
//
// Choices that cannot be had together (a depthwise convolution of other channels, two groups of
// three) fall back to the plain one.
ir::Program ProgramOf(const Draw& draw);

}  // namespace foldproof::fuzz
