// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/conditions.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "harness/prove/sites/value_numbers.h"
#include "src/ir/functional/effect.h"

namespace foldproof::prove {
namespace {

// An assertion of what the types of both programs say, which are compared as such.
bool IsOfTypes(const ir::Node& node) {
  if (node.target != "aten._assert_tensor_metadata.default") return false;
  return std::ranges::none_of(node.arguments, [](const ir::Argument& argument) {
    return (argument.name == "size" || argument.name == "stride") &&
           !std::holds_alternative<ir::None>(argument.value);
  });
}

bool IsCondition(const ir::Node& node) { return node.outputs.empty() && !IsOfTypes(node); }

struct Condition {
  std::string node;
  std::string what;
};
// By a key that two conditions share only where they hold for the same inputs.
using Conditions = std::multimap<std::string, Condition>;

// Keys of values, equal only for equal values: inputs by position, constants by content, results by
// operator, attributes and operands. Dead nodes count, too, as assertions are dead.
class Keys {
 public:
  Keys(const exec::FunctionalView& view, std::map<std::string, std::size_t>& numbers)
      : view_(view), numbers_(numbers), of_value_(view.program().graph.values().size()) {
    const ir::Program& program = view.program();
    std::size_t position = 0;
    for (const ir::InputSpec& spec : program.inputs) {
      if (spec.kind == ir::InputSpec::Kind::kUserInput)
        of_value_[spec.value.index] = Number("input " + std::to_string(position++));
      else
        of_value_[spec.value.index] = Number(Stored(spec.value, spec.target));
    }
  }

  Conditions All() {
    Conditions out;
    for (const ir::Node& node : view_.program().graph.nodes()) {
      const std::string key = Of(node);
      if (IsCondition(node)) out.emplace(key, Condition{node.name, node.target});
      for (std::size_t i = 0; i < node.outputs.size(); ++i)
        of_value_[node.outputs[i].index] = Number(std::to_string(i) + " of " + key);
    }
    return out;
  }

 private:
  std::size_t Number(const std::string& key) {
    return numbers_.try_emplace(key, numbers_.size()).first->second;
  }

  // A constant that changes has no content of its own: then its name counts, and what it was.
  std::string Stored(ir::ValueId value, const std::string& name) const {
    const ir::Program& program = view_.program();
    const ir::Constant* constant = program.ConstantOf(value);
    std::string key = constant != nullptr ? "constant " : "state " + name + " ";
    if (constant == nullptr) constant = &program.constants.at(name);
    const auto bytes = program.BytesOf(*constant);
    key += constant->type.ToString() + " ";
    return key.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  std::string Of(const ir::Node& node) {
    // What it says when it fails is no part of a condition.
    ir::Node asked = node;
    std::erase_if(asked.arguments, [&](const ir::Argument& argument) {
      return node.outputs.empty() && argument.name == "assert_msg";
    });
    std::string key = Numbering::Attributes(asked);
    if (const auto* get = std::get_if<ir::GetAttr>(&node.op))
      key += Stored(node.outputs.at(0), get->attribute);
    if (ir::OutcomeOf(node) != ir::Outcome::kFunction && !node.outputs.empty())
      key += " like no other " + std::to_string(numbers_.size());
    for (const ir::Argument& argument : asked.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId read) {
        key += " " + std::to_string(of_value_[view_.Read(node.id, read).index]);
      });
    }
    return key;
  }

  const exec::FunctionalView& view_;
  std::map<std::string, std::size_t>& numbers_;
  std::vector<std::size_t> of_value_;
};

bool HasAny(const exec::FunctionalView& view) {
  return std::ranges::any_of(view.program().graph.nodes(), IsCondition);
}

}  // namespace

std::vector<UnprovedPart> CompareConditions(const exec::FunctionalView& before,
                                            const exec::FunctionalView& after) {
  if (!HasAny(before) && !HasAny(after)) return {};
  std::map<std::string, std::size_t> numbers;
  const Conditions b = Keys(before, numbers).All();
  const Conditions a = Keys(after, numbers).All();
  std::vector<UnprovedPart> out;
  const auto tell = [&](const Conditions& of, const Conditions& other, const char* program) {
    for (const auto& [key, condition] : of) {
      if (other.contains(key)) continue;
      out.push_back({condition.node, "the program " + std::string(program) +
                                         " alone raises on inputs that do not hold " +
                                         condition.what});
    }
  };
  tell(b, a, "before");
  tell(a, b, "after");
  return out;
}

}  // namespace foldproof::prove
