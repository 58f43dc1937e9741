// SPDX-License-Identifier: BSD-3-Clause
//
// The two forms of a program, one made of the other. A pass is written once, against Editor and
// Program::ConstantOf, and runs on both.
#pragma once

#include <string>

#include "src/ir/program.h"

namespace foldproof::ir {

// An ExportedProgram as the GraphModule that it stands for: each constant among its inputs becomes
// a get_attr node at the head of the graph, in the inputs' order and under their names.
Program Unlift(Program program);

// A GraphModule as an ExportedProgram: each constant that the program has becomes an input, first
// those that a get_attr names, in their order and under their names, then the others; parameters
// before buffers before tensor constants, as torch.export orders them. Lift(Unlift(p)) is p.
Program Lift(Program program);

// What the input for a constant is, and torch.export's name of it: "p_conv_weight", "b_bn_mean",
// "c_lifted_0".
InputSpec::Kind InputKindOf(const Constant& constant);
std::string InputNameOf(const Constant& constant);

}  // namespace foldproof::ir
