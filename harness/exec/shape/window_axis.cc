// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/shape/window_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

// Every number is below 2^31, so that products of two and their sums fit into int64.
constexpr std::int64_t kMost = (std::int64_t{1} << 31) - 1;

void CheckNumber(const char* what, std::int64_t number, std::int64_t least) {
  if (number >= least && number <= kMost) return;
  Refuse(fmt::format("takes a {} of {} to {}, not {}", what, least, kMost, number));
}

// Rounded up; `by` > 0.
std::int64_t CeilDivide(std::int64_t number, std::int64_t by) {
  return number / by + (number % by > 0 ? 1 : 0);
}

}  // namespace

// 0 <= o * stride + t * dilation - padding < in, solved for o.
WindowAxis::Range WindowAxis::OutputsInside(std::int64_t tap) const {
  const std::int64_t before = padding - tap * dilation;
  return {std::max<std::int64_t>(0, CeilDivide(before, stride)),
          std::min(out, CeilDivide(before + in, stride))};
}

// The same, solved for t.
WindowAxis::Range WindowAxis::TapsInside(std::int64_t output) const {
  const std::int64_t before = padding - output * stride;
  return {std::max<std::int64_t>(0, CeilDivide(before, dilation)),
          std::min(taps, CeilDivide(before + in, dilation))};
}

WindowAxis MakeWindowAxis(WindowAxis axis, bool ceil_mode) {
  CheckNumber("size", axis.in, 0);
  CheckNumber("kernel size", axis.taps, 1);
  CheckNumber("stride", axis.stride, 1);
  CheckNumber("padding", axis.padding, 0);
  CheckNumber("dilation", axis.dilation, 1);
  const std::int64_t room = axis.in + 2 * axis.padding - axis.dilation * (axis.taps - 1) - 1;
  if (room < 0) {
    Refuse(fmt::format("has a window of {} taps that does not fit into {} and a padding of {}",
                       axis.taps, axis.in, axis.padding));
  }
  axis.out = (ceil_mode ? CeilDivide(room, axis.stride) : room / axis.stride) + 1;
  if (ceil_mode && (axis.out - 1) * axis.stride >= axis.in + axis.padding) --axis.out;
  return axis;
}

std::int64_t NumberFor(const std::vector<std::int64_t>& list, std::size_t d, std::size_t dims,
                       const char* what) {
  if (list.size() == 1) return list.front();
  if (list.size() == dims) return list[d];
  Refuse(fmt::format("takes a {} of 1 or {} numbers, not {}", what, dims, list.size()));
}

}  // namespace foldproof::exec
