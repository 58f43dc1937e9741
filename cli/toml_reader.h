// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace foldproof::cli {

// A TOML document as JSON: tables as objects, dates and times as texts. `lines` gets the line of
// each value by its way ("pair[1].name"). Throws Error(kInput) whose place is the line.
nlohmann::json ParseToml(std::string_view text, std::map<std::string, std::size_t>& lines);

}  // namespace foldproof::cli
