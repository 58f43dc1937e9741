// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/executor.h"

namespace foldproof::exec {

Tensors Executor::Run(const ir::Program& program, const Tensors& feeds,
                      const std::vector<ir::ValueId>& fetch) {
  std::set<ir::ValueId> fed;
  for (const auto& [id, tensor] : feeds) fed.insert(id);
  return Prepare(program, fed, fetch)->Run(feeds);
}

}  // namespace foldproof::exec
