// SPDX-License-Identifier: BSD-3-Clause
//
// Answers as bytes. Whoever reads them has them from a file that anybody may have written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/prove/question/site_answer.h"
#include "harness/prove/question/site_question.h"

namespace foldproof::prove {

std::string AnswerBytes(const SiteAnswer& answer);

// nullopt where the bytes are no answer, or one that cannot be `question`'s: another number of
// channels, an accumulator outside of its channel's reach, taps that the conv has not.
std::optional<SiteAnswer> ReadAnswer(std::string_view bytes, const SiteQuestion& question);

// Whether the bytes are an answer to some question.
bool IsAnswer(std::string_view bytes);

}  // namespace foldproof::prove
