// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/torch_executor.h"

#include <utility>

#include "harness/exec/torch_plan.h"
#include "harness/exec/torch_run.h"

namespace foldproof::exec {
namespace {

class PreparedTorchProgram : public PreparedProgram {
 public:
  explicit PreparedTorchProgram(TorchPlan plan) : plan_(std::move(plan)) {
    TorchRun run(plan_, {});
    run.RunConstantSteps();
    constants_ = std::move(run.values());
  }

  Tensors Run(const Tensors& feeds) override {
    TorchRun run(plan_, constants_);
    for (const ir::ValueId id : plan_.fed) {
      const auto given = feeds.find(id);
      if (given == feeds.end()) {
        throw Error(Error::Code::kInput, plan_.program.graph.value(id).name,
                    "was announced as given, but this run was not given it");
      }
      run.Feed(id, given->second);
    }
    return run.Fetch();
  }

 private:
  const TorchPlan plan_;
  std::vector<Held> constants_;
};

}  // namespace

std::unique_ptr<PreparedProgram> TorchExecutor::Prepare(const ir::Program& program,
                                                        const std::set<ir::ValueId>& fed,
                                                        const std::vector<ir::ValueId>& fetch) {
  return std::make_unique<PreparedTorchProgram>(TorchPlan(module_, program, fed, fetch));
}

std::unique_ptr<Executor> OpenTorchExecutor() {
  return std::make_unique<TorchExecutor>(FindTorchModule());
}

}  // namespace foldproof::exec
