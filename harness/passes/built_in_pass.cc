// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/built_in_pass.h"

#include <optional>
#include <string>
#include <utility>

#include "src/base/error.h"

namespace foldproof::passes {

PassAnswer AnswerOf(const ir::Program& program, const std::function<fold::FoldResult()>& fold) {
  PassAnswer answer;
  try {
    fold::FoldResult result = fold();
    answer.kind = result.changed() ? PassAnswer::Kind::kFolded : PassAnswer::Kind::kUnchanged;
    answer.program = std::move(result.program);
    for (const ir::PassReport& pass : result.passes) {
      answer.missed.insert(answer.missed.end(), pass.missed.begin(), pass.missed.end());
      if (pass.pass != "FoldQATConvBN" && pass.pass != "FoldConvBN") continue;
      for (const ir::Rewrite& rewrite : pass.rewritten) answer.folded.push_back(rewrite.node);
    }
  } catch (const Error& error) {
    answer.kind = PassAnswer::Kind::kRaised;
    answer.program = program;
    answer.raised = error.what();
  }
  return answer;
}

std::string NameOfOptions(const fold::FoldOptions& options) {
  const std::string policy(fold::NameOf(options.policy));
  if (options.pass == fold::FoldPass::kQatConvBn) return policy;
  return std::string(fold::NameOf(options.pass)) + " " + policy + " " +
         std::string(fold::NameOf(fold::ModeOf(options)));
}

std::optional<fold::FoldOptions> OptionsNamed(std::string_view name) {
  for (const auto& pass : kNames<fold::FoldPass>) {
    for (const auto& policy : kNames<fold::Policy>) {
      for (const auto& weights : kNames<fold::CodesMode>) {
        fold::FoldOptions options;
        options.pass = pass.value;
        options.policy = policy.value;
        options.weights = weights.value;
        if (NameOfOptions(options) == name) return options;
        if (pass.value == fold::FoldPass::kQatConvBn) break;
      }
    }
  }
  return std::nullopt;
}

PassAnswer BuiltInPass::Run(const ir::Program& program) {
  return AnswerOf(program, [&] { return fold::Fold(program, options_); });
}

std::optional<PassAnswer> BuiltInPass::RunOnOtherForm(const ir::Program& program) {
  fold::FoldOptions other = options_;
  other.pipeline = options_.pipeline == fold::Pipeline::kPostExport ? fold::Pipeline::kPreExport
                                                                    : fold::Pipeline::kPostExport;
  return AnswerOf(program, [&] { return fold::Fold(program, other); });
}

}  // namespace foldproof::passes
