// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/elsewhere.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/base/error.h"

namespace foldproof::exec {

Executor* Elsewhere::For(const std::string& target) {
  const std::scoped_lock lock(mutex_);
  if (!tried_) {
    tried_ = true;
    try {
      opened_ = open_();
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInternal) throw;  // this machine has none
    }
  }
  if (opened_ != nullptr) targets_.insert(target);
  return opened_.get();
}

std::string Elsewhere::Describe() const {
  const std::scoped_lock lock(mutex_);
  if (targets_.empty()) return "";
  return fmt::format("; {} by {}", fmt::join(targets_, ", "), opened_->Describe());
}

}  // namespace foldproof::exec
