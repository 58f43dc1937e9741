// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/feeds.h"

namespace foldproof::exec {

// The names that OpenExecutor takes, in the order in which they are told.
std::vector<std::string> ExecutorNames();

// The executor of that name. Throws Error(kUsage) that lists the names where there is none such,
// Error(kInternal) that says what is missing where this build or machine has it not.
std::unique_ptr<Executor> OpenExecutor(std::string_view name);

// What the executor of that name takes for a float32 input.
TakenFloats FloatsTakenBy(std::string_view name);

}  // namespace foldproof::exec
