// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/integer_executor.h"

namespace foldproof::exec {

IntegerExecutor::IntegerExecutor(std::function<std::unique_ptr<Executor>()> open)
    : elsewhere_(open ? std::make_shared<Elsewhere>(std::move(open)) : nullptr) {}

std::string IntegerExecutor::Describe() const {
  return "integer, float32 tails with FMA" + (elsewhere_ ? elsewhere_->Describe() : "");
}

std::unique_ptr<PreparedProgram> IntegerExecutor::Prepare(const ir::Program& program,
                                                          const std::set<ir::ValueId>& fed,
                                                          const std::vector<ir::ValueId>& fetch) {
  return std::make_unique<PreparedNodes<CodedTensor>>(
      std::make_shared<IntegerOperators>(elsewhere_), program, fed, fetch);
}

}  // namespace foldproof::exec
