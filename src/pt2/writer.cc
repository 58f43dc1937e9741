// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/writer.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "src/base/error.h"
#include "src/base/file.h"
#include "src/base/within.h"
#include "src/ir/checker.h"
#include "src/pt2/constant_writer.h"
#include "src/pt2/graph_writer.h"
#include "src/pt2/input_order.h"
#include "src/pt2/kept_model.h"
#include "src/pt2/limits.h"
#include "src/pt2/module_calls_writer.h"
#include "src/pt2/signature_writer.h"
#include "src/pt2/zip_writer.h"

namespace foldproof::pt2 {
namespace {

// The schema that is written where no archive says another, and the PyTorch that has it.
constexpr char kSchema[] = R"({"major":8,"minor":20})";
static_assert(kSchemaMajor == 8);
constexpr char kTorchVersion[] = R"("2.13.0")";
constexpr char kOpsets[] = R"({"aten":10})";
// The dialect that allows what a program before any lowering holds, in-place operators too.
constexpr char kVerifiers[] = R"(["TRAINING"])";
constexpr char kRoot[] = "archive";

// Whoever made the program broke it: that is no fault of a file.
void CheckWhole(const ir::Program& program) {
  FP_CHECK(program.form == ir::Program::Form::kExportedProgram);
  try {
    ir::CheckProgram(program);
  } catch (const Error& error) {
    throw Error(Error::Code::kInternal, error.place(),
                "the program to be written is not whole: " + error.why());
  }
}

// The names in an expression of sizes that are no functions.
void AddSymbols(const std::string& expression, std::set<std::string>& out) {
  const auto is_in_name = [&](std::size_t at) {
    const char c = expression[at];
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  };
  for (std::size_t at = 0; at < expression.size();) {
    std::size_t end = at;
    while (end < expression.size() && is_in_name(end)) ++end;
    const bool number = std::isdigit(static_cast<unsigned char>(expression[at])) != 0;
    const bool function = end < expression.size() && expression[end] == '(';
    if (end > at && !number && !function) out.insert(expression.substr(at, end - at));
    at = std::max(end, at + 1);
  }
}

// torch wants bounds of every symbol; a size is at least 0.
std::string BoundsOfSymbols(const ir::Program& program, const ValueNames& names) {
  std::set<std::string> symbols;
  for (const ValueNames::Named& named : names.all()) {
    const auto& type = program.graph.value(named.id).type;
    if (!type) continue;
    for (const ir::Dim& dim : type->dims) AddSymbols(dim.symbol, symbols);
  }
  JsonText out;
  out.BeginObject();
  for (const std::string& symbol : symbols) {
    out.Key(symbol).BeginObject().Key("max_val").Null().Key("min_val").Integer(0).EndObject();
  }
  return out.EndObject().Take();
}

void WriteModule(const ModelParts& model, JsonText& out) {
  const KeptModel& kept = model.kept;
  out.BeginObject().Key("graph");
  WriteGraph(model, out);
  out.Member("metadata", kept.Module("metadata"), "{}").Key("module_call_graph");
  WriteModuleCalls(model, out);
  out.Key("signature");
  WriteSignature(model, out);
  out.Member("treespec_namedtuple_fields", kept.Module("treespec_namedtuple_fields"), "{}");
  out.EndObject();
}

std::string WriteModel(const ir::Program& program, const KeptModel& kept) {
  const std::vector<WrittenInput> inputs = OrderInputs(program, kept);
  const ValueNames names = NameValues(program, kept);
  const std::vector<std::string> outputs = WriteOutputs(program.graph, kept, names);
  JsonText out;
  out.BeginObject().Key("graph_module");
  WriteModule({program, kept, names, inputs, outputs}, out);
  // Guards are conditions on the user's inputs.
  const bool same_inputs = kept.HasUserInputs(program, true);
  out.Member("guards_code", same_inputs ? kept.Top("guards_code") : std::nullopt, "[]");
  out.Member("opset_version", kept.Top("opset_version"), kOpsets);
  out.Member("range_constraints", kept.Top("range_constraints"),
             kept.known() ? "{}" : BoundsOfSymbols(program, names));
  out.Member("schema_version", kept.Top("schema_version"), kSchema);
  out.Member("torch_version", kept.Top("torch_version"), kTorchVersion);
  return out.Member("verifiers", kept.Top("verifiers"), kVerifiers).EndObject().Take();
}

void AddFolder(const PayloadFolder& folder, const std::string& configuration, ZipWriter& zip) {
  for (const auto& [name, bytes] : folder.storages) zip.Add(name, bytes);
  zip.Add(configuration, folder.configuration);
}

std::size_t BytesOf(const Payloads& payloads) {
  std::size_t bytes = 0;
  for (const PayloadFolder* folder : {&payloads.weights, &payloads.constants}) {
    bytes += folder->configuration.size();
    for (const auto& [name, storage] : folder->storages) bytes += storage.size() + 256;
  }
  return bytes;
}

}  // namespace

std::string SerializeProgram(const ir::Program& program, const Remainder& remainder) {
  CheckWhole(program);
  const std::string name = remainder.name.empty() ? "model" : remainder.name;
  const KeptModel kept(remainder.model);
  const std::string model = WriteModel(program, kept);
  const Payloads payloads = WritePayloads(program, remainder, kept);
  std::size_t expected = model.size() + BytesOf(payloads);
  for (const auto& [entry, bytes] : remainder.entries) expected += bytes.size();

  ZipWriter zip(kRoot, expected);
  AddFolder(payloads.weights, "data/weights/" + name + "_weights_config.json", zip);
  AddFolder(payloads.constants, "data/constants/" + name + "_constants_config.json", zip);
  zip.Add("models/" + name + ".json", model);
  // torch wants sample inputs, and takes no bytes for none.
  const std::string samples = "data/sample_inputs/" + name + ".pt";
  const auto kept_samples = remainder.entries.find(samples);
  const bool hold = kept_samples != remainder.entries.end() && kept.HasUserInputs(program, true);
  zip.Add(samples, hold ? std::string_view(kept_samples->second) : std::string_view());
  for (const auto& [entry, bytes] : remainder.entries) {
    if (entry != samples) zip.Add(entry, bytes);
  }
  zip.Add("archive_format", "pt2");
  zip.Add("archive_version", "0");
  zip.Add(".data/version", "6\n");
  zip.Add("byteorder", std::endian::native == std::endian::little ? "little" : "big");
  return zip.Finish();
}

void WriteProgram(const ir::Program& program, const Remainder& remainder,
                  const std::filesystem::path& path) {
  WriteFile(path, Within(path.string(), [&] { return SerializeProgram(program, remainder); }));
}

}  // namespace foldproof::pt2
