// SPDX-License-Identifier: BSD-3-Clause
//
// Options whose values are the names of an enum (src/base/named.h).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/named.h"

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

namespace foldproof::cli {

// For CLI::Option::check: what an option's value must be one of. Help shows "{A,B}" behind its
// type.
CLI::Validator OneOfNames(std::vector<std::string> names);

// An option whose value is one of `names`; `chosen` is told it. `standard` is shown as its default;
// empty: none is shown.
CLI::Option* AddChoice(CLI::App& command, const std::string& option,
                       const std::vector<std::string_view>& names, std::string_view standard,
                       std::function<void(const std::string&)> chosen, const std::string& text);

enum class Default { kShown, kNotShown };

// An option that sets `value`, whose own value is the default, to one of `names`, which may be
// fewer than the enum has.
template <typename Enum>
CLI::Option* AddChoice(CLI::App& command, const std::string& option, Enum& value,
                       const std::string& text, Default shown = Default::kShown,
                       const std::vector<std::string_view>& names = NamesOf<Enum>()) {
  return AddChoice(
      command, option, names, shown == Default::kShown ? NameOf(value) : "",
      [&value](const std::string& name) { value = *Parse<Enum>(name); }, text);
}

}  // namespace foldproof::cli
