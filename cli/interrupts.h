// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace foldproof::cli {

// Ctrl-C, from now on: once, a campaign ends with what it has; twice, at once. Processes that are
// started later see it, too.
void ListenToCtrlC();
// The same, and answers at once.
void AnswerCtrlC();

bool Interrupted();
bool InterruptedTwice();

}  // namespace foldproof::cli
