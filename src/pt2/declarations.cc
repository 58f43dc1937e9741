// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/declarations.h"

#include <string_view>

#include "src/base/within.h"
#include "src/pt2/argument_reader.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

constexpr std::string_view kTargetPrefix = "torch.ops.";
// The same operators in a program of ExecuTorch's edge dialect. A node that is kept is written back
// as it was spelt.
constexpr std::string_view kEdgePrefix = "executorch.exir.dialects.edge._ops.";

// What a result is called that is one of several and None.
std::string Below(const std::string& unnamed, std::size_t at) {
  return unnamed + "." + std::to_string(at);
}

}  // namespace

Declarations::Declarations(Json graph)
    : tensors_(AsObject(Field(graph, "tensor_values"), "tensor_values")) {}

Declared Declarations::Tensor(Json tensor) const {
  const std::string name(TensorName(tensor));
  const std::optional<Json> meta = tensors_.Find(name);
  if (!meta) FailField("tensor_values", "does not tell the type of '" + name + "'");
  return {name, Within("'" + name + "'", [&] { return TensorTypeOf(*meta); })};
}

void Declarations::Append(Json argument, const std::string& unnamed,
                          std::vector<Declared>& out) const {
  const Tagged tagged = AsUnion(argument, "outputs");
  if (tagged.kind == "as_tensor") {
    out.push_back(Tensor(tagged.value));
  } else if (tagged.kind == "as_tensors") {
    for (const Json tensor : AsList(tagged.value, "as_tensors")) out.push_back(Tensor(tensor));
  } else if (tagged.kind == "as_sym_int" || tagged.kind == "as_sym_float" ||
             tagged.kind == "as_sym_bool") {
    out.emplace_back(std::string(TextField(tagged.value, "as_name")), std::nullopt);
  } else if (tagged.kind == "as_optional_tensor") {
    Append(tagged.value, Below(unnamed, out.size()), out);
  } else if (tagged.kind == "as_optional_tensors") {
    for (const Json item : AsList(tagged.value, tagged.kind)) {
      Append(item, Below(unnamed, out.size()), out);
    }
  } else if (tagged.kind == "as_none") {
    out.emplace_back(unnamed, std::nullopt);
  } else {
    FailField(tagged.kind, "is no kind of result that is read");
  }
}

std::string PlaceOf(Json node, std::size_t index) {
  const std::optional<Json> name = OptionalField(node, "name");
  if (name && name->is_string()) return std::string(AsText(*name, "name"));
  return "node " + std::to_string(index);
}

DeclaredNode ReadDeclaredNode(Json node, std::size_t index, const Declarations& declarations) {
  DeclaredNode out;
  out.target = TextField(node, "target");
  for (const std::string_view prefix : {kTargetPrefix, kEdgePrefix}) {
    if (out.target.starts_with(prefix)) {
      out.target.erase(0, prefix.size());
      out.is_edge = prefix == kEdgePrefix;
      break;
    }
  }
  const std::string place = PlaceOf(node, index);
  Within(place, [&] {
    for (const Json output : AsList(Field(node, "outputs"), "outputs")) {
      declarations.Append(output, place + "#" + std::to_string(out.results.size()), out.results);
    }
  });
  if (const auto name = OptionalField(node, "name")) {
    out.name = AsText(*name, "name");
  } else if (!out.results.empty()) {
    out.name = out.results.front().first;
  } else {
    out.name = out.target + "#" + std::to_string(index);
  }
  return out;
}

std::string SpelledTarget(const std::string& target) {
  // Python's own operators, and names that were written out in the archive.
  for (const char* whole : {"_operator.", "math.", "torch.", "#"}) {
    if (target.starts_with(whole)) return target;
  }
  return std::string(kTargetPrefix) + target;
}

}  // namespace foldproof::pt2
