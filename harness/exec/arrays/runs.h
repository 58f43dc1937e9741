// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/executor.h"

namespace foldproof::exec {

// 'x', run 3, item 1 of 2: "x3_1"; of one: "x3".
std::string ArrayName(char kind, std::size_t run, std::size_t item, std::size_t items);

// How many runs `arrays` holds: one more than the largest i of an array x{i} or x{i}_{k}; 1 for a
// program without inputs. Throws Error(kInput) where there is none.
std::size_t CountRuns(const ir::Program& program, const Arrays& arrays);

// InputsOfRun of every run. Throws Error(kInput) that names the missing array.
std::vector<Tensors> InputsOfAllRuns(const ir::Program& program, const Arrays& arrays);

// The program's outputs for every run: y{i}, or y{i}_{k} for output k of several.
Arrays RunAll(Executor& executor, const ir::Program& program, const std::vector<Tensors>& runs);

}  // namespace foldproof::exec
