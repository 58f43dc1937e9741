// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace foldproof::cli {

// Nobody reads standard output any more (`foldproof show model.pt2 | head -1`). There is nothing to
// be said of it, so it is no Error.
struct ClosedPipe {};

// Writes out what is left. Throws Error(kOutput) where some of it, now or before, could not be
// written, and ClosedPipe where that is because its reader has gone.
void FinishOutput();

// Whether standard output is a terminal that may be coloured: NO_COLOR (no-color.org) is not set,
// or empty, and TERM is not "dumb".
bool OutputHasColours();

// `text` with the words in capitals that it starts with in the colour of what they say, where
// `coloured`: HOLDS, SAME and NOT WORSE green, UNPROVED, WAIVED and UNUSED yellow, others red.
std::string WithColouredVerdict(std::string text, bool coloured);

// The same for each line of `text`, where standard output has colours.
std::string ColouredLines(const std::string& text);

}  // namespace foldproof::cli
