// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/blind_spots.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <string_view>

#include "fuzz/judge/change_spots.h"

namespace foldproof::fuzz::blind {
namespace {

using Accepts = std::function<bool(const Sketch&, const SketchNode&)>;

bool IsOneOf(std::string_view target, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view name) {
    return target.starts_with("aten." + std::string(name) + ".");
  });
}

const ir::ValueId* FirstOperand(const SketchNode& node) {
  return node.arguments.empty() ? nullptr : std::get_if<ir::ValueId>(&node.arguments.front().value);
}

bool KeepsType(const Sketch& sketch, const SketchNode& node) {
  const ir::ValueId* self = FirstOperand(node);
  return self != nullptr && node.outputs.size() == 1 &&
         sketch.value(*self).type == sketch.value(node.outputs[0]).type;
}

// Readers of what these nodes make read their first operand instead.
bool TakeOut(Sketch& sketch, const Accepts& accepts) {
  bool any = false;
  for (std::size_t n = 0; n < sketch.nodes.size();) {
    const SketchNode node = sketch.nodes[n];
    if (!accepts(sketch, node)) {
      ++n;
      continue;
    }
    for (const ir::ValueId made : node.outputs) {
      for (const SketchUse& use : sketch.UsesOf(made)) {
        sketch.Redirect(use, made, *FirstOperand(node));
      }
    }
    sketch.nodes.erase(sketch.nodes.begin() + static_cast<std::ptrdiff_t>(n));
    any = true;
  }
  return any;
}

bool IsInPlace(const SketchNode& node) {
  const std::size_t overload = node.target.rfind('.');
  return overload != std::string::npos && overload > 1 && node.target[overload - 1] == '_' &&
         node.target[overload - 2] != '_' && FirstOperand(node) != nullptr &&
         node.outputs.size() == 1;
}

// The value that in-place `node` writes into, followed back through one operator of `views`.
bool WritesThrough(const Sketch& sketch, const SketchNode& node,
                   std::initializer_list<std::string_view> views) {
  if (!IsInPlace(node)) return false;
  const auto producer = sketch.ProducerOf(*FirstOperand(node));
  return producer && IsOneOf(sketch.nodes[*producer].target, views);
}

// Sets every argument of that name; whether one was another.
bool SetAll(Sketch& sketch, std::string_view name, const ir::ArgumentValue& value,
            const Accepts& accepts) {
  bool any = false;
  for (SketchNode& node : sketch.nodes) {
    ir::ArgumentValue* argument = FindArgument(node, name);
    if (argument == nullptr || *argument == value || !accepts(sketch, node)) continue;
    if (argument->index() != value.index()) continue;
    *argument = value;
    any = true;
  }
  return any;
}

bool Any(const Sketch&, const SketchNode&) { return true; }

template <typename Change>
bool ChangeFloats(std::vector<std::byte>& bytes, Change&& change) {
  std::vector<float> elements(bytes.size() / sizeof(float));
  std::memcpy(elements.data(), bytes.data(), elements.size() * sizeof(float));
  const std::vector<float> old = elements;
  change(elements);
  std::memcpy(bytes.data(), elements.data(), elements.size() * sizeof(float));
  return std::memcmp(old.data(), elements.data(), elements.size() * sizeof(float)) != 0;
}

}  // namespace

bool Moves(Sketch& sketch) {
  return TakeOut(sketch, [](const Sketch& s, const SketchNode& node) {
    return KeepsType(s, node) && IsOneOf(node.target, {"transpose", "permute", "flip", "roll",
                                                       "swapaxes", "transpose_copy"});
  });
}

bool Strides(Sketch& sketch) {
  return TakeOut(sketch, [](const Sketch& s, const SketchNode& node) {
    return KeepsType(s, node) && IsOneOf(node.target, {"as_strided", "_reshape_alias"});
  });
}

bool MemoryFormats(Sketch& sketch) {
  return TakeOut(sketch, [](const Sketch& s, const SketchNode& node) {
    return KeepsType(s, node) && IsOneOf(node.target, {"clone", "contiguous"});
  });
}

bool ListOrder(Sketch& sketch) {
  bool any = false;
  for (SketchNode& node : sketch.nodes) {
    if (!IsOneOf(node.target, {"cat"})) continue;
    auto* list = std::get_if<std::vector<ir::ValueId>>(&node.arguments.front().value);
    if (list == nullptr) continue;
    const auto by_name = [&](ir::ValueId id) { return sketch.value(id).name; };
    const std::vector<ir::ValueId> old = *list;
    std::ranges::stable_sort(*list, {}, by_name);
    any |= old != *list;
  }
  return any;
}

bool WritesThroughViews(Sketch& sketch) {
  return TakeOut(sketch, [](const Sketch& s, const SketchNode& node) {
    return WritesThrough(s, node,
                         {"view", "reshape", "flatten", "unsqueeze", "select", "slice", "transpose",
                          "permute", "expand", "detach", "alias"});
  });
}

bool WritesThroughSplits(Sketch& sketch) {
  return TakeOut(sketch, [](const Sketch& s, const SketchNode& node) {
    return WritesThrough(s, node, {"split", "chunk", "unbind", "split_with_sizes"});
  });
}

bool WritesThroughAliases(Sketch& sketch) {
  return TakeOut(sketch, [](const Sketch& s, const SketchNode& node) {
    return WritesThrough(s, node,
                         {"real", "positive", "conj", "to", "contiguous", "type_as", "dropout",
                          "feature_dropout", "alpha_dropout", "sum_to_size"});
  });
}

bool WritesIntoConstants(Sketch& sketch) {
  return TakeOut(sketch, [](const Sketch& s, const SketchNode& node) {
    if (!IsInPlace(node)) return false;
    const ir::InputSpec* spec = s.SpecOf(*FirstOperand(node));
    return spec != nullptr && spec->kind != ir::InputSpec::Kind::kUserInput;
  });
}

bool ListWriters(Sketch& sketch) {
  return std::erase_if(sketch.nodes, [](const SketchNode& node) {
           return node.target.find("_foreach_") != std::string::npos && node.outputs.empty();
         }) > 0;
}

bool OutArguments(Sketch& sketch) {
  return TakeOut(sketch, [](const Sketch&, const SketchNode& node) {
    return FindArgument(node, "out") != nullptr && FirstOperand(node) != nullptr;
  });
}

bool OddWriters(Sketch& sketch) {
  return TakeOut(sketch, [](const Sketch&, const SketchNode& node) {
    const std::size_t overload = node.target.rfind('.');
    const bool is_operator = overload > 1 && overload != std::string::npos &&
                             node.target[overload - 1] == '_' && node.target[overload - 2] == '_';
    return FirstOperand(node) != nullptr &&
           (is_operator || IsOneOf(node.target, {"rrelu_with_noise"}));
  });
}

bool BufferUpdates(Sketch& sketch) {
  bool any = false;
  for (std::size_t i = sketch.outputs.size(); i-- > 0;) {
    if (sketch.shell.outputs[i].kind != ir::OutputSpec::Kind::kBufferMutation) continue;
    sketch.outputs.erase(sketch.outputs.begin() + static_cast<std::ptrdiff_t>(i));
    sketch.shell.outputs.erase(sketch.shell.outputs.begin() + static_cast<std::ptrdiff_t>(i));
    any = true;
  }
  return any;
}

bool OutputOrder(Sketch& sketch) {
  const std::vector<ir::ArgumentValue> old = sketch.outputs;
  const auto name = [&](const ir::ArgumentValue& output) {
    const auto* id = std::get_if<ir::ValueId>(&output);
    return id == nullptr ? std::string() : sketch.value(*id).name;
  };
  const bool only_users = std::ranges::all_of(sketch.shell.outputs, [](const auto& spec) {
    return spec.kind == ir::OutputSpec::Kind::kUserOutput;
  });
  if (!only_users) return false;
  std::ranges::stable_sort(sketch.outputs, {}, name);
  return old != sketch.outputs;
}

bool LaterOutputs(Sketch& sketch) {
  bool first = true, any = false;
  for (std::size_t i = 0; i < sketch.outputs.size();) {
    const bool is_users = sketch.shell.outputs[i].kind == ir::OutputSpec::Kind::kUserOutput;
    if (!is_users || first) {
      first &= !is_users;
      ++i;
      continue;
    }
    sketch.outputs.erase(sketch.outputs.begin() + static_cast<std::ptrdiff_t>(i));
    sketch.shell.outputs.erase(sketch.shell.outputs.begin() + static_cast<std::ptrdiff_t>(i));
    any = true;
  }
  return any;
}

bool Training(Sketch& sketch) { return SetAll(sketch, "training", false, Any); }

bool Randomness(Sketch& sketch) {
  bool any = SetAll(sketch, "train", false, Any) || SetAll(sketch, "training", false, Any);
  for (SketchNode& node : sketch.nodes) {
    if (!IsOneOf(node.target, {"rand_like", "randn_like", "empty_like"})) continue;
    node.target = "aten.zeros_like.default";
    any = true;
  }
  return any;
}

bool Eps(Sketch& sketch) { return SetAll(sketch, "eps", 1e-5, Any); }

bool GammaSign(Sketch& sketch) {
  bool any = false;
  for (const SketchNode& node : sketch.nodes) {
    if (node.target.find("batch_norm") == std::string::npos) continue;
    const auto* weight = FindArgument(node, "weight");
    const auto* id = weight == nullptr ? nullptr : std::get_if<ir::ValueId>(weight);
    auto* bytes = id == nullptr ? nullptr : sketch.BytesOf(*id);
    if (bytes == nullptr || !IsFloat32(*sketch.value(*id).type)) continue;
    any |= ChangeFloats(*bytes, [](std::vector<float>& elements) {
      for (float& x : elements) x = std::fabs(x);
    });
  }
  return any;
}

bool Parameters(Sketch& sketch) {
  bool any = SetAll(sketch, "approximate", std::string("none"), Any);
  for (const std::string_view name : {"alpha", "negative_slope", "beta"}) {
    any |= SetAll(sketch, name, 1.0, Any);
  }
  return any;
}

bool CodeRanges(Sketch& sketch) {
  bool any = false;
  for (const ir::ScalarType type : {ir::ScalarType::kInt8, ir::ScalarType::kUInt8}) {
    const auto of_type = [&](const Sketch&, const SketchNode& node) {
      const auto* dtype = FindArgument(node, "dtype");
      return dtype != nullptr && *dtype == ir::ArgumentValue(type);
    };
    any |= SetAll(sketch, "quant_min", ir::LowestOf(type), of_type);
    any |= SetAll(sketch, "quant_max", ir::HighestOf(type), of_type);
  }
  return any;
}

bool ZeroPoints(Sketch& sketch) { return SetAll(sketch, "zero_point", std::int64_t{0}, Any); }

bool Casts(Sketch& sketch) {
  bool any = false;
  for (const SketchNode& node : sketch.nodes) {
    if (!IsOneOf(node.target, {"to"}) || node.outputs.size() != 1) continue;
    const ir::ValueId* narrow = FirstOperand(node);
    const auto producer = narrow == nullptr ? std::nullopt : sketch.ProducerOf(*narrow);
    if (!producer || !IsOneOf(sketch.nodes[*producer].target, {"to"})) continue;
    const ir::ValueId* wide = FirstOperand(sketch.nodes[*producer]);
    if (wide == nullptr || sketch.value(*wide).type != sketch.value(node.outputs[0]).type) continue;
    const ir::ValueId from = node.outputs[0], to = *wide;
    for (const SketchUse& use : sketch.UsesOf(from)) sketch.Redirect(use, from, to);
    any = true;
  }
  return any;
}

bool OperandOrder(Sketch& sketch) {
  bool any = false;
  for (SketchNode& node : sketch.nodes) {
    if (!IsOneOf(node.target, {"sub", "div", "add", "mul"})) continue;
    auto *self = FindArgument(node, "self"), *other = FindArgument(node, "other");
    if (self == nullptr || other == nullptr) continue;
    const auto *a = std::get_if<ir::ValueId>(self), *b = std::get_if<ir::ValueId>(other);
    if (a == nullptr || b == nullptr || sketch.value(*a).type != sketch.value(*b).type) continue;
    if (sketch.value(*b).name >= sketch.value(*a).name) continue;
    std::swap(*self, *other);
    any = true;
  }
  return any;
}

bool LastElements(Sketch& sketch) {
  bool any = false;
  for (const auto& [name, constant] : sketch.shell.constants) {
    if (!IsFloat32(constant.type) || constant.type.element_count().value_or(0) < 2) continue;
    if (constant.offset != 0) continue;
    any |= ChangeFloats(sketch.shell.storages.Change(constant.storage),
                        [](std::vector<float>& elements) { elements.back() = elements.front(); });
  }
  return any;
}

bool Axes(Sketch& sketch) { return SetAll(sketch, "dim", std::int64_t{0}, Any); }

}  // namespace foldproof::fuzz::blind
