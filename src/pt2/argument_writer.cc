// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/argument_writer.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/pt2/argument_reader.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

using ir::ValueId;

// Copies an Argument and calls write_name(the name) for each value that it names, in the order in
// which the reader lists what it reads. It may be no argument at all: what is of another form is
// copied. The depth of the text was checked when it was parsed.
template <typename WriteName>
class RenamingCopy {
 public:
  RenamingCopy(JsonText& out, WriteName write_name)
      : out_(out), write_name_(std::move(write_name)) {}

  // A union, which may itself name values.
  void Union(Json value) {
    JsonObject members;
    if (value.get(members) != simdjson::SUCCESS || members.size() != 1) {
      out_.Copy(value);
      return;
    }
    const auto only = members.begin();
    out_.BeginObject().Key(only.key());
    Value(only.key(), only.value());
    out_.EndObject();
  }

  // What is called `kind` in a union.
  void Value(std::string_view kind, Json value) {
    if (kind == "as_tensor") {
      Tensor(value);
    } else if (kind == "as_name") {
      write_name_(value);
    } else if (kind == "as_tensors") {
      Each(value, [&](Json item) { Tensor(item); });
    } else if (kind == "as_nested_tensors") {
      Each(value, [&](Json list) { Each(list, [&](Json item) { Tensor(item); }); });
    } else if (kind == "as_optional_tensor" || kind == "as_sym_int" || kind == "as_sym_float" ||
               kind == "as_sym_bool") {
      Union(value);
    } else if (kind == "as_optional_tensors" || kind == "as_sym_ints" || kind == "as_sym_floats" ||
               kind == "as_sym_bools" || kind == "as_string_to_argument") {
      Each(value, [&](Json item) { Union(item); });
    } else {
      out_.Copy(value);
    }
  }

 private:
  // A TensorArgument.
  void Tensor(Json value) {
    JsonObject members;
    if (value.get(members) != simdjson::SUCCESS) {
      out_.Copy(value);
      return;
    }
    out_.BeginObject();
    for (const auto& [key, member] : members) {
      out_.Key(key);
      if (key == "name") {
        write_name_(member);
      } else {
        out_.Copy(member);
      }
    }
    out_.EndObject();
  }

  // The items of a list, or the members of an object.
  template <typename Copy>
  void Each(Json value, Copy&& copy) {
    if (JsonList list; value.get(list) == simdjson::SUCCESS) {
      out_.BeginList();
      for (const Json item : list) copy(item);
      out_.EndList();
    } else if (JsonObject members; value.get(members) == simdjson::SUCCESS) {
      out_.BeginObject();
      for (const auto& [key, member] : members) {
        out_.Key(key);
        copy(member);
      }
      out_.EndObject();
    } else {
      out_.Copy(value);
    }
  }

  JsonText& out_;
  WriteName write_name_;
};

class ArgumentWriter {
 public:
  ArgumentWriter(const ValueNames& names, JsonText& out) : names_(names), out_(out) {}

  void operator()(const ir::None&) const { None(); }
  void operator()(ValueId id) const {
    switch (names_.KindOf(id)) {
      case ValueNames::Kind::kTensor: return Tensor(id);
      case ValueNames::Kind::kSymInt: return Union("as_sym_int", [&] { Name(id); });
      case ValueNames::Kind::kSymFloat: return Union("as_sym_float", [&] { Name(id); });
      case ValueNames::Kind::kSymBool: return Union("as_sym_bool", [&] { Name(id); });
      case ValueNames::Kind::kNone: break;
    }
    FP_CHECK(!"a value that can be read");
  }
  void operator()(const std::vector<ValueId>& ids) const {
    List("as_tensors", ids, [&](ValueId id) { WriteTensorName(id, names_, out_); });
  }
  void operator()(const std::vector<std::optional<ValueId>>& ids) const {
    List("as_optional_tensors", ids,
         [&](const std::optional<ValueId>& id) { id ? Tensor(*id) : None(); });
  }
  void operator()(std::int64_t number) const { Integer("as_int", number); }
  void operator()(const std::vector<std::int64_t>& numbers) const {
    List("as_ints", numbers, [&](std::int64_t number) { out_.Integer(number); });
  }
  void operator()(const std::vector<ir::IntOrValue>& items) const {
    List("as_sym_ints", items, [&](const ir::IntOrValue& item) {
      const auto* number = std::get_if<std::int64_t>(&item);
      number != nullptr ? Integer("as_int", *number) : Name(std::get<ValueId>(item));
    });
  }
  void operator()(double number) const {
    Union("as_float", [&] { out_.Number(number); });
  }
  void operator()(const std::vector<double>& numbers) const {
    List("as_floats", numbers, [&](double number) { out_.Number(number); });
  }
  void operator()(bool truth) const {
    Union("as_bool", [&] { out_.Truth(truth); });
  }
  void operator()(const std::vector<bool>& truths) const {
    List("as_bools", truths, [&](bool truth) { out_.Truth(truth); });
  }
  void operator()(const std::string& text) const {
    Union("as_string", [&] { out_.String(text); });
  }
  void operator()(const std::vector<std::string>& texts) const {
    List("as_strings", texts, [&](const std::string& text) { out_.String(text); });
  }
  void operator()(ir::ScalarType type) const { Integer("as_scalar_type", CodeOf(type)); }
  void operator()(const ir::Layout& layout) const { Integer("as_layout", layout.code); }
  void operator()(const ir::MemoryFormat& format) const {
    Integer("as_memory_format", format.code);
  }
  void operator()(const ir::Device& device) const {
    Union("as_device", [&] {
      out_.BeginObject().Key("index");
      device.index ? out_.Integer(*device.index) : out_.Null();
      out_.Key("type").String(device.type).EndObject();
    });
  }
  void operator()(const ir::Complex& complex) const {
    Union("as_complex", [&] {
      out_.BeginObject().Key("imag").Number(complex.imag);
      out_.Key("real").Number(complex.real).EndObject();
    });
  }
  // The kept text, with the names that the values have now.
  void operator()(const ir::Unsupported& kept) const {
    const JsonDocument value(kept.json);
    std::size_t read = 0;
    RenamingCopy copy(out_, [&](Json) {
      FP_CHECK(read < kept.reads.size());
      out_.String(names_.Of(kept.reads[read++]));
    });
    Union(kept.kind, [&] { copy.Value(kept.kind, value.root()); });
    FP_CHECK(read == kept.reads.size());
  }

 private:
  template <typename Write>
  void Union(std::string_view kind, Write&& write) const {
    out_.BeginObject().Key(kind);
    write();
    out_.EndObject();
  }
  // A list of what `write` writes of each item.
  template <typename Items, typename Write>
  void List(std::string_view kind, const Items& items, Write&& write) const {
    out_.BeginObject().Key(kind).BeginList();
    for (const auto& item : items) write(item);
    out_.EndList().EndObject();
  }
  void None() const {
    Union("as_none", [&] { out_.Truth(true); });
  }
  void Tensor(ValueId id) const {
    Union("as_tensor", [&] { WriteTensorName(id, names_, out_); });
  }
  void Name(ValueId id) const {
    Union("as_name", [&] { out_.String(names_.Of(id)); });
  }
  void Integer(std::string_view kind, std::int64_t number) const {
    Union(kind, [&] { out_.Integer(number); });
  }

  const ValueNames& names_;
  JsonText& out_;
};

// What an argument of the archive says, in the one form that WriteArgument gives it; empty where it
// says nothing of this program.
std::string Meaning(Json argument, const ValueNames& names) {
  try {
    JsonText out;
    WriteArgument(ReadArgument(argument, names.graph()), names, out);
    return out.Take();
  } catch (const Error&) {
    return {};  // it names a value that is gone
  }
}

}  // namespace

void WriteTensorName(ValueId id, const ValueNames& names, JsonText& out) {
  FP_CHECK(names.KindOf(id) == ValueNames::Kind::kTensor);
  out.BeginObject().Key("name").String(names.Of(id)).EndObject();
}

void WriteArgument(const ir::ArgumentValue& value, const ValueNames& names, JsonText& out) {
  std::visit(ArgumentWriter(names, out), value);
}

void WriteArgumentAs(const std::optional<Json>& kept, const ir::ArgumentValue& value,
                     const ValueNames& names, JsonText& out) {
  if (!kept) return WriteArgument(value, names, out);
  JsonText written;
  WriteArgument(value, names, written);
  // Compared as text: -0.0 and 0.0 are equal as numbers.
  if (Meaning(*kept, names) == written.text()) {
    out.Copy(*kept);
  } else {
    out.Raw(written.text());
  }
}

bool NamesAreThere(Json argument, const ValueNames& names) {
  bool all = true;
  JsonText unused;
  RenamingCopy copy(unused, [&](Json name) {
    std::string_view text;
    all = all && name.get(text) == simdjson::SUCCESS && names.Contains(text);
    unused.Copy(name);
  });
  copy.Union(argument);
  return all;
}

}  // namespace foldproof::pt2
