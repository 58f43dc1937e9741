// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/open_executor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/exec/eigen/eigen_executor.h"
#include "harness/exec/integer/integer_executor.h"

namespace foldproof::exec {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Executor> (*open)();
};

constexpr Entry kExecutors[] = {
    {"integer", [] { return std::unique_ptr<Executor>(std::make_unique<IntegerExecutor>()); }},
    {"eigen", [] { return std::unique_ptr<Executor>(std::make_unique<EigenExecutor>()); }},
    {"torch", [] { return OpenTorchExecutor(); }},
};

}  // namespace

std::vector<std::string> ExecutorNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kExecutors) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<Executor> OpenExecutor(std::string_view name) {
  const auto found = std::ranges::find(kExecutors, name, &Entry::name);
  if (found != std::end(kExecutors)) return found->open();
  throw Error(Error::Code::kUsage, "usage",
              fmt::format("'{}' is no executor; there are {}", Printable(std::string(name), 60),
                          fmt::join(ExecutorNames(), ", ")));
}

}  // namespace foldproof::exec
