// SPDX-License-Identifier: BSD-3-Clause
//
// The true value of each elementwise function in float64, by formulas that lose nothing where two
// numbers nearly cancel, on glibc's vector functions (at most 4 steps of float64 off). Functions
// that libtorch computes by correctly rounded operations alone have those operations, step by step.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace foldproof::exec {

struct UnaryReference {
  std::string name;  // as golden/unary_errors.tsv has it
  std::string op;    // without "aten::"
  std::vector<std::pair<std::string, double>> numbers;
  std::string approximate;  // of gelu, else empty
  void (*evaluate)(const float* in, double* out, std::size_t count);
};

// nullptr where there is none.
const UnaryReference* FindUnaryReference(const std::string& name);
const std::vector<UnaryReference>& UnaryReferences();

}  // namespace foldproof::exec
