// SPDX-License-Identifier: BSD-3-Clause
#include "cli/choice_option.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "src/base/error.h"
#include "src/base/nearest_name.h"

namespace foldproof::cli {

CLI::Validator OneOfNames(std::vector<std::string> names) {
  const std::string listed = fmt::format("{}", fmt::join(names, ","));
  const auto check = [names = std::move(names)](const std::string& typed) {
    if (std::ranges::find(names, typed) != names.end()) return std::string();
    return fmt::format("must be one of {}, not '{}'{}", fmt::join(names, ", "),
                       Printable(typed, 60), DidYouMean(typed, names));
  };
  return {check, "{" + listed + "}"};
}

CLI::Option* AddChoice(CLI::App& command, const std::string& option,
                       const std::vector<std::string_view>& names, std::string_view standard,
                       std::function<void(const std::string&)> chosen, const std::string& text) {
  CLI::Option* added = command.add_option_function<std::string>(option, std::move(chosen), text)
                           ->check(OneOfNames({names.begin(), names.end()}));
  if (!standard.empty()) added->default_str(std::string(standard));
  return added;
}

}  // namespace foldproof::cli
