// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/shape/upsampled_axes.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "src/base/error.h"

namespace foldproof::exec::upsampled_axes_test {
namespace {

using Sizes = std::vector<std::int64_t>;
using Reals = std::vector<double>;

// What a node says, by the names of its arguments.
struct Said {
  std::map<std::string, Sizes, std::less<>> integers;
  std::map<std::string, Reals, std::less<>> reals;
};

std::vector<UpsampledAxis> AxesOf(const Said& said, const Sizes& sizes) {
  const auto find = [](const auto& all, std::string_view name) {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(found->second);
  };
  return UpsampledAxes({[&](std::string_view name) { return find(said.integers, name); },
                        [&](std::string_view name) { return find(said.reals, name); }},
                       sizes);
}

Sizes OutputsOf(const Said& said, const Sizes& sizes) {
  Sizes out;
  for (const UpsampledAxis& axis : AxesOf(said, sizes)) out.push_back(axis.out);
  return out;
}

TEST(UpsampledAxes, AreWhatTheNodeSays) {
  EXPECT_EQ(OutputsOf({{{"output_size", {11, 6}}}, {}}, {1, 2, 5, 7}), (Sizes{11, 6}));
  const auto axes = AxesOf({{{"output_size", {9}}}, {{"scales", {2.5}}}}, {1, 1, 4});
  EXPECT_EQ(axes[0].in, 4);
  EXPECT_EQ(axes[0].out, 9);
  EXPECT_EQ(axes[0].factor, 2.5);
}

// 5 * 1.7 = 8.5 and 7 * 0.6 = 4.2 are cut.
TEST(UpsampledAxes, AreCutProductsOfTheFactors) {
  EXPECT_EQ(OutputsOf({{}, {{"scale_factors", {1.7, 0.6}}}}, {1, 2, 5, 7}), (Sizes{8, 4}));
  EXPECT_EQ(OutputsOf({{}, {{"scales_h", {1.7}}, {"scales_w", {0.6}}}}, {1, 2, 5, 7}),
            (Sizes{8, 4}));
  EXPECT_EQ(
      OutputsOf({{}, {{"scales_d", {1}}, {"scales_h", {2}}, {"scales_w", {3}}}}, {1, 1, 2, 2, 2}),
      (Sizes{2, 4, 6}));
}

TEST(UpsampledAxes, RefuseWhatGivesNoSize) {
  const Said two{{{"output_size", {2, 2}}}, {}};
  EXPECT_THROW(AxesOf({}, {1, 1, 4, 4}), Error);
  EXPECT_THROW(AxesOf({{{"output_size", {2}}}, {}}, {1, 1, 4, 4}), Error);  // one of two
  EXPECT_THROW(AxesOf({{}, {{"scales_h", {}}, {"scales_w", {2}}}}, {1, 1, 4, 4}), Error);
  EXPECT_THROW(AxesOf({{}, {{"scale_factors", {0.1, 2}}}}, {1, 1, 4, 4}),
               Error);  // 0.4 is cut to 0
  EXPECT_THROW(AxesOf(two, {1, 1, 0, 4}), Error);
  EXPECT_THROW(AxesOf(two, {1, 4}), Error);
}

// Nobody takes the memory that a file names.
TEST(UpsampledAxes, RefuseWhatIsTooLarge) {
  constexpr std::int64_t kMany = std::int64_t{1} << 40;
  EXPECT_THROW(AxesOf({{{"output_size", {kMany}}}, {}}, {1, 1, 4}), Error);
  EXPECT_THROW(AxesOf({{}, {{"scales", {1e300}}}}, {1, 1, 4}), Error);
  EXPECT_THROW(AxesOf({{{"output_size", {1 << 20, 1 << 20}}}, {}}, {1, 1, 4, 4}), Error);
  EXPECT_THROW(AxesOf({{{"output_size", {8, 8}}}, {}}, {kMany, 1, 4, 4}), Error);
}

}  // namespace
}  // namespace foldproof::exec::upsampled_axes_test
