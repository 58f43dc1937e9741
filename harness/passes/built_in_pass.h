// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "harness/passes/pass_under_test.h"
#include "src/fold/pipeline.h"

namespace foldproof::passes {

// src/fold with these options; their pipeline is that of Run.
class BuiltInPass : public PassUnderTest {
 public:
  explicit BuiltInPass(const fold::FoldOptions& options) : options_(options) {}

  std::string name() const override { return std::string(fold::Name(options_.policy)); }
  PassAnswer Run(const ir::Program& program) override;
  std::optional<PassAnswer> RunOnOtherForm(const ir::Program& program) override;

 private:
  fold::FoldOptions options_;
};

}  // namespace foldproof::passes
