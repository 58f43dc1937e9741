// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/ir/program.h"
#include "src/pt2/archive.h"
#include "src/pt2/kept_model.h"

namespace foldproof::pt2 {

// One of the two folders of an archive that hold tensors.
struct PayloadFolder {
  std::string configuration;                                         // text of its JSON file
  std::vector<std::pair<std::string, std::string_view>> storages{};  // entry below the root, bytes
};

struct Payloads {
  PayloadFolder weights;    // parameters and persistent buffers
  PayloadFolder constants;  // the other buffers, tensor constants
};

// The constants that an input or a mutation of `program` names, and those that nothing named when
// the archive was read either. In the archive's order, new ones behind. A storage is written once
// in a folder. Points into program.storages.
Payloads WritePayloads(const ir::Program& program, const Remainder& remainder,
                       const KeptModel& kept);

}  // namespace foldproof::pt2
