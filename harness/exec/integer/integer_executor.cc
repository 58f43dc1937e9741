// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/integer_executor.h"

namespace foldproof::exec {

std::unique_ptr<PreparedProgram> IntegerExecutor::Prepare(const ir::Program& program,
                                                          const std::set<ir::ValueId>& fed,
                                                          const std::vector<ir::ValueId>& fetch) {
  return std::make_unique<PreparedNodes<CodedTensor>>(std::make_shared<IntegerOperators>(), program,
                                                      fed, fetch);
}

}  // namespace foldproof::exec
