// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/constant_value.h"

#include <algorithm>

#include "harness/prove/constants/tensor_numbers.h"

namespace foldproof::prove {

std::vector<double> ConstantValue::Ideal() const {
  return own_ideal.empty() ? NumbersOf<double>(value) : own_ideal;
}

void ConstantValue::ReadIdeal(std::size_t from, std::span<double> out) const {
  if (own_ideal.empty()) return ReadNumbers(value, from, out);
  FP_CHECK(from <= own_ideal.size() && out.size() <= own_ideal.size() - from);
  std::copy_n(own_ideal.begin() + static_cast<std::ptrdiff_t>(from), out.size(), out.begin());
}

}  // namespace foldproof::prove
