// SPDX-License-Identifier: BSD-3-Clause
//
// What a site, a tail and a finding are called across two reports of a program. Node names are no
// part of it: a pass, an exporter or a person renames them freely. Instead
//
//   site     op, channels and taps, and its number among the sites of the same three
//   tail     its site, and the program output that it ends in or its number among the inner ones
//   finding  its tail, the rule and its number among equal rules, and the first channel
//
// In an older report without `op` that part is empty. A new convolution of a shape that the program
// has already, in front of the others, moves the numbers of those behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.h"

namespace foldproof::reports {

// "aten.conv2d.default, 8 channels, 27 taps, number 0", one for each site, all different.
std::vector<std::string> SiteKeys(const Report& report);

// One for each tail of the site of that key, all different.
std::vector<std::string> TailKeys(const std::string& site_key, const ReportedSite& site);

// One for each finding of structure: rule, op, and its number among equal ones; all different.
std::vector<std::string> StructureKeys(const Report& report);

// The first 32 hexadecimal digits of the SHA-256 of `key`.
std::string Fingerprint(std::string_view key);

}  // namespace foldproof::reports
