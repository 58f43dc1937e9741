// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "src/ir/program.h"
#include "src/pt2/input_order.h"
#include "src/pt2/kept_model.h"
#include "src/pt2/value_names.h"

namespace foldproof::pt2 {

// What each part of a model's JSON is written from.
struct ModelParts {
  const ir::Program& program;
  const KeptModel& kept;
  const ValueNames& names;
  const std::vector<WrittenInput>& inputs;
  const std::vector<std::string>& outputs;  // the graph's, as Arguments
};

}  // namespace foldproof::pt2
