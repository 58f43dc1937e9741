// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string_view>

#include "src/ir/argument.h"

namespace foldproof::pt2 {

// How an archive says that an argument is given. Older minor versions do not say it; then PyTorch
// goes by the name.
enum class Given { kUnsaid, kByPlace, kByName };

// PyTorch gives an operator its positional arguments one behind the other, whatever their names
// are; everything else here goes by names. Throws where the two do not mean the same: a positional
// argument behind one that is given by its name, or, of an operator whose schema is known here
// (edge_arguments.h), in another place than its name has. `given` has an entry an argument.
void CheckArgumentOrder(std::string_view target, std::span<const ir::Argument> arguments,
                        std::span<const Given> given);

}  // namespace foldproof::pt2
