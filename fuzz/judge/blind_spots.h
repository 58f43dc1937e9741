// SPDX-License-Identifier: BSD-3-Clause
//
// What a faulty judge does not see: each takes something out of a program and says whether it was
// there.
#pragma once

#include "fuzz/judge/sketch.h"

namespace foldproof::fuzz::blind {

// Places and strides.
bool Moves(Sketch& sketch);          // transpose, flip and the like that keep the shape
bool Strides(Sketch& sketch);        // as_strided and _reshape_alias of the same shape
bool MemoryFormats(Sketch& sketch);  // clone and contiguous into another format
bool ListOrder(Sketch& sketch);      // of the tensors that cat joins

// Writers.
bool WritesThroughViews(Sketch& sketch);
bool WritesThroughSplits(Sketch& sketch);   // a view is missing in the list
bool WritesThroughAliases(Sketch& sketch);  // operators that may return their operand
bool WritesIntoConstants(Sketch& sketch);
bool ListWriters(Sketch& sketch);  // _foreach_*
bool OutArguments(Sketch& sketch);
bool OddWriters(Sketch& sketch);  // whose name does not end in one underscore

// The interface and state.
bool BufferUpdates(Sketch& sketch);
bool OutputOrder(Sketch& sketch);
bool LaterOutputs(Sketch& sketch);  // all but the first
bool Training(Sketch& sketch);
bool Randomness(Sketch& sketch);

// Numbers.
bool Eps(Sketch& sketch);
bool GammaSign(Sketch& sketch);
bool Parameters(Sketch& sketch);  // of functions
bool CodeRanges(Sketch& sketch);
bool ZeroPoints(Sketch& sketch);
bool Casts(Sketch& sketch);
bool OperandOrder(Sketch& sketch);
bool LastElements(Sketch& sketch);  // of float constants
bool Axes(Sketch& sketch);

}  // namespace foldproof::fuzz::blind
