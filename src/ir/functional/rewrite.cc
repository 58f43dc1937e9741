// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/rewrite.h"

#include <algorithm>
#include <map>
#include <utility>

#include "src/ir/functional/current_values.h"
#include "src/ir/functional/effect.h"
#include "src/ir/functional/op_lists.h"
#include "src/ir/functional/out_of_place.h"
#include "src/ir/functional/stored_layout.h"

namespace foldproof::ir {
namespace {

// One walk over the original, node by node. Contents of windows that a write has made stale are
// made again where somebody reads them.
class Rewriter {
 public:
  Rewriter(const Program& original, bool stored_at_start)
      : from_(original),
        stored_at_start_(stored_at_start),
        values_(original.graph, out_.graph),
        memories_(values_.memories()) {
    out_.form = original.form;
    out_.is_functional = true;
    out_.input_tree = original.input_tree;
    out_.output_tree = original.output_tree;
    out_.size_ranges = original.size_ranges;
    out_.guards = original.guards;
    out_.fixed_inputs = original.fixed_inputs;
    out_.constants = original.constants;
    out_.storages = original.storages;
  }

  Rewritten Run() {
    AddInputs();
    for (const Node& node : from_.graph.nodes()) Visit(node);
    WriteStates();
    std::vector<ValueId> at_end = values_.made();
    std::vector<ArgumentValue> outputs;
    for (std::size_t i = 0; i < from_.graph.outputs().size(); ++i) {
      ForEachRead(from_.graph.outputs()[i], [&](ValueId v) { at_end[v.index] = Returned(i, v); });
      outputs.push_back(
          Renumbered(from_.graph.outputs()[i], [&](ValueId v) { return at_end[v.index]; }));
      if (i < from_.outputs.size()) out_.outputs.push_back(SpecOf(i, outputs.back()));
    }
    AddStates(outputs);
    out_.lies_like = std::move(values_.lies_like());
    out_.graph.SetOutputs(std::move(outputs));
    return {std::move(out_), std::move(values_.made()), std::move(at_end)};
  }

 private:
  std::optional<std::uint32_t>& WindowOf(ValueId original) { return values_.WindowOf(original); }
  ValueId Read(ValueId original) { return values_.Read(original); }
  std::vector<Argument> ReadArguments(const Node& node) { return values_.ReadArguments(node); }
  ValueId Content(std::uint32_t window) { return values_.Content(window); }

  void AddInputs() {
    for (const InputSpec& spec : from_.inputs) {
      const Value& value = from_.graph.value(spec.value);
      values_.Made(spec.value) = out_.graph.AddInput(value.name, value.type);
      out_.inputs.push_back(spec);
      out_.inputs.back().value = values_.Made(spec.value);
      if (!value.type) continue;
      if (spec.kind == InputSpec::Kind::kUserInput) {
        WindowOf(spec.value) = memories_.AddRoot(spec.value, values_.Made(spec.value));
      } else {
        AddConstant(spec.value, spec.target);
      }
    }
  }

  // Constants of one storage may share memory; those of one name, and of one place in it, do.
  void AddConstant(ValueId value, const std::string& name) {
    const auto known = constants_.find(name);
    if (known != constants_.end()) {
      WindowOf(value) = known->second;
      return;
    }
    const Constant& constant = from_.constants.at(name);
    for (const auto& [other, window] : constants_) {
      if (IsSameTensor(constant, from_.constants.at(other))) WindowOf(value) = window;
    }
    if (!WindowOf(value)) {
      WindowOf(value) = memories_.AddRoot(value, values_.Made(value));
      memories_.window(*WindowOf(value)).row_major = IsRowMajor(constant);
      for (const auto& [other, window] : constants_) {
        if (from_.constants.at(other).storage == constant.storage) {
          memories_.MayShare(*WindowOf(value), window);
        }
      }
    }
    constants_.emplace(name, *WindowOf(value));
  }

  // --- what is written ---

  // Appends `node` under its own names.
  void Keep(const Node& node, std::string target, std::vector<Argument> arguments) {
    CurrentValues::Results results;
    for (const ValueId made : node.outputs) {
      results.emplace_back(from_.graph.value(made).name, from_.graph.value(made).type);
    }
    const NodeId id =
        out_.graph.Append(node.name, std::move(target), std::move(arguments), std::move(results));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      values_.Made(node.outputs[i]) = out_.graph.node(id).outputs[i];
    }
  }

  void AddRoots(const Node& node) {
    for (const ValueId made : node.outputs) {
      if (!from_.graph.value(made).type) continue;
      WindowOf(made) = memories_.AddRoot(made, values_.Made(made));
    }
  }

  void Visit(const Node& node) {
    const Effect effect = EffectOf(from_.graph, node);
    switch (effect.kind) {
      case Effect::Kind::kFresh:
        Keep(node, node.target, ReadArguments(node));
        if (const auto* get = std::get_if<GetAttr>(&node.op))
          AddConstant(node.outputs.at(0), get->attribute);
        else
          AddRoots(node);
        return;
      case Effect::Kind::kView: return View(node, effect);
      case Effect::Kind::kWrites:
        return CanWrite(node, effect) ? Write(node, effect) : DoAnything(node, true);
      case Effect::Kind::kShares: return DoAnything(node, false);
      case Effect::Kind::kUnlisted: return DoAnything(node, true);
    }
  }

  void View(const Node& node, const Effect& effect) {
    Keep(node, node.target, ReadArguments(node));
    const auto base = WindowOf(effect.viewed);
    if (!base) return AddRoots(node);
    const bool row_major = memories_.window(*base).row_major;
    const bool keeps_order =
        std::holds_alternative<Reshape>(node.op) || std::holds_alternative<Copy>(node.op);
    // Views of views are followed so far and no further.
    constexpr int kDeepest = 256;
    const bool too_deep = memories_.window(*base).depth >= kDeepest;
    if (too_deep || (effect.may_copy && !(row_major && keeps_order))) {
      AddRoots(node);
      for (const ValueId made : node.outputs) {
        if (WindowOf(made)) memories_.MayShare(*WindowOf(made), *base);
      }
      return;
    }
    for (std::uint32_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId made = node.outputs[i];
      WindowOf(made) = memories_.AddView(*base, node, i, values_.Made(made));
      memories_.window(*WindowOf(made)).row_major = row_major && keeps_order;
    }
  }

  // An operator on no list: what its operands hold afterwards is unknown if it `may_write`, and its
  // results may share memory with them and with each other.
  void DoAnything(const Node& node, bool may_write) {
    Keep(node, node.target, ReadArguments(node));
    AddRoots(node);
    std::vector<std::uint32_t> near;
    for (const Argument& argument : node.arguments) {
      ForEachRead(argument.value, [&](ValueId id) {
        if (WindowOf(id)) near.push_back(*WindowOf(id));
      });
    }
    for (const std::uint32_t window : near) {
      if (!may_write) break;
      memories_.Lose(window, node.target + " may write into it");
    }
    for (const ValueId made : node.outputs) {
      if (WindowOf(made)) near.push_back(*WindowOf(made));
    }
    for (std::size_t i = 1; i < near.size(); ++i) memories_.MayShare(near[0], near[i]);
  }

  // No two of what is written, and nothing else that is read, may overlap other than wholly.
  bool CanWrite(const Node& node, const Effect& effect) {
    std::vector<std::uint32_t> written;
    for (const ValueId id : effect.written) {
      if (!WindowOf(id)) return false;
      written.push_back(*WindowOf(id));
    }
    bool can = true;
    for (std::size_t i = 0; i < written.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) can &= !MayOverlap(written[i], written[j]);
      for (const Argument& argument : node.arguments) {
        ForEachRead(argument.value, [&](ValueId id) {
          if (WindowOf(id) && *WindowOf(id) != written[i])
            can &= !MayOverlap(written[i], *WindowOf(id));
        });
      }
    }
    return can;
  }

  bool MayOverlap(std::uint32_t a, std::uint32_t b) {
    return memories_.window(a).memory == memories_.window(b).memory ||
           memories_.MemoryOf(a).may_share.contains(memories_.window(b).memory);
  }

  void Write(const Node& node, const Effect& effect) {
    // What a write goes back into is known as of now.
    for (const ValueId id : effect.written) {
      for (auto window = WindowOf(id); window; window = memories_.window(*window).parent) {
        if (memories_.MemoryOf(*window).version > 0) Content(*window);
      }
    }
    std::vector<Argument> arguments = ReadArguments(node);
    if (effect.written.size() == 1 && effect.returns_written && !IsOutOverload(node)) {
      return InPlace(node, effect.written[0], std::move(arguments));
    }
    if (!effect.returns_written) {
      Keep(node, node.target, arguments);
      AddRoots(node);
    }
    for (std::size_t i = 0; i < effect.written.size(); ++i) {
      std::vector<Argument> call{{"call", node.target, false},
                                 {"written", static_cast<std::int64_t>(i), false}};
      call.insert(call.end(), arguments.begin(), arguments.end());
      const ValueId content = values_.Append(node.name, kWrittenTarget, std::move(call),
                                             {{"", from_.graph.value(effect.written[i]).type}})[0];
      Left(*WindowOf(effect.written[i]), content, node.target);
      if (!effect.returns_written) continue;
      values_.Made(node.outputs[i]) = content;
      WindowOf(node.outputs[i]) = WindowOf(effect.written[i]);
    }
  }

  static bool IsOutOverload(const Node& node) {
    return node.Find("out") != nullptr ||
           !ListedName(node.target).substr(0, ListedName(node.target).find('.')).ends_with("_");
  }

  void InPlace(const Node& node, ValueId operand, std::vector<Argument> arguments) {
    const std::string_view name = ListedName(node.target);
    const auto& type = from_.graph.value(operand).type;
    const auto* source =
        node.Find("src") == nullptr ? nullptr : std::get_if<ValueId>(node.Find("src"));
    if (name == "zero_.default") {
      Keep(node, "aten.zeros_like.default", {arguments[0]});
    } else if (name == "fill_.Scalar" && arguments.size() == 2) {
      Keep(node, "aten.full_like.default",
           {arguments[0], {"fill_value", arguments[1].value, false}});
    } else if (name == "copy_.default" && source != nullptr && type && type->is_static() &&
               from_.graph.value(*source).type == type) {
      Keep(node, "aten.clone.default", {{"self", arguments[1].value, false}});
    } else if (auto twin = OutOfPlace(from_.graph, node)) {
      Keep(node, *std::move(twin), std::move(arguments));
    } else {
      Keep(node, node.target, std::move(arguments));
    }
    const ValueId made = node.outputs[0];
    WindowOf(made) = WindowOf(operand);
    Left(*WindowOf(operand), values_.Made(made), node.target);
  }

  void Left(std::uint32_t window, ValueId content, const std::string& writer) {
    values_.Leave(window, content);
    memories_.Write(window, content, writer);
  }

  // --- the end ---

  // The window of the buffer or input that output `i` updates.
  std::optional<std::uint32_t> UpdatedBy(std::size_t i) {
    if (i >= from_.outputs.size()) return std::nullopt;
    const OutputSpec& spec = from_.outputs[i];
    if (spec.kind == OutputSpec::Kind::kBufferMutation) {
      const auto known = constants_.find(spec.target);
      return known == constants_.end() ? std::nullopt : std::optional(known->second);
    }
    if (spec.kind != OutputSpec::Kind::kUserInputMutation) return std::nullopt;
    for (const InputSpec& input : from_.inputs) {
      const bool user = input.kind == InputSpec::Kind::kUserInput;
      if (user && from_.graph.value(input.value).name == spec.target) return WindowOf(input.value);
    }
    return std::nullopt;
  }

  // ExportedProgram.module() writes the new states with copy_ behind all nodes, in the order of the
  // outputs, and only then returns: what shows the memory of a state shows the new one.
  void WriteStates() {
    for (std::size_t i = 0; i < from_.graph.outputs().size(); ++i) {
      const auto window = UpdatedBy(i);
      const auto* source = std::get_if<ValueId>(&from_.graph.outputs()[i]);
      if (!window || source == nullptr) continue;
      const Value& state = from_.graph.value(memories_.window(*window).original);
      const ValueId content = Read(*source);
      state_of_[source->index] = *window;
      if (state.type != from_.graph.value(*source).type) {
        memories_.Lose(*window, "a value of another type is written into it at the end");
      } else if (IsShownAtEnd(*window, *source)) {
        const ValueId copy = values_.Append(state.name, "aten.clone.default",
                                            {{"self", content, false}}, {{"", state.type}})[0];
        Left(*window, copy, "the update of " + state.name + " at the end");
      } else {
        memories_.Write(*window, content, "the update of " + state.name + " at the end");
      }
    }
  }

  // Whether an output other than `source` itself may show memory of `window`.
  bool IsShownAtEnd(std::uint32_t window, ValueId source) {
    bool shown = false;
    for (const ArgumentValue& output : from_.graph.outputs()) {
      ForEachRead(output, [&](ValueId v) {
        shown |= v != source && WindowOf(v) && MayOverlap(*WindowOf(v), window);
      });
    }
    return shown;
  }

  // What output `i`, which is `value`, holds when the program returns. A value that a state was
  // written from is returned as the tensor of that state.
  ValueId Returned(std::size_t i, ValueId value) {
    if (const auto window = UpdatedBy(i)) return Content(*window);
    const auto state = state_of_.find(value.index);
    return state == state_of_.end() ? Read(value) : Content(state->second);
  }

  // The signature of output `i`, which follows the value where it named it.
  OutputSpec SpecOf(std::size_t i, const ArgumentValue& now) const {
    OutputSpec spec = from_.outputs[i];
    const auto* was = std::get_if<ValueId>(&from_.graph.outputs()[i]);
    const auto* is = std::get_if<ValueId>(&now);
    if (was != nullptr && is != nullptr && spec.name == from_.graph.value(*was).name) {
      spec.name = out_.graph.value(*is).name;
    }
    return spec;
  }

  // What the program leaves in memory of its own and its caller's.
  void AddStates(std::vector<ArgumentValue>& outputs) {
    std::set<std::string> told;
    for (const OutputSpec& spec : out_.outputs) {
      if (spec.kind == OutputSpec::Kind::kUserOutput) continue;
      told.insert(spec.target);
      if (!stored_at_start_) out_.updated.insert(spec.target);
    }
    const auto add = [&](std::uint32_t window, OutputSpec::Kind kind, const std::string& target) {
      if (memories_.MemoryOf(window).version == 0) return;
      if (kind == OutputSpec::Kind::kBufferMutation && !stored_at_start_) {
        out_.updated.insert(target);
      }
      if (told.contains(target)) return;
      const ValueId left = Content(window);
      outputs.emplace_back(left);
      out_.outputs.push_back({kind, out_.graph.value(left).name, target});
    };
    for (const auto& [name, window] : constants_) {
      add(window, OutputSpec::Kind::kBufferMutation, name);
    }
    for (const InputSpec& spec : from_.inputs) {
      if (spec.kind != InputSpec::Kind::kUserInput || !WindowOf(spec.value)) continue;
      add(*WindowOf(spec.value), OutputSpec::Kind::kUserInputMutation,
          from_.graph.value(spec.value).name);
    }
  }

  const Program& from_;
  bool stored_at_start_;
  Program out_;
  CurrentValues values_;
  Memories& memories_;
  std::map<std::string, std::uint32_t> constants_;  // windows by qualified name
  std::map<std::uint32_t, std::uint32_t>
      state_of_;  // by value: the window it was written into last
};

}  // namespace

bool HasEffects(const Program& program) {
  for (const OutputSpec& spec : program.outputs) {
    if (spec.kind != OutputSpec::Kind::kUserOutput) return true;
  }
  return std::ranges::any_of(program.graph.nodes(), [&](const Node& node) {
    const Effect effect = EffectOf(program.graph, node);
    return effect.kind == Effect::Kind::kWrites || effect.kind == Effect::Kind::kUnlisted;
  });
}

Rewritten MakeFunctional(const Program& original, bool stored_at_start) {
  return Rewriter(original, stored_at_start).Run();
}

}  // namespace foldproof::ir
