// SPDX-License-Identifier: BSD-3-Clause
//
// Which kernel positions meet the input, against a convolution's index loop.
#include "harness/prove/conv/tap_classes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/prove/conv/conv_side.h"
#include "tests/harness/prove/constant_program.h"

namespace foldproof::prove {
namespace {

struct Shape {
  std::int64_t input, kernel, stride, padding, dilation, output_padding;
  bool transposed;
};

using Sets = std::set<std::vector<std::uint32_t>>;

// Scatter of a transposed conv, gather of a plain one, in one dimension: for each output index the
// kernel indices that are met there.
std::vector<std::vector<std::uint32_t>> MetBy(const Shape& s) {
  const std::int64_t span = s.dilation * (s.kernel - 1);
  const std::int64_t outputs =
      s.transposed ? (s.input - 1) * s.stride - 2 * s.padding + span + s.output_padding + 1
                   : (s.input + 2 * s.padding - span - 1) / s.stride + 1;
  std::vector<std::vector<std::uint32_t>> met(static_cast<std::size_t>(outputs));
  for (std::int64_t k = 0; k < s.kernel; ++k) {
    for (std::int64_t i = 0; i < s.input; ++i) {
      for (std::int64_t o = 0; o < outputs; ++o) {
        const bool reads = s.transposed ? i * s.stride - s.padding + k * s.dilation == o
                                        : o * s.stride - s.padding + k * s.dilation == i;
        if (reads) met[static_cast<std::size_t>(o)].push_back(static_cast<std::uint32_t>(k));
      }
    }
  }
  return met;
}

class Conv1d {
 public:
  explicit Conv1d(const Shape& s) {
    const auto x =
        program_.UserInput("x", ir::MakeTensorType(ir::ScalarType::kFloat32, {1, 1, s.input}));
    const auto w =
        program_.UserInput("w", ir::MakeTensorType(ir::ScalarType::kFloat32, {1, 1, s.kernel}));
    op_.input = x;
    op_.weight = w;
    op_.stride = {s.stride};
    op_.padding = {s.padding};
    op_.dilation = {s.dilation};
    op_.output_padding = {s.output_padding};
    op_.transposed = s.transposed;
  }
  TapClasses Classes(TapRange x) { return FindTapClasses(program_.program().graph, op_, x); }

 private:
  ConstantProgram program_;
  ir::Convolution op_;
};

// Without those that are part of another: where x may be 0 they add nothing.
Sets Largest(const Sets& all) {
  Sets out;
  for (const auto& one : all) {
    const bool part = std::any_of(all.begin(), all.end(), [&](const auto& other) {
      return other.size() > one.size() &&
             std::includes(other.begin(), other.end(), one.begin(), one.end());
    });
    if (!part) out.insert(one);
  }
  return out;
}

TEST(TapClasses, AreThoseOfTheIndexLoop) {
  for (const bool transposed : {false, true}) {
    for (const std::int64_t input : {1, 2, 5, 9}) {
      for (const std::int64_t kernel : {1, 2, 3, 5}) {
        for (const std::int64_t stride : {1, 2, 3}) {
          for (const std::int64_t padding : {0, 1, 2, 4}) {
            for (const std::int64_t dilation : {1, 2}) {
              const Shape s{input,     kernel,   stride,
                            padding,   dilation, transposed ? stride - 1 : 0,
                            transposed};
              const std::int64_t span = dilation * (kernel - 1);
              if (!transposed && input + 2 * padding < span + 1) continue;  // no output
              if (transposed && (input - 1) * stride - 2 * padding + span + stride < 1) continue;
              const auto met = MetBy(s);
              const Sets all(met.begin(), met.end());
              for (const TapRange x : {TapRange{-5, 5}, TapRange{3, 9}}) {
                const auto found = Conv1d(s).Classes(x);
                Sets sets;
                for (const TapClass& one : found.classes) {
                  sets.insert(one.kernel_positions);
                  EXPECT_EQ(met.at(static_cast<std::size_t>(one.output_position.at(0))),
                            one.kernel_positions);
                }
                EXPECT_EQ(sets, x.low <= 0 ? Largest(all) : all)
                    << "input " << input << " kernel " << kernel << " stride " << stride
                    << " padding " << padding << " dilation " << dilation << " transposed "
                    << transposed;
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace foldproof::prove
