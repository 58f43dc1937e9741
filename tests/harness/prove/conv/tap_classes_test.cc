// SPDX-License-Identifier: BSD-3-Clause
//
// Which kernel positions meet the input, against a convolution's index loop.
#include "harness/prove/conv/tap_classes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/prove/conv/conv_side.h"
#include "harness/prove/conv/no_integers.h"
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
  // With a symbol, s.input is the traced size. With `producer`, that operator makes the input.
  explicit Conv1d(const Shape& s, const std::string& symbol = "",
                  const std::string& producer = "") {
    ir::TensorType type = ir::MakeTensorType(ir::ScalarType::kFloat32, {1, 1, s.input});
    if (!symbol.empty()) type.dims[2] = {-1, symbol, s.input};
    auto x = program_.UserInput("x", type);
    if (!producer.empty()) {
      x = program_.Node("made", producer, {{"self", x}}, ir::ScalarType::kFloat32, {1, 1, s.input});
    }
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
  TapClasses Classes(TapRange x) { return FindTapClasses(program_.program(), op_, x); }
  ir::Program& program() { return program_.program(); }

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

// A pass that edits the arguments of an operator may leave its declared size behind: a window that
// hangs over both edges of one element may meet more.
TEST(TapClasses, AreThoseOfAnySizeBehindAnOperatorWhoseSizeIsNotChecked) {
  const Shape one{1, 3, 1, 1, 1, 0, false};
  const auto known = Conv1d(one, "", "aten.relu.default").Classes({-5, 5});
  ASSERT_EQ(known.classes.size(), 1u);
  EXPECT_EQ(known.classes[0].kernel_positions, (std::vector<std::uint32_t>{1}));
  for (const char* producer : {"aten.roll.default", "aten.upsample_nearest1d.default",
                               "aten.avg_pool1d.default", "aten.cat.default", "my.operator"}) {
    const auto any = Conv1d(one, "", producer).Classes({-5, 5});
    ASSERT_EQ(any.classes.size(), 2u) << producer;
    EXPECT_EQ(any.classes[0].kernel_positions, (std::vector<std::uint32_t>{0, 1, 2})) << producer;
    EXPECT_TRUE(any.classes[0].output_position.empty()) << producer;
    EXPECT_FALSE(any.classes[1].output_position.empty()) << producer;  // of the declared size
  }
  const auto wide = Conv1d({5, 3, 1, 1, 1, 0, false}, "", "my.operator").Classes({-5, 5});
  ASSERT_EQ(wide.classes.size(), 1u);
  EXPECT_FALSE(wide.classes[0].output_position.empty());
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

bool HasOutputs(const Shape& s) {
  const std::int64_t span = s.dilation * (s.kernel - 1);
  if (s.transposed) {
    return (s.input - 1) * s.stride - 2 * s.padding + span + s.output_padding + 1 >= 1;
  }
  return s.input + 2 * s.padding >= span + 1;
}

// What the index loop meets at any size that a symbol may stand for.
Sets MetAtAnySize(Shape s, std::int64_t low = 1, std::int64_t high = 60) {
  Sets all;
  for (s.input = low; s.input <= high; ++s.input) {
    if (!HasOutputs(s)) continue;
    const auto met = MetBy(s);
    all.insert(met.begin(), met.end());
  }
  return all;
}

bool IsCovered(const std::vector<std::uint32_t>& one, const Sets& by) {
  return std::ranges::any_of(by, [&](const auto& other) {
    return std::includes(other.begin(), other.end(), one.begin(), one.end());
  });
}

// Of a size that is a symbol the classes are those of every size, and those of the traced one have
// a position.
TEST(TapClasses, OfASymbolAreThoseOfEverySize) {
  int shapes = 0;
  for (const bool transposed : {false, true}) {
    for (const std::int64_t traced : {2, 9}) {
      for (const std::int64_t kernel : {1, 3, 4, 5}) {
        for (const std::int64_t stride : {1, 2, 3}) {
          for (const std::int64_t padding : {0, 1, 2, 4}) {
            for (const std::int64_t dilation : {1, 2, 3}) {
              const Shape s{traced,    kernel,   stride,
                            padding,   dilation, transposed ? stride - 1 : 0,
                            transposed};
              if (!HasOutputs(s)) continue;
              ++shapes;
              const auto met = MetBy(s);
              const Sets all = MetAtAnySize(s), traced_sets(met.begin(), met.end());
              for (const TapRange x : {TapRange{-5, 5}, TapRange{3, 9}}) {
                Sets found, occurring;
                for (const TapClass& one : Conv1d(s, "s0").Classes(x).classes) {
                  found.insert(one.kernel_positions);
                  if (one.output_position.empty()) continue;
                  occurring.insert(one.kernel_positions);
                  EXPECT_EQ(met.at(static_cast<std::size_t>(one.output_position.at(0))),
                            one.kernel_positions);
                }
                const auto what = [&] {
                  return testing::Message()
                         << "kernel " << kernel << " stride " << stride << " padding " << padding
                         << " dilation " << dilation << " transposed " << transposed;
                };
                if (x.low > 0) {
                  EXPECT_EQ(found, all) << what();
                  EXPECT_EQ(occurring, traced_sets) << what();
                  continue;
                }
                for (const auto& one : all) EXPECT_TRUE(IsCovered(one, found)) << what();
                EXPECT_EQ(occurring, Largest(traced_sets)) << what();
              }
            }
          }
        }
      }
    }
  }
  EXPECT_GT(shapes, 400);
}

Sets SetsOf(const TapClasses& classes, bool only_occurring) {
  Sets out;
  for (const TapClass& one : classes.classes) {
    if (!only_occurring || !one.output_position.empty()) out.insert(one.kernel_positions);
  }
  return out;
}

// The program says which sizes its input has, and each is one that a call may give.
TEST(TapClasses, OfASymbolWithARangeAreThoseOfItsSizes) {
  const std::string written = "Symbol('s7', positive=True, integer=True)";
  for (const std::int64_t low : {1, 2, 4, 30}) {
    for (const std::int64_t high : {4, 31, 60}) {
      for (const std::int64_t stride : {1, 2, 3}) {
        for (const bool transposed : {false, true}) {
          if (low > high) continue;
          const Shape s{high, 5, stride, 2, 1, 0, transposed};
          Conv1d conv(s, written);
          conv.program().size_ranges["s7"] = {low, high};
          // Of a range from 2 on PyTorch takes 1, too.
          const Sets all = MetAtAnySize(s, low == 2 ? 1 : low, high);
          EXPECT_EQ(SetsOf(conv.Classes({3, 9}), false), all) << low << " " << high;
          EXPECT_EQ(SetsOf(conv.Classes({3, 9}), true), all) << low << " " << high;
        }
      }
    }
  }
}

// Every size of the range has to be covered, but a call may refuse all but the traced one.
TEST(TapClasses, OfASymbolUnderConditionsOccurAtTheTracedSize) {
  const Shape s{9, 3, 2, 1, 1, 0, false};
  const auto met = MetBy(s);
  const Sets traced(met.begin(), met.end());
  Conv1d guarded(s, "s7"), expression(s, "2*s7"), unchosen(s, "s7");
  for (Conv1d* conv : {&guarded, &expression, &unchosen})
    conv->program().size_ranges["s7"] = {4, 60};
  guarded.program().guards = {"L['x'].size()[2] % 3 == 0"};
  unchosen.program().inputs.erase(unchosen.program().inputs.begin());  // no input of the caller
  EXPECT_EQ(SetsOf(guarded.Classes({3, 9}), false), MetAtAnySize(s, 4, 60));
  EXPECT_EQ(SetsOf(expression.Classes({3, 9}), false), MetAtAnySize(s));
  EXPECT_EQ(SetsOf(unchosen.Classes({3, 9}), false), MetAtAnySize(s));
  for (Conv1d* conv : {&guarded, &expression, &unchosen})
    EXPECT_EQ(SetsOf(conv->Classes({3, 9}), true), traced);
}

// One element between two of padding: no window holds all of the kernel, and only the padding adds
// a zero.
TEST(TapClasses, ASingleClassMayBePadded) {
  const Shape one{1, 3, 1, 1, 1, 0, false};
  EXPECT_EQ(Conv1d(one).Classes({3, 9}).classes.size(), 1u);
  EXPECT_TRUE(Conv1d(one).Classes({3, 9}).padding_adds_zero);
  EXPECT_FALSE(Conv1d({8, 3, 1, 0, 1, 0, false}).Classes({3, 9}).padding_adds_zero);
}

// A kernel that spans as much as an attribute may say: refused before it is walked.
TEST(TapClasses, OfASymbolAreNotLookedForWithoutEnd) {
  const Shape wide{9, 3, std::int64_t{1} << 23, 1 << 23, 1 << 23, 0, false};
  EXPECT_THROW(Conv1d(wide, "s0").Classes({3, 9}), NoIntegers);
}

}  // namespace
}  // namespace foldproof::prove
