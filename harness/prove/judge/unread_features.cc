// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/unread_features.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace foldproof::prove {
namespace {

// A batch_norm in a branch, whose graph the archive keeps as text.
bool NamesBatchNorm(const ir::Node& node) {
  return std::ranges::any_of(node.arguments, [](const ir::Argument& argument) {
    const auto* graph = std::get_if<ir::Unsupported>(&argument.value);
    return graph != nullptr && graph->json.find("batch_norm") != std::string::npos;
  });
}

// Whether the node makes codes by rounding: a cast to an integer type with a round before it, and
// nothing but sums and clamps between.
bool RoundsToCodes(const FunctionalView& view, const ir::Node& node) {
  const auto* cast = std::get_if<ir::Cast>(&node.op);
  if (cast == nullptr || !ir::IsInteger(cast->dtype)) return false;
  const ir::Node* maker = view.program().graph.ProducerOf(view.Read(node.id, cast->input));
  for (int depth = 0; maker != nullptr && depth < 8; ++depth) {
    const auto* function = std::get_if<ir::Unary>(&maker->op);
    if (function != nullptr) return function->kind == ir::Unary::Kind::kRound;
    std::optional<ir::ValueId> operand;
    if (const auto* clamp = std::get_if<ir::Clamp>(&maker->op)) operand = clamp->input;
    if (const auto* again = std::get_if<ir::Cast>(&maker->op)) operand = again->input;
    if (const auto* sum = std::get_if<ir::Binary>(&maker->op)) {
      const auto* self = std::get_if<ir::ValueId>(&sum->self);
      if (self != nullptr) operand = *self;
    }
    if (!operand) return false;
    maker = view.program().graph.ProducerOf(view.Read(maker->id, *operand));
  }
  return false;
}

// One for the whole tensor, which src/ir has no typed operator for.
bool HasNegativeScale(const ir::Node& node) {
  if (!node.target.starts_with("quantized_decomposed.")) return false;
  return std::ranges::any_of(node.arguments, [](const ir::Argument& argument) {
    const auto* number = std::get_if<double>(&argument.value);
    return argument.name == "scale" && number != nullptr && *number < 0;
  });
}

bool IsTrue(const ir::Node& node, std::string_view name) {
  return std::ranges::any_of(node.arguments, [&](const ir::Argument& argument) {
    const bool* truth = std::get_if<bool>(&argument.value);
    return argument.name == name && truth != nullptr && *truth;
  });
}

// A batch_norm that export's decompositions have taken its own writes out of.
bool IsDecomposedNormOfBatch(const ir::Node& node) {
  return node.target.starts_with("aten._native_batch_norm_legit_functional.") &&
         IsTrue(node, "training");
}

// One that drops nothing, or is in evaluation mode, is no opaque operator that says `train`.
bool DrawsDropout(const ir::Node& node) {
  return node.target.starts_with("aten.") && node.target.find("dropout") != std::string::npos &&
         std::holds_alternative<ir::Opaque>(node.op) && IsTrue(node, "train");
}

constexpr std::string_view kExportAgain =
    "export the model after .eval() (one that is exported already goes through "
    "move_exported_model_to_eval before any decomposition)";

std::string TrainingIn(const ir::Node& node) {
  const auto* norm = std::get_if<ir::BatchNorm>(&node.op);
  if ((norm != nullptr && norm->training && norm->running_mean) || IsDecomposedNormOfBatch(node)) {
    return "a batch_norm in training mode takes mean and variance of its batch, so no fold keeps "
           "its numbers; " +
           std::string(kExportAgain);
  }
  if (DrawsDropout(node)) {
    return "a dropout in training mode draws at random what it drops, so no two runs are alike; " +
           std::string(kExportAgain);
  }
  return "";
}

std::string FeatureOf(const FunctionalView& view, const ir::Node& node) {
  // In evaluation mode it is the same, as an instance_norm is, which is decomposed into it.
  if (const auto* norm = std::get_if<ir::BatchNorm>(&node.op);
      norm != nullptr && norm->training && !norm->running_mean) {
    return "a normalization that keeps no running statistics takes mean and variance of its input, "
           "so no fold keeps its numbers";
  }
  if (node.target.starts_with("higher_order.")) {
    return "control flow (" + node.target + "): what its branches compute is not looked into" +
           (NamesBatchNorm(node) ? ", so the batch_norm inside of a branch is not judged" : "");
  }
  if (node.target.starts_with("quantized_decomposed.choose_qparams")) {
    return "dynamic quantization: scale and zero point are computed from the input, so a conv of "
           "such "
           "codes is judged as one of floats in --input-range";
  }
  if (HasNegativeScale(node)) {
    return "a quantizer of a scale below 0: PyTorch computes with it, but nothing is proved of it; "
           "negate scale, zero point and codes, or quantize the weight per channel";
  }
  if (RoundsToCodes(view, node)) {
    return "a quantizer made of round, clamp and a cast (the reference representation): convs of "
           "its "
           "codes are read as convs of floats; export with use_reference_representation=False";
  }
  return "";
}

}  // namespace

std::vector<UnprovedPart> UnreadFeatures(const Side& before, const Side& after) {
  std::vector<UnprovedPart> out;
  std::set<std::string> told;  // each once, at its first node
  const auto tell = [&](const auto& reason_of) {
    for (const Side* side : {&before, &after}) {
      for (const ir::Node& node : side->view.program().graph.nodes()) {
        if (!side->view.IsLive(node.id)) continue;
        std::string reason = reason_of(side->view, node);
        if (!reason.empty() && told.insert(reason).second) {
          out.push_back({node.name, std::move(reason)});
        }
      }
    }
  };
  // First what another export mends: it may mend the others, too.
  tell([](const FunctionalView&, const ir::Node& node) { return TrainingIn(node); });
  tell(FeatureOf);
  return out;
}

bool IsQuantized(const FunctionalView& view) {
  return std::ranges::any_of(view.program().graph.nodes(), [&](const ir::Node& node) {
    return view.IsLive(node.id) && (node.target.find("quantize") != std::string::npos ||
                                    node.target.starts_with("cadence."));
  });
}

}  // namespace foldproof::prove
