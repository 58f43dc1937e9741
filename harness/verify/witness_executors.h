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

  // What is there at once: the executor named, else `integer`.
  const prove::WitnessRunner& first() const { return runners_.front(); }
  // All of them, `first` in front. libtorch is opened when they are first asked for, which takes
  // longer than most proofs.
  const std::vector<prove::WitnessRunner>& runners();
  // What could not be opened for `runners`, and why.
  const std::vector<std::string>& not_opened() const { return not_opened_; }

 private:
  exec::Executor& Open(const std::string& name);

  bool torch_is_asked_for_ = false;  // and not opened yet
  std::vector<std::unique_ptr<exec::Executor>> opened_;
  std::vector<prove::WitnessRunner> runners_;
  std::vector<std::string> not_opened_;
};

}  // namespace foldproof::verify
