// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "src/ir/program.h"

namespace foldproof::pt2 {

// Adds to `paths`, by the name of a node the module that it comes from, what an archive's metadata
// does not name: a convolution comes from the module whose weight it reads
// ("features.3.conv.weight").
void AddModulesOfWeights(const ir::Program& program, std::map<std::string, std::string>& paths);

// The innermost path of an nn_module_stack as it is written:
// "L__self__,,Net;L__self___features_3,features.3,torch.nn.modules.conv.Conv2d". Empty: it has
// none.
std::string InnermostModule(std::string_view stack);

}  // namespace foldproof::pt2
