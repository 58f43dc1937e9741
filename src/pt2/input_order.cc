// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/input_order.h"

#include <cstddef>

namespace foldproof::pt2 {

std::vector<WrittenInput> OrderInputs(const ir::Program& program, const KeptModel& kept) {
  std::vector<WrittenInput> out;
  std::vector<const ir::InputSpec*> users;
  for (const ir::InputSpec& spec : program.inputs) {
    if (spec.kind == ir::InputSpec::Kind::kUserInput) {
      users.push_back(&spec);
    } else {
      out.push_back({&spec, nullptr});
    }
  }
  if (!kept.HasUserInputs(program, false)) {
    for (const ir::InputSpec* spec : users) out.push_back({spec, nullptr});
    return out;
  }
  std::size_t next = 0;
  for (const KeptInput& input : kept.inputs()) {
    if (input.meaning.fixed) {
      out.push_back({nullptr, &input});
    } else if (input.meaning.kind == ir::InputSpec::Kind::kUserInput) {
      out.push_back({users[next++], nullptr});
    }
  }
  return out;
}

}  // namespace foldproof::pt2
