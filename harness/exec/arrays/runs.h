// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/executor.h"
#include "harness/exec/feeds.h"

namespace foldproof::exec {

// 'x', run 3, item 1 of 2: "x3_1"; of one: "x3".
std::string ArrayName(char kind, std::size_t run, std::size_t item, std::size_t items);

// How many runs `arrays` holds: one more than the largest i of an array x{i} or x{i}_{k}; 1 for a
// program without inputs. Throws Error(kInput) where there is none.
std::size_t CountRuns(const ir::Program& program, const Arrays& arrays);

// The program's inputs in every run. Throws Error(kInput) that names an array which is missing, or
// is of another type or shape than its input takes.
std::vector<Tensors> InputsOfAllRuns(const ir::Program& program, Arrays arrays,
                                     TakenFloats taken = TakenFloats::kAsDeclared);

// What of the arrays that are inputs is no finite number, in the order of their names:
// "x0 holds 2 NaN and 1 infinite of 192 numbers".
std::vector<std::string> NonfiniteInputs(const Arrays& arrays);

// The array of a value inside of a program, which is given instead of being computed: "at_relu_1".
std::string CutName(const std::string& value);

// The run of such an array, where `arrays` holds one: what goes into a convolution's input shows
// nothing of the program's own inputs, which are zeros. Throws Error(kInput) where the program has
// no such value, or an input whose size is not known.
std::optional<Tensors> InputsOfCut(const ir::Program& program, const Arrays& arrays);

// The program's outputs for every run: y{i}, or y{i}_{k} for output k of several.
Arrays RunAll(Executor& executor, const ir::Program& program, const std::vector<Tensors>& runs);

}  // namespace foldproof::exec
