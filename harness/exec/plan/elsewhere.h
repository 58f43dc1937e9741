// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "harness/exec/executor.h"

namespace foldproof::exec {

// The executor that runs, node by node, what another one does not know. It is opened when it is
// first needed.
class Elsewhere {
 public:
  // `open` throws where there is no such executor.
  explicit Elsewhere(std::function<std::unique_ptr<Executor>()> open) : open_(std::move(open)) {}

  // nullptr where it cannot be opened; notes that it runs `target`.
  Executor* For(const std::string& target);
  // "; aten.topk.default by torch 2.13.0"; empty where it ran nothing.
  std::string Describe() const;

 private:
  std::function<std::unique_ptr<Executor>()> open_;
  mutable std::mutex mutex_;
  bool tried_ = false;
  std::unique_ptr<Executor> opened_;
  std::set<std::string> targets_;
};

}  // namespace foldproof::exec
