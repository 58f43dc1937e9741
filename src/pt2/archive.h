// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>

#include "src/ir/program.h"

namespace foldproof::pt2 {

// What an archive holds and ir::Program does not model: metadata of nodes, strides of values,
// symbols, the calling convention, sample inputs. Kept as the archive's own texts, of which the
// writer takes what still holds for the program that it writes. Default-constructed: nothing is
// known, everything is synthesized.
struct Remainder {
  std::string name;       // of the model: models/NAME.json
  std::string model;      // the text of that entry
  std::string weights;    // of data/weights/NAME_weights_config.json
  std::string constants;  // of data/constants/NAME_constants_config.json
  // The bytes of every entry that is neither one of these nor a tensor nor a mark of the format, by
  // its name below the root folder: sample inputs, extra files, pickled objects.
  std::map<std::string, std::string> entries;
};

struct Archive {
  ir::Program program;
  Remainder remainder;
};

}  // namespace foldproof::pt2
