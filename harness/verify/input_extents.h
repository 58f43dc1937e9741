// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/prove/conv/read_conv_side.h"
#include "harness/verify/notes.h"

namespace foldproof::verify {

// How far the numbers reach that recorded inputs give to convolutions as floats. A proof holds for
// those in a box (--input-range), and says nothing of the others.
class InputExtents {
 public:
  // Looks at the inputs of `program` that a conv or a linear reads without a quantizer in between,
  // moved perhaps.
  InputExtents(const ir::Program& program, prove::FloatBox box);

  // One run's inputs.
  void Add(const exec::Tensors& run);
  // Adds a sentence for each input of which some number lay outside of the box. `file` is what the
  // user gave.
  void Tell(const std::string& file, Notes& notes) const;

 private:
  struct Extent {
    ir::ValueId input;
    std::string name;
    std::size_t count = 0, outside = 0;
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
  };
  prove::FloatBox box_;
  std::vector<Extent> extents_;
};

}  // namespace foldproof::verify
