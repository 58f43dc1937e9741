// SPDX-License-Identifier: BSD-3-Clause
//
// What is to be said of two programs and their inputs beside the verdict, a sentence each: no
// verdict depends on it, and whoever reads one may have overlooked it.
#pragma once

#include <string>
#include <vector>

#include "harness/exec/arrays/npz.h"
#include "harness/verify/source.h"

namespace foldproof::verify {

using Notes = std::vector<std::string>;

// "did you swap the two?", where batch_norms are in the program after alone: a fold takes them out.
Notes NotesOnOrder(const SourceProgram& before, const SourceProgram& after);

// Adds what of the inputs in `file` is no finite number, an array each; of many arrays the first
// ones.
void AddNonfinite(const std::string& file, const exec::Arrays& arrays, Notes& notes);

}  // namespace foldproof::verify
