// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace foldproof::cli {

// The kind of machine this is, for the report: "x86_64, fma".
std::string DescribeMachine();

}  // namespace foldproof::cli
