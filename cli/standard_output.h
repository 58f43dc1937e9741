// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

namespace foldproof::cli {

// Nobody reads standard output any more (`foldproof show model.pt2 | head -1`). There is nothing to
// be said of it, so it is no Error.
struct ClosedPipe {};

// Writes out what is left. Throws Error(kOutput) where some of it, now or before, could not be
// written, and ClosedPipe where that is because its reader has gone.
void FinishOutput();

// Prints what a command has to say; elsewhere than in a terminal, as it is, so that a line stays a
// line that can be searched. In a terminal it is broken at words where the width ends, and the
// words in capitals that a line starts with have the colour of what they say: HOLDS, SAME and NOT
// WORSE green, UNPROVED, WAIVED, EMPTY and what a waiver is not used for yellow, others red. They
// have none where NO_COLOR
// (no-color.org) is set and not empty, or TERM is "dumb".
void Say(const std::string& text);

// How wide a help text may be: as the terminal, at most 100 columns; 80 where there is none.
std::size_t HelpColumns();

}  // namespace foldproof::cli
