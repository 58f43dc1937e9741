// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdexcept>

namespace foldproof::exec::torch_module {

// An operator, an argument of one or an element type that this libtorch has not, and another one
// may: nothing is wrong with the program.
struct Lacking : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace foldproof::exec::torch_module
