// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "harness/prove/question/site_question.h"

namespace foldproof::prove {

// All that `question` holds, so that different questions have different bytes (docs/cache.md, "What
// a proof is kept under").
std::string QuestionBytes(const SiteQuestion& question);

}  // namespace foldproof::prove
