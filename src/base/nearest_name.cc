// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/nearest_name.h"

#include <algorithm>
#include <cstddef>

namespace foldproof {
namespace {

// Damerau's distance of two words, where no part is edited twice. With d[i][j] of the first i and j
// letters: d[i][j] = min(d[i-1][j] + 1, d[i][j-1] + 1, d[i-1][j-1] + (a_i != b_j)), and
// d[i-2][j-2] + 1 where two neighbours were exchanged.
std::size_t Distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> d((a.size() + 1) * width);
  for (std::size_t i = 0; i <= a.size(); ++i) d[i * width] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = d[(i - 1) * width + j - 1] + (a[i - 1] != b[j - 1]);
      std::size_t least = std::min({d[(i - 1) * width + j] + 1, d[i * width + j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        least = std::min(least, d[(i - 2) * width + j - 2] + 1);
      d[i * width + j] = least;
    }
  }
  return d.back();
}

}  // namespace

std::optional<std::string> NearestName(std::string_view typed,
                                       const std::vector<std::string>& names) {
  constexpr std::size_t kMostLetters = 64;
  if (typed.empty() || typed.size() > kMostLetters) return std::nullopt;
  std::size_t least = std::max<std::size_t>(1, typed.size() / 3) + 1;
  std::optional<std::string> nearest;
  for (const std::string& name : names) {
    const std::size_t distance = Distance(typed, name);
    if (distance >= least || distance >= std::max(typed.size(), name.size())) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

std::string DidYouMean(std::string_view typed, const std::vector<std::string>& names) {
  const auto name = NearestName(typed, names);
  return name ? "; did you mean '" + *name + "'?" : "";
}

}  // namespace foldproof
