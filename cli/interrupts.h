// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace foldproof::cli {

// Ctrl-C, from now on: once, a campaign ends with what it has; twice, at once. Processes that are
// started later see it, too.
void ListenToCtrlC();
// The same, and answers at once.
void AnswerCtrlC();

// For a command that has nothing to tell before its end, and whose passes run in processes of their
// own: from now on Ctrl-C and SIGTERM count as twice, until EndIfTerminated ends the program.
void CountSignalsAsTwice();

bool Interrupted();
bool InterruptedTwice();
// A signal that counts as twice was among them: ends the program by it, as its sender expects.
void EndIfTerminated();

// For a command that has nothing to tell before its end: from now on Ctrl-C and SIGTERM end it at
// once, with the passes that run and their files. No other thread is there yet.
void EndOnSignals();

}  // namespace foldproof::cli
