// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/argument_writer.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/pt2/argument_reader.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

using ir::ValueId;

template <typename Json, typename Visit>
void ForEachNameIn(std::string_view kind, Json& value, Visit& visit);

// Where a TensorArgument has its name. The text may be no argument at all.
template <typename Json, typename Visit>
void VisitName(Json& tensor, Visit& visit) {
  if (!tensor.is_object()) return;
  const auto name = tensor.find("name");
  if (name != tensor.end()) visit(*name);
}

// The one member of a union, which may itself name values.
template <typename Json, typename Visit>
void ForEachNameOf(Json& argument, Visit& visit) {
  if (!argument.is_object() || argument.size() != 1) return;
  const auto member = argument.begin();
  ForEachNameIn(member.key(), member.value(), visit);
}

// Calls visit(the name's text) for each value that an Argument names, in the order in which the
// reader lists what it reads. The depth of the text was checked when it was parsed.
template <typename Json, typename Visit>
void ForEachNameIn(std::string_view kind, Json& value, Visit& visit) {
  if (kind == "as_tensor") {
    VisitName(value, visit);
  } else if (kind == "as_name") {
    visit(value);
  } else if (kind == "as_tensors") {
    for (Json& item : value) VisitName(item, visit);
  } else if (kind == "as_nested_tensors") {
    for (Json& list : value) {
      for (Json& item : list) VisitName(item, visit);
    }
  } else if (kind == "as_optional_tensor" || kind == "as_sym_int" || kind == "as_sym_float" ||
             kind == "as_sym_bool") {
    ForEachNameOf(value, visit);
  } else if (kind == "as_optional_tensors" || kind == "as_sym_ints" || kind == "as_sym_floats" ||
             kind == "as_sym_bools" || kind == "as_string_to_argument") {
    for (Json& item : value) ForEachNameOf(item, visit);
  }
}

Json Number(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

// A list of what `write` makes of each item.
template <typename Items, typename Write>
Json List(const Items& items, Write&& write) {
  Json out = Json::array();
  for (const auto& item : items) out.push_back(write(item));
  return out;
}

class ArgumentWriter {
 public:
  explicit ArgumentWriter(const ValueNames& names) : names_(names) {}

  Json operator()(const ir::None&) const { return Member("as_none", true); }
  Json operator()(ValueId id) const {
    switch (names_.KindOf(id)) {
      case ValueNames::Kind::kTensor: return Member("as_tensor", Tensor(id));
      case ValueNames::Kind::kSymInt: return Member("as_sym_int", Name(id));
      case ValueNames::Kind::kSymFloat: return Member("as_sym_float", Name(id));
      case ValueNames::Kind::kSymBool: return Member("as_sym_bool", Name(id));
      case ValueNames::Kind::kNone: break;
    }
    FP_CHECK(!"a value that can be read");
    return {};
  }
  Json operator()(const std::vector<ValueId>& ids) const {
    return {{"as_tensors", List(ids, [&](ValueId id) { return Tensor(id); })}};
  }
  Json operator()(const std::vector<std::optional<ValueId>>& ids) const {
    return {{"as_optional_tensors", List(ids, [&](const std::optional<ValueId>& id) -> Json {
               if (id) return Member("as_tensor", Tensor(*id));
               return Member("as_none", true);
             })}};
  }
  Json operator()(std::int64_t number) const { return Member("as_int", number); }
  Json operator()(const std::vector<std::int64_t>& numbers) const {
    return Member("as_ints", numbers);
  }
  Json operator()(const std::vector<ir::IntOrValue>& items) const {
    return {{"as_sym_ints", List(items, [&](const ir::IntOrValue& item) -> Json {
               if (const auto* number = std::get_if<std::int64_t>(&item)) {
                 return Member("as_int", *number);
               }
               return Name(std::get<ValueId>(item));
             })}};
  }
  Json operator()(double number) const { return Member("as_float", Number(number)); }
  Json operator()(const std::vector<double>& numbers) const {
    return {{"as_floats", List(numbers, Number)}};
  }
  Json operator()(bool truth) const { return Member("as_bool", truth); }
  Json operator()(const std::vector<bool>& truths) const {
    return {{"as_bools", List(truths, [](bool truth) { return Json(truth); })}};
  }
  Json operator()(const std::string& text) const { return Member("as_string", text); }
  Json operator()(const std::vector<std::string>& texts) const { return {{"as_strings", texts}}; }
  Json operator()(ir::ScalarType type) const { return Member("as_scalar_type", CodeOf(type)); }
  Json operator()(const ir::Layout& layout) const { return Member("as_layout", layout.code); }
  Json operator()(const ir::MemoryFormat& format) const {
    return Member("as_memory_format", format.code);
  }
  Json operator()(const ir::Device& device) const {
    const Json index = device.index ? Json(*device.index) : Json();
    return {{"as_device", {{"type", device.type}, {"index", index}}}};
  }
  Json operator()(const ir::Complex& complex) const {
    return {{"as_complex", {{"real", Number(complex.real)}, {"imag", Number(complex.imag)}}}};
  }
  // The kept text, with the names that the values have now.
  Json operator()(const ir::Unsupported& kept) const {
    Json value = ParseJson(kept.json);
    std::size_t read = 0;
    const auto rename = [&](Json& name) {
      FP_CHECK(read < kept.reads.size());
      name = names_.Of(kept.reads[read++]);
    };
    ForEachNameIn(kept.kind, value, rename);
    FP_CHECK(read == kept.reads.size());
    return {{kept.kind, std::move(value)}};
  }

 private:
  Json Tensor(ValueId id) const {
    FP_CHECK(names_.KindOf(id) == ValueNames::Kind::kTensor);
    return Member("name", names_.Of(id));
  }
  Json Name(ValueId id) const { return Member("as_name", names_.Of(id)); }

  const ValueNames& names_;
};

// What an argument of the archive says, in the one form that WriteArgument gives it; empty where it
// says nothing of this program.
std::string Meaning(const Json& argument, const ValueNames& names) {
  try {
    return WriteArgument(ReadArgument(argument, names.graph()), names).dump();
  } catch (const Error&) {
    return {};  // it names a value that is gone
  }
}

}  // namespace

Json WriteArgument(const ir::ArgumentValue& value, const ValueNames& names) {
  return std::visit(ArgumentWriter(names), value);
}

Json WriteArgumentAs(const Json* kept, const ir::ArgumentValue& value, const ValueNames& names) {
  Json written = WriteArgument(value, names);
  // Compared as text: -0.0 and 0.0 are equal as numbers.
  if (kept != nullptr && Meaning(*kept, names) == written.dump()) return *kept;
  return written;
}

bool NamesAreThere(const Json& argument, const ValueNames& names) {
  bool all = true;
  auto look = [&](const Json& name) {
    all = all && name.is_string() && names.Contains(name.get_ref<const std::string&>());
  };
  ForEachNameOf(argument, look);
  return all;
}

}  // namespace foldproof::pt2
