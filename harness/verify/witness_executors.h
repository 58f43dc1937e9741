// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/prove/judge/prover.h"
#include "harness/prove/witness/confirm.h"

namespace foldproof::verify {

// What runs inputs and witnesses where nobody names another one.
inline constexpr char kDefaultExecutor[] = "integer";

// What runs the witnesses: the executor named, else `integer` and libtorch, where this build has
// it. The after-program of a kernel is run by that kernel's executor.
class WitnessExecutors {
 public:
  WitnessExecutors(const std::optional<std::string>& named, prove::Semantics semantics);

  const std::vector<prove::WitnessRunner>& runners() const { return runners_; }
  const std::vector<std::string>& not_opened() const { return not_opened_; }  // and why

 private:
  exec::Executor& Open(const std::string& name);

  std::vector<std::unique_ptr<exec::Executor>> opened_;
  std::vector<prove::WitnessRunner> runners_;
  std::vector<std::string> not_opened_;
};

}  // namespace foldproof::verify
