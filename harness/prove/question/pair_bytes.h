// SPDX-License-Identifier: BSD-3-Clause
//
// The question about a pair and its answer, a verification, as bytes. Whoever reads them has them
// from a file that anybody may have written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/prove/question/pair_question.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

// All that `question` holds; other bytes than those of any SiteQuestion.
std::string PairQuestionBytes(const PairQuestion& question);

std::string VerificationBytes(const Verification& verification);
// nullopt where the bytes are no verification.
std::optional<Verification> ReadVerification(std::string_view bytes);

}  // namespace foldproof::prove
