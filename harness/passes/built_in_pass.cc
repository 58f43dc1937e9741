// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/built_in_pass.h"

#include <utility>

#include "src/base/error.h"

namespace foldproof::passes {
namespace {

PassAnswer FoldWith(const ir::Program& program, const fold::FoldOptions& options) {
  PassAnswer answer;
  try {
    fold::FoldResult result = fold::Fold(program, options);
    answer.kind = result.changed() ? PassAnswer::Kind::kFolded : PassAnswer::Kind::kUnchanged;
    answer.program = std::move(result.program);
    for (const ir::PassReport& pass : result.passes) {
      answer.missed.insert(answer.missed.end(), pass.missed.begin(), pass.missed.end());
      if (pass.pass != "FoldQATConvBN") continue;
      for (const ir::Rewrite& rewrite : pass.rewritten) answer.folded.push_back(rewrite.node);
    }
  } catch (const Error& error) {
    answer.kind = PassAnswer::Kind::kRaised;
    answer.program = program;
    answer.raised = error.what();
  }
  return answer;
}

}  // namespace

PassAnswer BuiltInPass::Run(const ir::Program& program) { return FoldWith(program, options_); }

std::optional<PassAnswer> BuiltInPass::RunOnOtherForm(const ir::Program& program) {
  fold::FoldOptions other = options_;
  other.pipeline = options_.pipeline == fold::Pipeline::kPostExport ? fold::Pipeline::kPreExport
                                                                    : fold::Pipeline::kPostExport;
  return FoldWith(program, other);
}

}  // namespace foldproof::passes
