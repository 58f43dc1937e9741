// SPDX-License-Identifier: BSD-3-Clause
//
// What the caller sees besides numbers: inputs and outputs, their order, and what a call leaves in
// buffers. Names of outputs are no part of a graph: kind "keys-exchanged" of PairDraw.
#include <algorithm>

#include "fuzz/judge/change_spots.h"

namespace foldproof::fuzz {
namespace {

using Output = ir::OutputSpec::Kind;

std::vector<std::size_t> OutputsOf(const Sketch& sketch, Output kind) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < sketch.shell.outputs.size(); ++i) {
    const bool tensor = std::holds_alternative<ir::ValueId>(sketch.outputs[i]);
    if (tensor && sketch.shell.outputs[i].kind == kind) out.push_back(i);
  }
  return out;
}

bool ExchangeOutputs(Sketch& sketch, Chooser& chooser) {
  const auto outputs = OutputsOf(sketch, Output::kUserOutput);
  if (outputs.size() < 2) return false;
  const std::size_t a = chooser.Below(outputs.size() - 1);
  const std::size_t b = a + 1 + chooser.Below(outputs.size() - 1 - a);
  if (sketch.outputs[outputs[a]] == sketch.outputs[outputs[b]]) return false;
  std::swap(sketch.outputs[outputs[a]], sketch.outputs[outputs[b]]);
  return true;
}

bool RepeatOutput(Sketch& sketch, Chooser& chooser) {
  const auto outputs = OutputsOf(sketch, Output::kUserOutput);
  if (outputs.size() < 2) return false;
  const std::size_t a = chooser.Of(outputs), b = chooser.Of(outputs);
  if (sketch.outputs[a] == sketch.outputs[b]) return false;
  sketch.outputs[a] = sketch.outputs[b];
  return true;
}

bool AddOutput(Sketch& sketch, Chooser& chooser) {
  const auto value = PickValue(sketch, chooser, ActiveValues(sketch, IsAnyNumber));
  if (!value) return false;
  sketch.outputs.push_back(*value);
  sketch.shell.outputs.push_back({Output::kUserOutput, sketch.value(*value).name, ""});
  return true;
}

bool DropOutput(Sketch& sketch, Chooser& chooser) {
  const auto outputs = OutputsOf(sketch, Output::kUserOutput);
  if (outputs.size() < 2) return false;
  const auto at = static_cast<std::ptrdiff_t>(chooser.Of(outputs));
  sketch.outputs.erase(sketch.outputs.begin() + at);
  sketch.shell.outputs.erase(sketch.shell.outputs.begin() + at);
  return true;
}

std::vector<std::size_t> UserInputs(const Sketch& sketch) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < sketch.shell.inputs.size(); ++i) {
    if (sketch.shell.inputs[i].kind == ir::InputSpec::Kind::kUserInput) out.push_back(i);
  }
  return out;
}

// A second input of the first one's type, which is added to it.
bool AddInput(Sketch& sketch, Chooser& chooser) {
  const auto inputs = UserInputs(sketch);
  if (inputs.empty()) return false;
  const ir::ValueId x = sketch.shell.inputs[inputs[0]].value;
  if (!sketch.value(x).type || !IsFloat32(*sketch.value(x).type)) return false;
  const ir::TensorType type = *sketch.value(x).type;
  const std::vector<SketchUse> uses = sketch.UsesOf(x);
  const ir::ValueId y = sketch.AddUserInput("y", type);
  const char* const targets[] = {"aten.sub.Tensor", "aten.add.Tensor", "aten.maximum.default"};
  const ir::ValueId both =
      sketch.InsertOne(0, targets[chooser.Below(3)], {{"self", x}, {"other", y}}, type);
  for (const SketchUse& use : uses) {
    sketch.Redirect({use.node + 1, use.argument}, x, both);
  }
  return true;
}

bool ExchangeInputs(Sketch& sketch, Chooser& chooser) {
  const auto inputs = UserInputs(sketch);
  if (inputs.size() < 2) return false;
  const std::size_t a = inputs[chooser.Below(inputs.size() - 1)], b = inputs.back();
  std::swap(sketch.shell.inputs[a], sketch.shell.inputs[b]);
  const auto place = [&](ir::ValueId id) { return std::ranges::find(sketch.inputs, id); };
  std::iter_swap(place(sketch.shell.inputs[a].value), place(sketch.shell.inputs[b].value));
  return true;
}

// Buffers of float32; one is made where there is none.
ir::ValueId PickBuffer(Sketch& sketch, Chooser& chooser) {
  std::vector<ir::ValueId> buffers;
  for (const ir::InputSpec& spec : sketch.shell.inputs) {
    const auto& type = sketch.value(spec.value).type;
    const bool is_buffer = spec.kind == ir::InputSpec::Kind::kBuffer;
    if (is_buffer && type && type->is_static() && IsFloat32(*type)) buffers.push_back(spec.value);
  }
  if (!buffers.empty() && chooser.Flip()) return chooser.Of(buffers);
  return sketch.AddConstant("state", ir::Constant::Kind::kBuffer,
                            TypeOf(ir::ScalarType::kFloat32, {2}), BytesOfFloats({0.5F, 2.0F}));
}

bool IsMutated(const Sketch& sketch, const std::string& target) {
  return std::ranges::any_of(sketch.shell.outputs, [&](const ir::OutputSpec& spec) {
    return spec.kind == Output::kBufferMutation && spec.target == target;
  });
}

// The buffer's new value is an output of the graph, in front of the caller's.
bool AddUpdate(Sketch& sketch, Chooser& chooser) {
  const ir::ValueId buffer = PickBuffer(sketch, chooser);
  const std::string target = sketch.SpecOf(buffer)->target;
  if (IsMutated(sketch, target)) return false;
  const ir::TensorType type = *sketch.value(buffer).type;
  ir::ArgumentValue other = 1.0;
  const auto value = PickValue(sketch, chooser, ActiveValues(sketch, IsFloat32));
  if (value && chooser.Flip()) {
    other = sketch.InsertOne(sketch.nodes.size(), "aten.amax.default", {{"self", *value}},
                             TypeOf(ir::ScalarType::kFloat32, {}));
  }
  const char* const targets[] = {"aten.add.Tensor", "aten.mul.Tensor", "aten.sub.Tensor"};
  const ir::ValueId updated = sketch.InsertOne(sketch.nodes.size(), targets[chooser.Below(3)],
                                               {{"self", buffer}, {"other", other}}, type);
  sketch.outputs.insert(sketch.outputs.begin(), updated);
  sketch.shell.outputs.insert(sketch.shell.outputs.begin(),
                              {Output::kBufferMutation, sketch.value(updated).name, target});
  return true;
}

bool DropUpdate(Sketch& sketch, Chooser& chooser) {
  const auto updates = OutputsOf(sketch, Output::kBufferMutation);
  if (updates.empty()) return false;
  const auto at = static_cast<std::ptrdiff_t>(chooser.Of(updates));
  sketch.outputs.erase(sketch.outputs.begin() + at);
  sketch.shell.outputs.erase(sketch.shell.outputs.begin() + at);
  return true;
}

// Another buffer of the same type gets what one should.
bool RetargetUpdate(Sketch& sketch, Chooser& chooser) {
  const auto updates = OutputsOf(sketch, Output::kBufferMutation);
  if (updates.empty()) return false;
  const std::size_t at = chooser.Of(updates);
  const ir::TensorType type = *sketch.value(std::get<ir::ValueId>(sketch.outputs[at])).type;
  std::vector<std::string> others;
  for (const ir::InputSpec& spec : sketch.shell.inputs) {
    const bool is_buffer = spec.kind == ir::InputSpec::Kind::kBuffer;
    if (is_buffer && sketch.value(spec.value).type == type && !IsMutated(sketch, spec.target)) {
      others.push_back(spec.target);
    }
  }
  if (others.empty()) return false;
  sketch.shell.outputs[at].target = chooser.Of(others);
  return true;
}

// What a buffer gets is another value.
bool ChangeUpdate(Sketch& sketch, Chooser& chooser) {
  const auto updates = OutputsOf(sketch, Output::kBufferMutation);
  if (updates.empty()) return false;
  const std::size_t at = chooser.Of(updates);
  const auto value = std::get<ir::ValueId>(sketch.outputs[at]);
  sketch.outputs[at] = sketch.InsertOne(sketch.nodes.size(), "aten.neg.default", {{"self", value}},
                                        *sketch.value(value).type);
  return true;
}

// A buffer is written in place, whoever reads it.
bool UpdateInPlace(Sketch& sketch, Chooser& chooser) {
  const ir::ValueId buffer = PickBuffer(sketch, chooser);
  const ir::TensorType type = *sketch.value(buffer).type;
  const std::size_t at = sketch.nodes.size() - chooser.Below(sketch.nodes.size() + 1);
  if (chooser.Flip()) {
    const ir::ValueId made =
        sketch.InsertOne(at, "aten.mul.Tensor", {{"self", buffer}, {"other", 0.5}}, type);
    sketch.InsertOne(at + 1, "aten.copy_.default", {{"self", buffer}, {"src", made}}, type);
    return true;
  }
  sketch.InsertOne(at, "aten.add_.Tensor", {{"self", buffer}, {"other", 1.0}}, type);
  return true;
}

// Batch statistics, which update the running ones.
bool ToggleTraining(Sketch& sketch, Chooser& chooser) {
  const auto norms = NodesWhere(sketch, [](const SketchNode& node) {
    const auto* training = FindArgument(node, "training");
    return training != nullptr && std::holds_alternative<bool>(*training);
  });
  if (norms.empty()) return false;
  bool& training = std::get<bool>(*FindArgument(sketch.nodes[chooser.Of(norms)], "training"));
  training = !training;
  return true;
}

}  // namespace

std::vector<ChangeKind> InterfaceChanges() {
  return {
      {"outputs-exchanged", "interface", "two outputs are exchanged", ExchangeOutputs, 6},
      {"output-repeated", "interface", "an output is returned in the place of another",
       RepeatOutput},
      {"output-added", "interface", "one more value is returned", AddOutput, 6, true},
      {"output-dropped", "interface", "an output is returned no more", DropOutput, 2},
      {"input-added", "interface", "a second input is added to the first", AddInput, 2, true},
      {"inputs-exchanged", "interface", "two inputs are exchanged", ExchangeInputs, 6},
  };
}

std::vector<ChangeKind> StateChanges() {
  return {
      {"update-added", "state", "a buffer's new value is returned for it", AddUpdate, 6, true},
      {"update-dropped", "state", "a buffer is updated no more", DropUpdate, 6},
      {"update-retargeted", "state", "another buffer gets the update", RetargetUpdate, 4},
      {"update-changed", "state", "a buffer gets another value", ChangeUpdate},
      {"update-in-place", "state", "a buffer is written in place", UpdateInPlace, 4, true},
      {"training-toggled", "state", "a batch_norm takes and updates the batch's statistics",
       ToggleTraining, 2, true},
  };
}

}  // namespace foldproof::fuzz
