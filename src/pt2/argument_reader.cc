// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/argument_reader.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/pt2/json_text.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

using ir::ArgumentValue;
using ir::Graph;
using ir::ValueId;

ValueId Lookup(std::string_view name, const Graph& graph) {
  const auto found = graph.FindValue(name);
  if (!found) {
    throw Error(Error::Code::kInput, "",
                "reads '" + std::string(name) +
                    "', which nothing before it makes; the graph is cyclic or damaged, save the "
                    "program again");
  }
  return *found;
}

ValueId LookupTensor(Json tensor, const Graph& graph) {
  const ValueId id = Lookup(TensorName(tensor), graph);
  if (!graph.value(id).type) FailField(graph.value(id).name, "is read as a tensor and is none");
  return id;
}

// A list of what `read` makes of each member.
template <typename Item, typename Read>
std::vector<Item> ReadList(Json list, std::string_view what, Read&& read) {
  const JsonList items = AsList(list, what);
  std::vector<Item> out;
  out.reserve(items.size());
  for (const Json item : items) out.push_back(read(item));
  return out;
}

ArgumentValue ReadNone(Json, const Graph&) { return ir::None{}; }

ArgumentValue ReadTensor(Json value, const Graph& graph) { return LookupTensor(value, graph); }

ArgumentValue ReadTensors(Json value, const Graph& graph) {
  return ReadList<ValueId>(value, "as_tensors",
                           [&](Json tensor) { return LookupTensor(tensor, graph); });
}

std::optional<ValueId> MaybeTensor(Json value, const Graph& graph) {
  const Tagged tagged = AsUnion(value, "as_optional_tensor");
  if (tagged.kind == "as_none") return std::nullopt;
  if (tagged.kind != "as_tensor") FailField(tagged.kind, "is no kind of an optional tensor");
  return LookupTensor(tagged.value, graph);
}

ArgumentValue ReadOptionalTensor(Json value, const Graph& graph) {
  const auto tensor = MaybeTensor(value, graph);
  return tensor ? ArgumentValue(*tensor) : ArgumentValue(ir::None{});
}

ArgumentValue ReadOptionalTensors(Json value, const Graph& graph) {
  return ReadList<std::optional<ValueId>>(value, "as_optional_tensors",
                                          [&](Json item) { return MaybeTensor(item, graph); });
}

ArgumentValue ReadInt(Json value, const Graph&) { return AsInteger(value, "as_int"); }

ArgumentValue ReadInts(Json value, const Graph&) {
  return ReadList<std::int64_t>(value, "as_ints",
                                [](Json item) { return AsInteger(item, "as_ints"); });
}

ArgumentValue ReadFloat(Json value, const Graph&) { return AsNumber(value, "as_float"); }

ArgumentValue ReadFloats(Json value, const Graph&) {
  return ReadList<double>(value, "as_floats",
                          [](Json item) { return AsNumber(item, "as_floats"); });
}

ArgumentValue ReadString(Json value, const Graph&) {
  return std::string(AsText(value, "as_string"));
}

ArgumentValue ReadStrings(Json value, const Graph&) {
  return ReadList<std::string>(value, "as_strings",
                               [](Json item) { return std::string(AsText(item, "as_strings")); });
}

ArgumentValue ReadBool(Json value, const Graph&) { return AsTruth(value, "as_bool"); }

ArgumentValue ReadBools(Json value, const Graph&) {
  return ReadList<bool>(value, "as_bools", [](Json item) { return AsTruth(item, "as_bools"); });
}

ir::IntOrValue IntOrName(Json value, const Graph& graph) {
  const Tagged tagged = AsUnion(value, "as_sym_int");
  if (tagged.kind == "as_int") return AsInteger(tagged.value, "as_int");
  if (tagged.kind != "as_name") FailField(tagged.kind, "is no kind of a symbolic integer");
  return Lookup(AsText(tagged.value, "as_name"), graph);
}

ArgumentValue ReadSymInt(Json value, const Graph& graph) {
  const ir::IntOrValue read = IntOrName(value, graph);
  if (const auto* number = std::get_if<std::int64_t>(&read)) return *number;
  return std::get<ValueId>(read);
}

ArgumentValue ReadSymInts(Json value, const Graph& graph) {
  auto items = ReadList<ir::IntOrValue>(value, "as_sym_ints",
                                        [&](Json item) { return IntOrName(item, graph); });
  std::vector<std::int64_t> numbers;
  for (const ir::IntOrValue& item : items) {
    const auto* number = std::get_if<std::int64_t>(&item);
    if (number == nullptr) return items;
    numbers.push_back(*number);
  }
  return numbers;
}

ArgumentValue ReadSymFloat(Json value, const Graph& graph) {
  const Tagged tagged = AsUnion(value, "as_sym_float");
  if (tagged.kind == "as_float") return AsNumber(tagged.value, "as_float");
  return Lookup(TextField(value, "as_name"), graph);
}

ArgumentValue ReadSymBool(Json value, const Graph& graph) {
  const Tagged tagged = AsUnion(value, "as_sym_bool");
  if (tagged.kind == "as_bool") return AsTruth(tagged.value, "as_bool");
  return Lookup(TextField(value, "as_name"), graph);
}

ArgumentValue ReadScalarType(Json value, const Graph&) {
  return ScalarTypeOf(value, "as_scalar_type");
}

ArgumentValue ReadLayout(Json value, const Graph&) {
  return ir::Layout{AsInteger(value, "as_layout")};
}

ArgumentValue ReadMemoryFormat(Json value, const Graph&) {
  return ir::MemoryFormat{AsInteger(value, "as_memory_format")};
}

ArgumentValue ReadDevice(Json value, const Graph&) {
  ir::Device device{std::string(TextField(value, "type")), std::nullopt};
  if (const auto index = OptionalField(value, "index")) device.index = AsInteger(*index, "index");
  return device;
}

ArgumentValue ReadComplex(Json value, const Graph&) {
  return ir::Complex{AsNumber(Field(value, "real"), "real"),
                     AsNumber(Field(value, "imag"), "imag")};
}

// Kinds kept as text, with the values that they read.
ArgumentValue Keep(const char* kind, Json value, std::vector<ValueId> reads) {
  return ir::Unsupported{kind, JsonText().Copy(value).Take(), std::move(reads)};
}

template <const char* kind>
ArgumentValue KeepPlain(Json value, const Graph&) {
  return Keep(kind, value, {});
}

template <const char* kind>
ArgumentValue KeepSymbols(Json value, const Graph& graph) {
  std::vector<ValueId> reads;
  for (const Json item : AsList(value, kind)) {
    const Tagged tagged = AsUnion(item, kind);
    if (tagged.kind == "as_name") reads.push_back(Lookup(AsText(tagged.value, "as_name"), graph));
  }
  return Keep(kind, value, std::move(reads));
}

ArgumentValue KeepNestedTensors(Json value, const Graph& graph) {
  std::vector<ValueId> reads;
  for (const Json list : AsList(value, "as_nested_tensors")) {
    for (const Json tensor : AsList(list, "as_nested_tensors")) {
      reads.push_back(LookupTensor(tensor, graph));
    }
  }
  return Keep("as_nested_tensors", value, std::move(reads));
}

// The schema nests these; the depth of the JSON text, checked before, bounds the recursion.
ArgumentValue KeepArguments(Json value, const Graph& graph) {
  std::vector<ValueId> reads;
  for (const auto& [key, item] : AsObject(value, "as_string_to_argument")) {
    ir::ForEachRead(ReadArgument(item, graph), [&](ValueId id) { reads.push_back(id); });
  }
  return Keep("as_string_to_argument", value, std::move(reads));
}

constexpr char kGraph[] = "as_graph";
constexpr char kCustomObject[] = "as_custom_obj";
constexpr char kOperator[] = "as_operator";
constexpr char kIntLists[] = "as_int_lists";
constexpr char kFloatLists[] = "as_float_lists";
constexpr char kSymBools[] = "as_sym_bools";
constexpr char kSymFloats[] = "as_sym_floats";

struct ArgumentKind {
  std::string_view kind;
  ArgumentValue (*read)(Json value, const Graph& graph);
};

constexpr ArgumentKind kKinds[] = {
    {"as_tensor", ReadTensor},
    {"as_int", ReadInt},
    {"as_float", ReadFloat},
    {"as_ints", ReadInts},
    {"as_scalar_type", ReadScalarType},
    {"as_bool", ReadBool},
    {"as_none", ReadNone},
    {"as_tensors", ReadTensors},
    {"as_floats", ReadFloats},
    {"as_string", ReadString},
    {"as_strings", ReadStrings},
    {"as_sym_int", ReadSymInt},
    {"as_sym_ints", ReadSymInts},
    {"as_memory_format", ReadMemoryFormat},
    {"as_layout", ReadLayout},
    {"as_device", ReadDevice},
    {"as_bools", ReadBools},
    {"as_sym_bool", ReadSymBool},
    {"as_sym_float", ReadSymFloat},
    {"as_optional_tensor", ReadOptionalTensor},
    {"as_optional_tensors", ReadOptionalTensors},
    {"as_complex", ReadComplex},
    {kGraph, KeepPlain<kGraph>},
    {kCustomObject, KeepPlain<kCustomObject>},
    {kOperator, KeepPlain<kOperator>},
    {kIntLists, KeepPlain<kIntLists>},
    {kFloatLists, KeepPlain<kFloatLists>},
    {kSymBools, KeepSymbols<kSymBools>},
    {kSymFloats, KeepSymbols<kSymFloats>},
    {"as_nested_tensors", KeepNestedTensors},
    {"as_string_to_argument", KeepArguments},
};

}  // namespace

Given GivenOf(Json named_argument) {
  const std::optional<Json> kind = OptionalField(named_argument, "kind");
  if (!kind) return Given::kUnsaid;
  const std::int64_t code = AsInteger(*kind, "kind");
  if (code == kPositional) return Given::kByPlace;
  if (code == kKeyword) return Given::kByName;
  if (code != 0) FailField("kind", "is " + std::to_string(code) + ", which is no kind of argument");
  return Given::kUnsaid;
}

std::string_view TensorName(Json tensor) { return TextField(tensor, "name"); }

ArgumentValue ReadArgument(Json argument, const Graph& graph) {
  const Tagged tagged = AsUnion(argument, "arg");
  for (const ArgumentKind& known : kKinds) {
    if (known.kind == tagged.kind) return known.read(tagged.value, graph);
  }
  FailField(tagged.kind, "is no kind of argument that schema version 8 has");
}

}  // namespace foldproof::pt2
