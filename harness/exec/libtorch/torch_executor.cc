// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/torch_executor.h"

#include "harness/exec/feeds.h"
#include "harness/exec/libtorch/torch_program.h"

namespace foldproof::exec {

Tensors PreparedTorchProgram::Run(const Tensors& feeds) {
  const bool is_wide = plan_->reals == TorchReals::kFloat64;
  CheckFeeds(plan_->program, plan_->fed, feeds,
             is_wide ? TakenFloats::kWider : TakenFloats::kAsDeclared);
  TorchRun run(*plan_, constants_);
  for (const ir::ValueId id : plan_->fed) run.Feed(id, feeds.at(id));
  return run.Fetch();
}

std::unique_ptr<PreparedProgram> TorchExecutor::Prepare(const ir::Program& program,
                                                        const std::set<ir::ValueId>& fed,
                                                        const std::vector<ir::ValueId>& fetch) {
  auto plan = std::make_unique<TorchPlan>(module_, program, fed, fetch,
                                          std::vector<QuantizedSite>(), reals_);
  TorchRun run(*plan, {});
  run.RunConstantSteps();
  return std::make_unique<PreparedTorchProgram>(std::move(plan), std::move(run.values()));
}

std::string TorchExecutor::Describe() const {
  return module_.Describe() + (reals_ == TorchReals::kFloat64 ? ", float64" : "");
}

std::unique_ptr<Executor> OpenTorchExecutor() {
  return std::make_unique<TorchExecutor>(FindTorchModule());
}

}  // namespace foldproof::exec
