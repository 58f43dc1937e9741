// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/ir/functional/functional_program.h"

namespace foldproof::exec {

using FunctionalView = ir::FunctionalProgram;

}  // namespace foldproof::exec
