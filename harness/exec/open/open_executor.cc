// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/open/open_executor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/exec/eigen/eigen_executor.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/exec/integer/integer_kernel_executor.h"
#include "harness/exec/libtorch/kernel_executor.h"
#include "harness/exec/libtorch/torch_executor.h"
#include "harness/exec/libtorch/torch_module.h"

namespace foldproof::exec {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Executor> (*open)();
};

template <const char* kEngine>
std::unique_ptr<Executor> OpenKernels() {
  return std::make_unique<KernelExecutor>(FindTorchModule(), kEngine);
}

std::unique_ptr<Executor> OpenTorch64() {
  return std::make_unique<TorchExecutor>(FindTorchModule(), TorchReals::kFloat64);
}

// What these two do not know runs on libtorch, where it is there.
std::unique_ptr<Executor> OpenInteger() {
  return std::make_unique<IntegerExecutor>([] { return OpenTorchExecutor(); });
}
std::unique_ptr<Executor> OpenEigen() { return std::make_unique<EigenExecutor>(OpenTorch64); }

constexpr char kTorch64[] = "torch64";
constexpr char kQnnpack[] = "qnnpack";
constexpr char kOnednn[] = "onednn";
constexpr char kFbgemm[] = "fbgemm";
constexpr char kX86[] = "x86";

template <Kernel kKernel>
std::unique_ptr<Executor> OpenIntegerKernel() {
  return std::make_unique<IntegerKernelExecutor>(kKernel);
}

constexpr Entry kExecutors[] = {
    {"integer", OpenInteger},
    {"integer:q31", OpenIntegerKernel<Kernel::kQ31>},
    {"integer:tosa", OpenIntegerKernel<Kernel::kTosa>},
    {"eigen", OpenEigen},
    {"torch", [] { return OpenTorchExecutor(); }},
    {kTorch64, OpenTorch64},
    {kQnnpack, OpenKernels<kQnnpack>},
    {kOnednn, OpenKernels<kOnednn>},
    {kFbgemm, OpenKernels<kFbgemm>},
    {kX86, OpenKernels<kX86>},
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

TakenFloats FloatsTakenBy(std::string_view name) {
  return name == kTorch64 ? TakenFloats::kWider : TakenFloats::kAsDeclared;
}

}  // namespace foldproof::exec
