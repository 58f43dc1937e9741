// SPDX-License-Identifier: BSD-3-Clause
#include "cli/choice_option.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace foldproof::cli {

CLI::Option* AddChoice(CLI::App& command, const std::string& option,
                       const std::vector<std::string_view>& names, std::string_view standard,
                       std::function<void(const std::string&)> chosen, const std::string& text) {
  CLI::Option* added =
      command.add_option_function<std::string>(option, std::move(chosen), text)
          ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())));
  if (!standard.empty()) added->default_str(std::string(standard));
  return added;
}

}  // namespace foldproof::cli
