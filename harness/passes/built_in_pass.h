// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "harness/passes/pass_under_test.h"
#include "src/fold/fold_names.h"
#include "src/fold/pipeline.h"

namespace foldproof::passes {

// What `fold`, an engine run on `program`, answers; an Error that it throws is an answer too.
PassAnswer AnswerOf(const ir::Program& program, const std::function<fold::FoldResult()>& fold);

// What an engine is called in reports and cases: "repair", or "conv-bn repair rescale".
std::string NameOfOptions(const fold::FoldOptions& options);
// The engine of that name; nullopt where it is none.
std::optional<fold::FoldOptions> OptionsNamed(std::string_view name);

// src/fold with these options; their pipeline is that of Run.
class BuiltInPass : public PassUnderTest {
 public:
  explicit BuiltInPass(const fold::FoldOptions& options) : options_(options) {}

  std::string name() const override { return NameOfOptions(options_); }
  PassAnswer Run(const ir::Program& program) override;
  std::optional<PassAnswer> RunOnOtherForm(const ir::Program& program) override;

 private:
  fold::FoldOptions options_;
};

}  // namespace foldproof::passes
