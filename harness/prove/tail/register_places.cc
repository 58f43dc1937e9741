// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/register_places.h"

#include <map>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// "dims 0,2,3,1;"
std::string TextOf(const char* what, const std::vector<std::int64_t>& numbers) {
  std::string out = what;
  for (const std::int64_t number : numbers) out += std::to_string(number) + ",";
  return out + ";";
}

// What a clone or the like makes of the strides. A clone has those that its memory_format asks for;
// contiguous and to may give their operand itself, so what it was still counts.
std::string MemoryAfterCopy(const ir::Node& node, const std::string& before) {
  const ir::ArgumentValue* argument = node.Find("memory_format");
  const auto* format = argument ? std::get_if<ir::MemoryFormat>(argument) : nullptr;
  constexpr int kPreserve = 4;
  if (format != nullptr && format->code == kPreserve) return before;
  if (format == nullptr && node.target != "aten.contiguous.default") return before;
  const std::string now =
      format != nullptr ? "format " + std::to_string(format->code) + ";" : "contiguous;";
  return node.target == "aten.clone.default" ? now : before + now;
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
        else if (!out->memory || !place.memory)
          out->memory.reset();
        else if (out->memory != place.memory)
          out->memory = "of " + *out->memory + " and " + *place.memory;
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
      if (out.places) out.places = out.places->Reshaped(*type);
    } else if (const auto* permute = std::get_if<ir::Permute>(&node.op)) {
      out.moves += TextOf("dims ", permute->dims);
      if (out.places) out.places = out.places->Permuted(permute->dims);
    }
    out.memory = MemoryBehind(node, value, out.memory);
    return out;
  }

  // The strides of what `node` makes of a register whose strides `read` says. What a write left
  // lies as the tensor did before.
  std::optional<std::string> MemoryBehind(const ir::Node& node, ir::ValueId value,
                                          const std::optional<std::string>& read) const {
    const ir::ValueId like = view_.program().LiesLike(value);
    if (like != value) {
      const auto found = registers_.find(like);
      return found == registers_.end() ? std::nullopt : out_[found->second].memory;
    }
    if (!read) return std::nullopt;
    if (std::holds_alternative<ir::Reshape>(node.op))
      return *read + node.target + " " + graph_.value(value).type->ToString() + ";";
    if (const auto* permute = std::get_if<ir::Permute>(&node.op))
      return *read + node.target + TextOf(" ", permute->dims);
    if (std::holds_alternative<ir::Copy>(node.op) || std::holds_alternative<ir::Cast>(node.op))
      return MemoryAfterCopy(node, *read);
    // It keeps the strides of a conv's result alone.
    if (std::holds_alternative<ir::BatchNorm>(node.op) && !read->empty())
      return *read + "batch_norm;";
    return read;
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

}  // namespace foldproof::prove
