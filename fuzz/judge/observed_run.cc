// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/observed_run.h"

#include <algorithm>

#include "fuzz/judge/sketch.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

using Output = ir::OutputSpec::Kind;

bool MayWriteAs(const ir::Node& node) {
  const std::string& target = node.target;
  const std::size_t overload = target.rfind('.');
  if (overload == std::string::npos || overload == 0) return false;
  if (target[overload - 1] == '_') return true;
  if (target.find("foreach") != std::string::npos || target.ends_with("out")) return true;
  if (target.find("noise") != std::string::npos) return true;
  const auto* training = node.Find("training");
  if (training != nullptr && std::holds_alternative<bool>(*training)) {
    return std::get<bool>(*training);
  }
  return !target.starts_with("aten.") && !target.starts_with("quantized_decomposed.") &&
         target != "get_attr";
}

// The values are numbered as they were, if `program` came out of a sketch.
ir::Program WithStateReturned(const ir::Program& program,
                              std::map<std::string, ir::ValueId>& state) {
  Sketch sketch(program);
  std::size_t inputs = 0;
  for (const ir::InputSpec& spec : program.inputs) {
    const bool is_users = spec.kind == ir::InputSpec::Kind::kUserInput;
    const std::string name = is_users ? "input " + std::to_string(inputs++) : spec.target;
    if (!program.graph.value(spec.value).type) continue;
    state.emplace(name, spec.value);
    sketch.outputs.push_back(spec.value);
    sketch.shell.outputs.push_back({Output::kOther, "", ""});
  }
  return sketch.Finish();
}

// Old libtorchs divide by the size of an empty batch, which ends the process.
void RefuseEmpty(const ir::Program& program) {
  for (const ir::Value& value : program.graph.values()) {
    if (!value.type || !value.type->is_static()) continue;
    if (value.type->element_count() != 0) continue;
    throw Error(Error::Code::kInput, value.name, "a tensor without elements, which is not run");
  }
}

}  // namespace

bool MayWrite(const ir::Program& program) {
  return std::ranges::any_of(program.graph.nodes(), MayWriteAs) ||
         std::ranges::any_of(program.outputs, [](const ir::OutputSpec& spec) {
           return spec.kind != Output::kUserOutput;
         });
}

ObservedProgram::ObservedProgram(const ir::Program& program, exec::Executor& executor,
                                 const std::set<ir::ValueId>& fixed)
    : executor_(executor), fixed_(fixed) {
  RefuseEmpty(program);
  program_ = MayWrite(program) ? WithStateReturned(program, state_) : program;
  for (const ir::ArgumentValue& output : program_.graph.outputs()) {
    if (const auto* id = std::get_if<ir::ValueId>(&output)) fetch_.push_back(*id);
  }
  // A writer runs, whoever reads what it writes.
  for (const ir::Node& node : program_.graph.nodes()) {
    if (!MayWriteAs(node)) continue;
    for (const ir::ValueId id : node.outputs) {
      if (!fixed_.contains(id)) fetch_.push_back(id);
    }
  }
  std::set<ir::ValueId> fed = fixed_;
  for (const ir::ValueId id : program_.UserInputs()) fed.insert(id);
  prepared_ = executor_.Prepare(program_, fed, fetch_);
}

exec::Tensors ObservedProgram::Feeds(const std::vector<exec::Tensor>& inputs,
                                     const exec::Tensors& fixed) const {
  exec::Tensors feeds = fixed;
  const std::vector<ir::ValueId> ids = program_.UserInputs();
  for (std::size_t i = 0; i < ids.size(); ++i) feeds.emplace(ids[i], inputs.at(i));
  return feeds;
}

Seen ObservedProgram::Call(const std::vector<exec::Tensor>& inputs, const exec::Tensors& fixed) {
  const exec::Tensors values = prepared_->Run(Feeds(inputs, fixed));
  Seen seen;
  for (const auto& [name, id] : state_) seen.state.emplace(name, values.at(id));
  for (std::size_t i = 0; i < program_.outputs.size(); ++i) {
    const auto* id = std::get_if<ir::ValueId>(&program_.graph.outputs()[i]);
    const ir::OutputSpec& spec = program_.outputs[i];
    if (id == nullptr || spec.kind == Output::kOther) continue;
    if (spec.kind == Output::kUserOutput) {
      seen.outputs.push_back(values.at(*id));
      seen.index.push_back(i);
    } else if (spec.kind == Output::kBufferMutation) {
      seen.state.insert_or_assign(spec.target, values.at(*id));
    }
  }
  return seen;
}

exec::Tensors ObservedProgram::Values(const std::vector<exec::Tensor>& inputs,
                                      const exec::Tensors& fixed,
                                      const std::vector<ir::ValueId>& wanted) {
  std::set<ir::ValueId> fed;
  const exec::Tensors feeds = Feeds(inputs, fixed);
  for (const auto& [id, tensor] : feeds) fed.insert(id);
  std::vector<ir::ValueId> fetch = fetch_;
  fetch.insert(fetch.end(), wanted.begin(), wanted.end());
  std::erase_if(fetch, [&](ir::ValueId id) { return fixed.contains(id); });
  return executor_.Prepare(program_, fed, fetch)->Run(feeds);
}

std::map<std::string, exec::Tensor> StateBefore(const ir::Program& program) {
  std::map<std::string, exec::Tensor> out;
  for (const auto& [name, constant] : program.constants) {
    out.emplace(
        name, exec::Tensor{constant.type.dtype, constant.type.sizes(), program.BytesOf(constant)});
  }
  return out;
}

}  // namespace foldproof::fuzz
