// SPDX-License-Identifier: BSD-3-Clause
//
// Reports as one page: a file of its own that opens from disk and asks the network for nothing.
// What a report holds reaches the page as JSON in which no mark of HTML is left, and its script
// writes names as text alone.
#pragma once

#include <string>
#include <vector>

namespace foldproof::reports {

// Throws Error(kUsage) where this build has no d3, which draws the charts.
void NeedPages();

// `reports`: each as PageReport gives it. The same reports give the same bytes.
std::string Html(const std::vector<std::string>& reports, const std::string& version);

}  // namespace foldproof::reports
