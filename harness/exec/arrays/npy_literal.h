// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::exec {

// The Python literal in the head of a .npy file:
//   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
struct NpyLiteral {
  std::string description;
  bool fortran_order = false;
  std::vector<std::int64_t> sizes;
};

// Exactly these three keys, each once, in any order; nothing is evaluated. Throws Error(kInput)
// with an empty place.
NpyLiteral ParseNpyLiteral(std::string_view text);

}  // namespace foldproof::exec
