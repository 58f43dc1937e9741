// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof {

// The name that `typed` was probably meant to be: at most a third of its letters, and at least one,
// but not all, were left out, put in, changed or exchanged with the next. The first of several;
// nullopt: none is near.
std::optional<std::string> NearestName(std::string_view typed,
                                       const std::vector<std::string>& names);

// "; did you mean 'NAME'?", or nothing where no name is near.
std::string DidYouMean(std::string_view typed, const std::vector<std::string>& names);

}  // namespace foldproof
