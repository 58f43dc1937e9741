// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "harness/passes/external_pass.h"

namespace foldproof::passes {

// What stands in front of how long a worker was waited for that did not come up.
inline constexpr char kNoHandshake[] = "no handshake after ";

// A command that goes on running and folds one program after the other. It is started with the
// first of them, and again after whatever went wrong.
class WorkerPass : public ExternalPass {
 public:
  using ExternalPass::ExternalPass;

 protected:
  PassAnswer Ask(const std::filesystem::path& in) override;

 private:
  // What is wrong where it did not come up again. Throws Error(kUsage) where it never did.
  std::optional<PassAnswer> Start();
  // What is wrong where it says no handshake; throws Error(kInput) for a line that is no use.
  std::optional<PassAnswer> WaitForHandshake();
  PassAnswer LateHandshake();
  // Ask, but that a cut leaves the worker amid an answer.
  PassAnswer AskUntilAnswered(const std::filesystem::path& in);
  // nullopt: it had ended by itself, in order, without a word about this request.
  std::optional<PassAnswer> AskOnce(const std::filesystem::path& in);
  PassAnswer Dead(const char* when);

  std::unique_ptr<Child> child_;
  bool has_started_ = false;  // once, with a handshake
  std::uint64_t next_ = 1;
};

}  // namespace foldproof::passes
