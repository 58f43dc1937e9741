// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/register_places.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "harness/prove/conv/element_map.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// "dims 0,2,3,1;"
std::string TextOf(const char* what, const std::vector<std::int64_t>& numbers) {
  std::string out = what;
  for (const std::int64_t number : numbers) out += std::to_string(number) + ",";
  return out + ";";
}

// What a clone or the like makes of the strides: those that its memory_format asks for; without
// one clone keeps them and contiguous makes them contiguous.
std::string MemoryAfterCopy(const ir::Node& node, const std::string& before) {
  const ir::ArgumentValue* argument = node.Find("memory_format");
  const auto* format = argument ? std::get_if<ir::MemoryFormat>(argument) : nullptr;
  if (format != nullptr) {
    constexpr int kPreserve = 4;
    if (format->code == kPreserve) return before;
    return "format " + std::to_string(format->code) + ";";
  }
  return node.target == "aten.contiguous.default" ? "contiguous;" : before;
}

class Placer {
 public:
  Placer(const exec::FunctionalView& view, const Tail& tail)
      : view_(view), graph_(view.program().graph), tail_(tail) {}

  std::vector<RegisterPlace> Run() {
    const auto& type = graph_.value(tail_.values.at(0)).type;
    Add(tail_.values[0], {ElementPlaces(*type), "", ""});
    for (std::size_t i = 0; i < tail_.instructions.size(); ++i) {
      const ir::Node& node = graph_.node(tail_.instructions[i].node);
      const ir::ValueId value = tail_.values[i + 1];
      Add(value, Behind(node, value));
    }
    return std::move(out_);
  }

 private:
  void Add(ir::ValueId value, RegisterPlace place) {
    registers_[value] = out_.size();
    out_.push_back(std::move(place));
  }

  // The registers that `node` reads: of several all lie in the same places.
  RegisterPlace Operand(const ir::Node& node) const {
    std::optional<RegisterPlace> out;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId v) {
        const auto found = registers_.find(view_.Read(node.id, v));
        if (found == registers_.end()) return;
        const RegisterPlace& place = out_[found->second];
        if (!out)
          out = place;
        else if (out->memory != place.memory)
          out->memory = "of " + out->memory + " and " + place.memory;
      });
    }
    FP_CHECK(out.has_value());
    return *std::move(out);
  }

  RegisterPlace Behind(const ir::Node& node, ir::ValueId value) const {
    RegisterPlace out = Operand(node);
    const auto& type = graph_.value(value).type;
    if (std::holds_alternative<ir::Reshape>(node.op)) {
      out.moves += "shape " + type->ToString() + ";";
      out.memory += node.target + " " + type->ToString() + ";";
      if (out.places) out.places = out.places->Reshaped(*type);
    } else if (const auto* permute = std::get_if<ir::Permute>(&node.op)) {
      out.moves += TextOf("dims ", permute->dims);
      out.memory += node.target + TextOf(" ", permute->dims);
      if (out.places) out.places = out.places->Permuted(permute->dims);
    } else if (std::holds_alternative<ir::Copy>(node.op) ||
               std::holds_alternative<ir::Cast>(node.op)) {
      out.memory = MemoryAfterCopy(node, out.memory);
    } else if (std::holds_alternative<ir::BatchNorm>(node.op) && !out.memory.empty()) {
      out.memory += "batch_norm;";
    }
    return out;
  }

  const exec::FunctionalView& view_;
  const ir::Graph& graph_;
  const Tail& tail_;
  std::map<ir::ValueId, std::size_t> registers_;
  std::vector<RegisterPlace> out_;
};

}  // namespace

std::vector<RegisterPlace> PlaceRegisters(const exec::FunctionalView& view, const Tail& tail) {
  return Placer(view, tail).Run();
}

PlaceRelation RelationOf(const RegisterPlace& before, const RegisterPlace& after) {
  if (before.moves == after.moves) return PlaceRelation::kSame;
  if (!before.places || !after.places) return PlaceRelation::kUnknown;
  if (*before.places == *after.places) return PlaceRelation::kSame;
  const bool known = before.places->is_static() && after.places->is_static();
  return known ? PlaceRelation::kMoved : PlaceRelation::kUnknown;
}

bool SeesMemory(const ir::Node& node) {
  const std::string_view target = node.target;
  if (target == "get_attr" || target.starts_with("_operator.") ||
      target.starts_with("quantized_decomposed.")) {
    return false;
  }
  if (!target.starts_with("aten.")) return true;
  constexpr std::array<std::string_view, 12> kSeeing = {
      "as_strided",    "_reshape_alias",     "set_",           "resize",        "stride",
      "sym_stride",    "sym_storage_offset", "storage_offset", "is_contiguous", "view.dtype",
      "empty_strided", "view_copy.dtype"};
  const std::string_view name = target.substr(5);
  return std::ranges::any_of(kSeeing, [&](std::string_view s) { return name.starts_with(s); });
}

bool SeesMemory(const exec::FunctionalView& view) {
  return std::ranges::any_of(view.program().graph.nodes(), [&](const ir::Node& node) {
    return view.IsLive(node.id) && SeesMemory(node);
  });
}

namespace {

// Computes each element of its own, or picks one, or is judged by the integers that it sums.
bool HasBitsOfItsElements(const ir::Graph& graph, const ir::Node& node) {
  const auto* conv = std::get_if<ir::Convolution>(&node.op);
  const auto* linear = std::get_if<ir::Linear>(&node.op);
  if (conv != nullptr || linear != nullptr) {
    ir::ValueId input = conv != nullptr ? conv->input : linear->input;
    const ir::Node* maker = graph.ProducerOf(input);
    while (maker != nullptr && MovedOperand(*maker)) {
      maker = graph.ProducerOf(*MovedOperand(*maker));
    }
    return maker != nullptr && std::holds_alternative<ir::DequantizePerTensor>(maker->op);
  }
  if (std::holds_alternative<ir::BatchNorm>(node.op)) return false;
  if (!std::holds_alternative<ir::Opaque>(node.op)) return true;
  constexpr std::array<std::string_view, 16> kPicking = {
      "aten.max_pool1d.", "aten.max_pool2d.",    "aten.max_pool3d.", "aten.cat.",
      "aten.slice.",      "aten.select.",        "aten.expand.",     "aten.split",
      "aten.chunk.",      "aten.unbind.",        "aten.flip.",       "aten.roll.",
      "aten.sym_size.",   "aten.slice_scatter.", "aten.stack.",      "aten.select_scatter."};
  return std::ranges::any_of(kPicking,
                             [&](std::string_view p) { return node.target.starts_with(p); });
}

}  // namespace

bool BitsFollowStrides(const exec::FunctionalView& view) {
  const ir::Graph& graph = view.program().graph;
  return std::ranges::any_of(graph.nodes(), [&](const ir::Node& node) {
    return view.IsLive(node.id) && !HasBitsOfItsElements(graph, node);
  });
}

}  // namespace foldproof::prove
