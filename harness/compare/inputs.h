// SPDX-License-Identifier: BSD-3-Clause
//
// Inputs to run a program on: made from a seed, or given.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/plan/functional_view.h"

namespace foldproof::compare {

// How the elements of a made input are chosen. [low, high] is the range of its quantizer: the first
// operator behind the input, through moves, is a quantize_per_tensor; else that of the nearest
// quantize_per_tensor in the order of execution that depends on it, and no kind knows of codes.
enum class InputKind {
  kRandom,    // a code of the quantizer, dequantized; without codes: as kUniform, within the range
  kUniform,   // a float of [low, high], widened by a twentieth of itself at either end
  kExtreme,   // low or high; the first two runs all low and all high
  kOneHot,    // one element at low or high, all others the code of zero
  kBoundary,  // halfway between two codes, or one float32 beside; without codes: as kUniform
};

std::string_view Name(InputKind kind);  // "random", "uniform", "extreme", "one-hot", "boundary"

// Which kinds `runs` inputs are: ten in a row have five kRandom, two kBoundary, one of each other.
std::vector<InputKind> MixOf(std::size_t runs);

// Makes inputs for a program. The same seed, kind and ordinal give the same bits everywhere.
class InputMaker {
 public:
  // Throws Error(kInput) that names an input whose type or shape is not known, or which is neither
  // float32, float64, bool nor of integers.
  InputMaker(const exec::FunctionalView& view, std::uint64_t seed);

  // The `ordinal`th input of that kind, by value of the program. Integers and bools are 0 or 1.
  exec::Tensors Make(InputKind kind, std::uint64_t ordinal) const;

 private:
  struct Input {
    ir::ValueId value;
    ir::ScalarType dtype = ir::ScalarType::kFloat32;
    std::vector<std::int64_t> sizes;
    std::size_t count = 0;
    double low = -1;
    double high = 1;
    double zero = 0;                       // the number of the code nearest to 0
    std::optional<ir::QuantParams> codes;  // of the quantize that is its first use
  };

  double Element(const Input& input, InputKind kind, std::uint64_t ordinal, std::uint64_t stream,
                 std::uint64_t i) const;

  std::vector<Input> inputs_;
  std::uint64_t seed_;
};

}  // namespace foldproof::compare
