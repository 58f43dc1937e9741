// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/program.h"

#include "src/base/error.h"

namespace foldproof::ir {

const Constant* Program::ConstantOf(ValueId value) const {
  const std::string* name = nullptr;
  if (const Node* producer = graph.ProducerOf(value)) {
    if (const auto* get = std::get_if<GetAttr>(&producer->op)) name = &get->attribute;
  } else {
    for (const InputSpec& spec : inputs) {
      if (spec.value == value && spec.kind != InputSpec::Kind::kUserInput) name = &spec.target;
    }
  }
  if (name == nullptr || updated.contains(*name)) return nullptr;
  const auto found = constants.find(*name);
  return found == constants.end() ? nullptr : &found->second;
}

std::vector<std::byte> Program::BytesOf(const Constant& constant) const {
  FP_CHECK(constant.storage < storages.size());
  return ContiguousBytes(constant, storages[constant.storage]);
}

ValueId Program::LiesLike(ValueId value) const {
  const auto found = lies_like.find(value);
  return found == lies_like.end() ? value : found->second;
}

std::vector<ValueId> Program::UserInputs() const {
  std::vector<ValueId> out;
  for (const InputSpec& spec : inputs) {
    if (spec.kind == InputSpec::Kind::kUserInput) out.push_back(spec.value);
  }
  return out;
}

}  // namespace foldproof::ir
