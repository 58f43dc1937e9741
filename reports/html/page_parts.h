// SPDX-License-Identifier: BSD-3-Clause
//
// The files that every page holds, as CMake embeds them (cmake/EmbedPage.cmake).
#pragma once

#include <string_view>

namespace foldproof::reports {

extern const std::string_view kChartLibrary;  // d3.min.js; empty where it was not there
extern const std::string_view kPageScript;    // page.js and what it is made of
extern const std::string_view kPageStyle;     // page.css

}  // namespace foldproof::reports
