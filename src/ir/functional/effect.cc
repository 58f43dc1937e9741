// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/effect.h"

#include <algorithm>
#include <string_view>

#include "src/ir/functional/op_lists.h"

namespace foldproof::ir {
namespace {

// Whether the flag `argument` is given and is false.
bool IsOff(const Node& node, std::string_view argument) {
  const ArgumentValue* value = node.Find(argument);
  const bool* truth = value == nullptr ? nullptr : std::get_if<bool>(value);
  return truth != nullptr && !*truth;
}

bool IsNone(const Node& node, std::string_view argument) {
  const ArgumentValue* value = node.Find(argument);
  return value == nullptr || std::holds_alternative<None>(*value);
}

Effect Writes(const Node& node, const std::vector<std::string>& arguments, bool returns_written) {
  Effect effect{.kind = Effect::Kind::kWrites, .viewed = {}, .written = {}};
  for (const Argument& argument : node.arguments) {
    if (std::ranges::find(arguments, argument.name) == arguments.end()) continue;
    ForEachRead(argument.value, [&](ValueId id) { effect.written.push_back(id); });
  }
  effect.returns_written = returns_written && node.outputs.size() == effect.written.size();
  return effect;
}

// Normalizing by the batch's own statistics updates the running ones, which schemas do not say.
bool UpdatesStatistics(const Node& node) {
  const bool by_batch = std::ranges::any_of(node.arguments, [](const Argument& argument) {
    const bool* truth = std::get_if<bool>(&argument.value);
    const std::string_view name = argument.name;
    return truth != nullptr && *truth &&
           (name == "training" || name == "train" || name == "use_input_stats");
  });
  if (!by_batch) return false;
  return !IsNone(node, "running_mean") || !IsNone(node, "running_var");
}

// to.dtype of a tensor that has that type already returns it; of another type it is a conversion.
Effect CastEffect(const Graph& graph, const Cast& cast) {
  const auto& from = graph.value(cast.input).type;
  if (from && from->dtype != cast.dtype) return {};
  return {.kind = Effect::Kind::kView, .viewed = cast.input, .may_copy = true, .written = {}};
}

}  // namespace

Effect EffectOf(const Graph& graph, const Node& node) {
  if (std::holds_alternative<GetAttr>(node.op)) return {};
  const std::string_view name = ListedName(node.target);
  const Listing& listed = ListingOf(name);
  if (UpdatesStatistics(node) && listed.fresh) {
    return Writes(node, {"running_mean", "running_var"}, false);
  }
  // A noise that is handed in is filled by the draw.
  if (listed.writes) {
    const std::string_view op = name.substr(0, name.find('.'));
    return Writes(node, *listed.writes, op.ends_with("_") || name.find("out") != name.npos);
  }
  if (listed.fresh) return {};
  if (listed.shares) return {.kind = Effect::Kind::kShares, .viewed = {}, .written = {}};
  if (const auto& view = listed.view) {
    const auto* first =
        node.arguments.empty() ? nullptr : std::get_if<ValueId>(&node.arguments.front().value);
    if (first == nullptr) return {.kind = Effect::Kind::kUnlisted, .viewed = {}, .written = {}};
    if (const auto* cast = std::get_if<Cast>(&node.op)) return CastEffect(graph, *cast);
    // In evaluation dropout returns its input itself.
    const bool drops = name == "dropout.default";
    const bool may_copy = drops ? !std::holds_alternative<Copy>(node.op) : view->may_copy;
    return {.kind = Effect::Kind::kView, .viewed = *first, .may_copy = may_copy, .written = {}};
  }
  return {.kind = Effect::Kind::kUnlisted, .viewed = {}, .written = {}};
}

Outcome OutcomeOf(const Node& node) {
  if (node.target == kUnknownTarget) return Outcome::kUnlisted;
  if (node.target == kWrittenTarget) {
    // What a call leaves is drawn where the call draws; its name is the first argument.
    const auto* call =
        node.arguments.empty() ? nullptr : std::get_if<std::string>(&node.arguments.front().value);
    if (call == nullptr) return Outcome::kUnlisted;
    return IsListedRandom(ListedName(*call)) ? Outcome::kRandom : Outcome::kFunction;
  }
  if (std::holds_alternative<GetAttr>(node.op)) return Outcome::kFunction;
  const std::string_view name = ListedName(node.target);
  const Listing& listed = ListingOf(name);
  if (listed.random) {
    if (std::holds_alternative<Copy>(node.op)) return Outcome::kFunction;  // dropout in evaluation
    const bool off = IsOff(node, "train") || IsOff(node, "training");
    if (off) return Outcome::kFunction;
    const bool attention = name.starts_with("scaled_dot_product_attention");
    const ArgumentValue* p = node.Find("dropout_p");
    const double* rate = p == nullptr ? nullptr : std::get_if<double>(p);
    if (attention && (p == nullptr || (rate != nullptr && *rate == 0))) return Outcome::kFunction;
    return Outcome::kRandom;
  }
  if (listed.fresh || listed.shares || listed.view || listed.writes) {
    return Outcome::kFunction;
  }
  return Outcome::kUnlisted;
}

}  // namespace foldproof::ir
