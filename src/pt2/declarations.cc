// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/declarations.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "src/base/within.h"
#include "src/pt2/argument_reader.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

constexpr std::string_view kTargetPrefix = "torch.ops.";

}  // namespace

Declarations::Declarations(const Json& graph)
    : tensors_(AsObject(Field(graph, "tensor_values"), "tensor_values")) {}

Declared Declarations::Tensor(const Json& tensor) const {
  const std::string& name = TensorName(tensor);
  const auto meta = tensors_.find(name);
  if (meta == tensors_.end())
    FailField("tensor_values", "does not tell the type of '" + name + "'");
  return {name, Within("'" + name + "'", [&] { return TensorTypeOf(*meta); })};
}

void Declarations::Append(const Json& argument, const std::string& unnamed,
                          std::vector<Declared>& out) const {
  const Tagged tagged = AsUnion(argument, "outputs");
  if (tagged.kind == "as_tensor") {
    out.push_back(Tensor(tagged.value));
  } else if (tagged.kind == "as_tensors") {
    for (const Json& tensor : AsList(tagged.value, "as_tensors")) out.push_back(Tensor(tensor));
  } else if (tagged.kind == "as_sym_int" || tagged.kind == "as_sym_float" ||
             tagged.kind == "as_sym_bool") {
    out.emplace_back(TextField(tagged.value, "as_name"), std::nullopt);
  } else if (tagged.kind == "as_optional_tensor" || tagged.kind == "as_optional_tensors") {
    const bool one = tagged.kind == "as_optional_tensor";
    const Json list = one ? Json::array({tagged.value}) : AsList(tagged.value, tagged.kind);
    for (const Json& item : list) Append(item, unnamed + "." + std::to_string(out.size()), out);
  } else if (tagged.kind == "as_none") {
    out.emplace_back(unnamed, std::nullopt);
  } else {
    FailField(tagged.kind, "is no kind of result that is read");
  }
}

std::string PlaceOf(const Json& node, std::size_t index) {
  const Json* name = OptionalField(node, "name");
  if (name != nullptr && name->is_string()) return name->get_ref<const std::string&>();
  return "node " + std::to_string(index);
}

DeclaredNode ReadDeclaredNode(const Json& node, std::size_t index,
                              const Declarations& declarations) {
  DeclaredNode out;
  out.target = TextField(node, "target");
  if (out.target.starts_with(kTargetPrefix)) out.target.erase(0, kTargetPrefix.size());
  const std::string place = PlaceOf(node, index);
  Within(place, [&] {
    for (const Json& output : AsList(Field(node, "outputs"), "outputs")) {
      declarations.Append(output, place + "#" + std::to_string(out.results.size()), out.results);
    }
  });
  if (const Json* name = OptionalField(node, "name")) {
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
