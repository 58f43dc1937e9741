// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "src/ir/program.h"
#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {

// An input of the graph as the signature tells it.
struct SignatureInput {
  ir::InputSpec::Kind kind = ir::InputSpec::Kind::kUserInput;
  std::string name;    // of the graph's input
  std::string target;  // qualified name of the constant
  bool persistent = true;
  // A number, string or None that export has fixed: no value of the graph, and read by no node.
  bool fixed = false;
};

SignatureInput ReadInputSpec(Json spec);
ir::OutputSpec ReadOutputSpec(Json spec);

}  // namespace foldproof::pt2
