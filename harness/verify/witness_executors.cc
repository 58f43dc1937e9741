// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/witness_executors.h"

#include <fmt/format.h>

#include <utility>

#include "harness/exec/open/open_executor.h"
#include "src/base/error.h"

namespace foldproof::verify {

WitnessExecutors::WitnessExecutors(const std::optional<std::string>& named,
                                   prove::Semantics semantics) {
  exec::Executor& before = Open(named.value_or(kDefaultExecutor));
  if (semantics != prove::Semantics::kInteger) {
    const bool q31 = semantics == prove::Semantics::kKernelQ31;
    exec::Executor& after = Open(q31 ? "integer:q31" : "integer:tosa");
    runners_.push_back(
        {&before, &after,
         fmt::format("{}; the program before on {}", after.Describe(), before.Describe())});
    return;
  }
  runners_.push_back({&before, &before, before.Describe()});
  torch_is_asked_for_ = !named;
}

const std::vector<prove::WitnessRunner>& WitnessExecutors::runners() {
  if (!std::exchange(torch_is_asked_for_, false)) return runners_;
  try {
    exec::Executor& torch = Open("torch");
    runners_.push_back({&torch, &torch, torch.Describe()});
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInternal) throw;
    not_opened_.push_back("torch: " + error.why().substr(0, error.why().find(';')));
  }
  return runners_;
}

exec::Executor& WitnessExecutors::Open(const std::string& name) {
  opened_.push_back(exec::OpenExecutor(name));
  return *opened_.back();
}

}  // namespace foldproof::verify
