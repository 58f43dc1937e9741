// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace foldproof::exec {

// The arguments of a node by name, nullopt where one is absent or None; a number is a list of one.
struct PickArguments {
  std::function<std::optional<std::vector<std::int64_t>>(std::string_view)> integers;
  std::function<std::optional<std::vector<double>>(std::string_view)> reals;
};

}  // namespace foldproof::exec
