// SPDX-License-Identifier: BSD-3-Clause
//
// Programs that were changed since they were read, or that nobody read: the archive is consistent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "src/base/error.h"
#include "src/ir/printer.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"
#include "tests/src/ir/small_program.h"
#include "tests/src/pt2/archive_contents.h"
#include "tests/src/pt2/program_copy.h"
#include "tests/torch/built_programs.h"

namespace foldproof::pt2::writer_edit_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

constexpr char kChain[] = "default_conv2d_bias_relu.before.pt2";
constexpr char kWeightsFolder[] = "data/weights/";

Archive ReadChain() { return ReadArchive(Golden(kChain)); }

// A chain whose model was edited as JSON before it was read.
template <typename Edit>
Archive ReadChain(Edit&& edit) {
  const TemporaryFile file(ZipBytes(Edited(kChain, kModel, edit)));
  return ReadArchive(file.path());
}

// What `program` is after it was written and read; it must be written the same again.
ir::Program ThereAndBack(const ir::Program& program, const Remainder& remainder = {}) {
  const std::string bytes = SerializeProgram(program, remainder);
  const TemporaryFile file(bytes);
  Archive again = ReadArchive(file.path());
  EXPECT_EQ(SerializeProgram(again.program, again.remainder), bytes);
  return std::move(again.program);
}

const Json& Graph(const Contents& contents) { return contents.model["graph_module"]["graph"]; }
const Json& TopSignature(const Contents& contents) {
  return contents.model["graph_module"]["module_call_graph"][0]["signature"];
}

// Copies all nodes of `program` but lets `visit` do what it wants with each first; where it returns
// true, it has dealt with the node.
template <typename Visit>
ProgramCopy CopyNodes(const ir::Program& program, Visit&& visit,
                      const std::set<std::string>& without = {}) {
  ProgramCopy copy(program, without);
  for (const ir::Node& node : program.graph.nodes()) {
    if (!visit(node, copy)) copy.Add(node);
  }
  return copy;
}

std::string ChecksFailure(const ir::Program& program, const Remainder& remainder = {}) {
  try {
    SerializeProgram(program, remainder);
  } catch (const Error& error) {
    return error.code() == Error::Code::kInput ? std::string("blames the input") : error.what();
  }
  return "it was written";
}

TEST(WriteEdited, APartNamesItsOwnValuesAndConstantsAlone) {
  const Archive archive = ReadChain();
  const ir::Program part = CutAt(archive.program, {"conv2d", "div"});
  const Contents contents = Written(part, archive.remainder);
  std::set<std::string> values;
  for (const auto& [name, meta] : Graph(contents)["tensor_values"].items()) values.insert(name);
  EXPECT_THAT(values, ElementsAre("add", "b__frozen_param0", "b__frozen_param1", "b_bn_running_var",
                                  "conv2d", "dequantize_per_tensor", "dequantize_per_tensor_1",
                                  "dequantize_per_tensor_2", "div", "p_bn_weight",
                                  "quantize_per_tensor", "sqrt", "x"));
  std::set<std::string> tensors;
  for (const auto& [name, payload] : contents.payloads) tensors.insert(name);
  EXPECT_THAT(tensors, ElementsAre("data/weights/_frozen_param0", "data/weights/_frozen_param1",
                                   "data/weights/bn.running_var", "data/weights/bn.weight"));
  EXPECT_EQ(contents.payloads.at("data/weights/bn.weight")["path_name"], "weight_0");
  EXPECT_EQ(ir::Print(ThereAndBack(part, archive.remainder)).find("stale"), std::string::npos);
}

TEST(WriteEdited, OutputsAreNamedAsTheGraphNamesThem) {
  const Archive archive = ReadChain();
  const Contents contents = Written(CutAt(archive.program, {"conv2d", "div"}), archive.remainder);
  const Json wanted = Json::parse(
      R"([{"user_output": {"arg": {"as_tensor": {"name": "conv2d"}}}},
          {"user_output": {"arg": {"as_tensor": {"name": "div"}}}}])");
  EXPECT_EQ(contents.model["graph_module"]["signature"]["output_specs"], wanted);
  // Two outputs where there was one: a tuple of two leaves.
  const std::string structure = TopSignature(contents)["out_spec"];
  EXPECT_EQ(Json::parse(structure),
            Json::parse(
                R"([1, {"type": "builtins.tuple", "context": "null", "children_spec": [
          {"type": null, "context": null, "children_spec": []},
          {"type": null, "context": null, "children_spec": []}]}])"));
  EXPECT_EQ(TopSignature(contents)["forward_arg_names"], Json::array({"x"}));
}

TEST(WriteEdited, OneOtherOutputKeepsTheCallingConvention) {
  const Archive archive = ReadChain([](Json& model) {
    Json& top = model["graph_module"]["module_call_graph"][0]["signature"];
    top["inputs"] = {{{"as_tensor", {{"name", "x"}}}}};
    top["outputs"] = {{{"as_tensor", {{"name", "dequantize_per_tensor_5"}}}}};
    top["out_spec"] = R"([1, {"type": "builtins.list", "context": "null", "children_spec": [
        {"type": null, "context": null, "children_spec": []}]}])";
  });
  const Contents contents = Written(CutAt(archive.program, {"conv2d"}), archive.remainder);
  EXPECT_THAT(TopSignature(contents)["out_spec"].get<std::string>(), HasSubstr("builtins.list"));
  EXPECT_EQ(TopSignature(contents)["inputs"][0]["as_tensor"]["name"], "x");
  EXPECT_EQ(TopSignature(contents)["outputs"][0]["as_tensor"]["name"], "conv2d");
  EXPECT_EQ(contents.others.at("data/sample_inputs/model.pt"),
            ContentsOf(EntriesOf(Golden(kChain))).others.at("data/sample_inputs/model.pt"));
}

TEST(WriteEdited, AModuleLosesASignatureThatNamesWhatIsGone) {
  const Archive archive = ReadChain([](Json& model) {
    Json& calls = model["graph_module"]["module_call_graph"];
    const auto signature = [](const char* output) {
      return Json{{"inputs", {{{"as_tensor", {{"name", "x"}}}}, {{"as_int", 3}}}},
                  {"outputs", {{{"as_tensor", {{"name", output}}}}}},
                  {"in_spec", "[1, null]"},
                  {"out_spec", "[1, null]"}};
    };
    calls[1]["signature"] = signature("conv2d");
    calls[2]["signature"] = signature("batch_norm");
  });
  const Contents contents = Written(CutAt(archive.program, {"conv2d"}), archive.remainder);
  const Json& calls = contents.model["graph_module"]["module_call_graph"];
  EXPECT_EQ(calls[1]["signature"]["outputs"][0]["as_tensor"]["name"], "conv2d");
  EXPECT_EQ(calls[2]["signature"], nullptr);
  EXPECT_EQ(calls[2]["fqn"], "bn");
}

TEST(WriteEdited, AChangedArgumentLeavesTheOthersAsTheyWere) {
  const Archive archive = ReadChain([](Json& model) {
    Json& nodes = model["graph_module"]["graph"]["nodes"];
    nodes[0]["metadata"]["stack_trace"] = "a line";
    nodes[0]["inputs"][2]["arg"] = {{"as_sym_int", {{"as_int", -2}}}};
  });
  auto copy = CopyNodes(archive.program, [](const ir::Node& node, ProgramCopy& to) {
    if (node.name != "quantize_per_tensor") return false;
    auto arguments = node.arguments;
    arguments[1].value = 0.25;
    to.Add(node, arguments);
    return true;
  });
  const Contents contents = Written(copy.Return(), archive.remainder);
  const Json& node = Graph(contents)["nodes"][0];
  EXPECT_EQ(node["inputs"][1],
            Json::parse(R"({"name": "scale", "arg": {"as_float": 0.25}, "kind": 1})"));
  EXPECT_EQ(node["inputs"][2]["arg"], Json::parse(R"({"as_sym_int": {"as_int": -2}})"));
  EXPECT_EQ(node["metadata"]["stack_trace"], "a line");
}

TEST(WriteEdited, ANewNodeGetsContiguousStridesAndNoMetadata) {
  const Archive archive = ReadChain();
  auto copy = CopyNodes(archive.program, [](const ir::Node& node, ProgramCopy& to) {
    to.Add(node);
    if (node.name != "conv2d") return true;
    ir::Graph& graph = to.program().graph;
    const ir::ValueId conv = *graph.FindValue("conv2d");
    const ir::NodeId made = graph.Append("negative", "aten.neg.default", {{"self", conv}},
                                         {{"negative", graph.value(conv).type}});
    to.Replace(node.outputs[0], graph.node(made).outputs[0]);
    return true;
  });
  const ir::Program program = copy.Return();
  const Contents contents = Written(program, archive.remainder);
  const Json& nodes = Graph(contents)["nodes"];
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [](const Json& node) { return node["name"] == "negative"; });
  ASSERT_NE(found, nodes.end());
  EXPECT_EQ(*found, Json::parse(R"({"target": "torch.ops.aten.neg.default", "name": "negative",
      "inputs": [{"name": "self", "arg": {"as_tensor": {"name": "conv2d"}}, "kind": 1}],
      "outputs": [{"as_tensor": {"name": "negative"}}], "metadata": {},
      "is_hop_single_tensor_return": null})"));
  // float32[2, 8, 12, 12]
  EXPECT_EQ(Graph(contents)["tensor_values"]["negative"], Json::parse(R"({"dtype": 7,
      "sizes": [{"as_int": 2}, {"as_int": 8}, {"as_int": 12}, {"as_int": 12}],
      "strides": [{"as_int": 1152}, {"as_int": 144}, {"as_int": 12}, {"as_int": 1}],
      "storage_offset": {"as_int": 0}, "requires_grad": false, "layout": 7,
      "device": {"type": "cpu", "index": null}})"));
  EXPECT_EQ(ir::Print(ThereAndBack(program, archive.remainder)), ir::Print(program));
}

TEST(WriteEdited, AConstantOfAnotherTypeHasNoGradient) {
  const Archive archive = ReadChain();
  // The float weight, which no node reads, but the signature has it: as int32.
  auto copy = CopyNodes(archive.program, [](const ir::Node&, ProgramCopy&) { return false; },
                        {"p_conv_weight"});
  copy.Input(ir::InputSpec::Kind::kParameter, "p_conv_weight",
             ir::MakeTensorType(ir::ScalarType::kInt32, {8}), "conv.weight");
  ir::Constant& weight = copy.program().constants.at("conv.weight");
  weight.type = ir::MakeTensorType(ir::ScalarType::kInt32, {8});
  weight.strides = {1};
  weight.storage = copy.program().storages.Add(ir::Storage(32, std::byte{1}));
  const Contents contents = Written(copy.Return(), archive.remainder);
  const Json& payload = contents.payloads.at("data/weights/conv.weight");
  EXPECT_EQ(payload["is_param"], true);
  EXPECT_EQ(payload["tensor_meta"]["requires_grad"], false);
  EXPECT_EQ(payload["tensor_meta"]["dtype"], 4);
  EXPECT_EQ(Graph(contents)["tensor_values"]["p_conv_weight"]["requires_grad"], false);
  EXPECT_EQ(contents.storages.at("data/weights/conv.weight"), std::string(32, '\1'));
  // The others keep theirs.
  EXPECT_EQ(contents.payloads.at("data/weights/bn.bias")["tensor_meta"]["requires_grad"], true);
}

TEST(WriteEdited, AConstantThatNothingNamedBeforeStays) {
  const auto entries = Edited(kChain, kWeights, [](Json& weights) {
    Json spare = weights["config"]["bn.bias"];
    weights["config"]["spare"] = spare;
  });
  const TemporaryFile file(ZipBytes(entries));
  const Archive archive = ReadArchive(file.path());
  const Contents contents = Written(CutAt(archive.program, {"conv2d"}), archive.remainder);
  EXPECT_TRUE(contents.payloads.contains("data/weights/spare"));
  EXPECT_FALSE(contents.payloads.contains("data/weights/bn.bias"));
  EXPECT_EQ(contents.storages.at("data/weights/spare"),
            ContentsOf(entries).storages.at("data/weights/spare"));
}

TEST(WriteEdited, StoragesThatNobodyReadsAreNotWritten) {
  Archive archive = ReadChain();
  archive.program.storages.Add(ir::Storage(1000, std::byte{42}));
  EXPECT_EQ(SerializeProgram(archive.program, archive.remainder).find(std::string(1000, '\x2a')),
            std::string::npos);
}

TEST(WriteEdited, AnotherUserInputMakesAnotherCall) {
  const Archive archive =
      ReadChain([](Json& model) { model["guards_code"] = {"x.size()[0] == 2"}; });
  auto copy = CopyNodes(archive.program, [](const ir::Node&, ProgramCopy&) { return false; });
  copy.Input(ir::InputSpec::Kind::kUserInput, "y", ir::Float({3}), {});
  const Contents contents = Written(copy.Return(), archive.remainder);
  EXPECT_EQ(TopSignature(contents)["forward_arg_names"], Json::array({"x", "y"}));
  const std::string call = TopSignature(contents)["in_spec"];
  EXPECT_EQ(Json::parse(call)[1]["children_spec"][0]["children_spec"].size(), 2u);
  EXPECT_EQ(contents.model["guards_code"], Json::array());  // of the old inputs
  EXPECT_EQ(contents.others.at("data/sample_inputs/model.pt"), "");
}

TEST(WriteEdited, KeptTextFollowsTheNamesOfItsValues) {
  const Archive archive = ReadChain([](Json& model) {
    model["graph_module"]["graph"]["nodes"][3]["inputs"].push_back(
        {{"name", "extra"},
         {"arg", {{"as_nested_tensors", {{{{"name", "add"}}, {{"name", "x"}}}}}}},
         {"kind", 2}});
  });
  const ir::ValueId add = *archive.program.graph.FindValue("add");
  auto copy = CopyNodes(archive.program, [&](const ir::Node& node, ProgramCopy& to) {
    if (node.name != "add") return false;
    to.Replace(add, *to.program().graph.FindValue("p_bn_bias"));
    return true;
  });
  const Contents contents = Written(copy.Return(), archive.remainder);
  EXPECT_EQ(Graph(contents)["nodes"][2]["inputs"][1]["arg"],
            Json::parse(R"({"as_nested_tensors": [[{"name": "p_bn_bias"}, {"name": "x"}]]})"));
}

TEST(WriteEdited, KeptTextThatNamesMoreThanItReadsIsOurFault) {
  ir::Program program = ir::SmallProgram();
  ir::Graph graph;
  const ir::ValueId x = graph.AddInput("x", ir::Float({1}));
  graph.Append(
      "odd", "aten.odd.default",
      {{"lists", ir::Unsupported{"as_nested_tensors", R"([[{"name":"x"},{"name":"gone"}]])", {x}}}},
      {{"y", ir::Float({1})}});
  graph.SetOutputs({*graph.FindValue("y")});
  program.graph = std::move(graph);
  program.inputs = {{ir::InputSpec::Kind::kUserInput, x, {}, true}};
  EXPECT_THAT(ChecksFailure(program), HasSubstr("internal check failed"));
}

TEST(WriteEdited, AProgramThatIsNotWholeIsOurFault) {
  ir::Program program = ir::SmallProgram();
  program.constants.clear();
  EXPECT_THAT(ChecksFailure(program), HasSubstr("the program to be written is not whole"));
}

TEST(WriteEdited, ASymbolThatNothingTellsIsNamed) {
  const Archive archive = ReadChain();
  ir::Program program =
      CopyNodes(archive.program, [](const ir::Node&, ProgramCopy&) { return false; }).Return();
  const auto shape = program.graph.Append("shape", "_operator.mul", {}, {{"number", std::nullopt}});
  program.graph.Append(
      "view", "aten.view.default",
      {{"self", *program.graph.FindValue("x")},
       {"size", std::vector<ir::IntOrValue>{program.graph.node(shape).outputs[0]}}},
      {{"flat", ir::Float({864})}});
  EXPECT_THAT(ChecksFailure(program, archive.remainder),
              HasSubstr("number: is no tensor, and nothing tells what it stands for"));
}

TEST(WriteBuilt, ProgramsOfNoArchiveComeBack) {
  for (const ir::Program& program :
       {ir::SmallProgram(), QuantizedConv(), ListsAndViews(), SymbolicSize()}) {
    const ir::Program again = ThereAndBack(program);
    // Constants come first in an archive; all else is as it was.
    EXPECT_EQ(again.graph.nodes().size(), program.graph.nodes().size());
    EXPECT_EQ(again.inputs.size(), program.inputs.size());
    for (const auto& [name, constant] : program.constants) {
      const ir::Constant& read = again.constants.at(name);
      EXPECT_EQ(read.type, constant.type);
      EXPECT_EQ(read.strides, constant.strides);
      EXPECT_EQ(read.offset, constant.offset);
      EXPECT_EQ(again.BytesOf(read), program.BytesOf(constant));
    }
    for (const ir::Value& value : program.graph.values()) {
      const auto found = again.graph.FindValue(value.name);
      ASSERT_TRUE(found.has_value()) << value.name;
      EXPECT_EQ(again.graph.value(*found).type, value.type) << value.name;
    }
  }
}

TEST(WriteBuilt, ConstantsComeBeforeTheUsersInputs) {
  const Contents contents = Written(QuantizedConv());
  std::vector<std::string> names;
  for (const Json& input : Graph(contents)["inputs"]) names.push_back(input["as_tensor"]["name"]);
  EXPECT_THAT(names, ElementsAre("held_conv_weight", "held_conv_bias", "x"));
  EXPECT_EQ(contents.model["range_constraints"], Json::object());
}

TEST(WriteBuilt, ASharedStorageIsWrittenOnceInAFolder) {
  const Contents contents = Written(ListsAndViews());
  // A buffer and a tensor constant: torch keeps them in two folders.
  EXPECT_EQ(contents.storages.at("data/weights/whole"),
            contents.storages.at("data/constants/view"));
  ir::Program program = ListsAndViews();
  program.inputs[3].kind = ir::InputSpec::Kind::kBuffer;
  const Contents shared = Written(program);
  EXPECT_EQ(shared.payloads.at("data/weights/whole")["path_name"], "weight_0");
  EXPECT_EQ(shared.payloads.at("data/weights/view")["path_name"], "weight_0");
}

TEST(WriteBuilt, SymbolicStridesAreProducts) {
  const Contents contents = Written(SymbolicSize());
  // float32[6, s0], traced with s0 = 5
  EXPECT_EQ(
      Graph(contents)["tensor_values"]["turned"]["strides"],
      Json::parse(R"([{"as_expr": {"expr_str": "s0", "hint": {"as_int": 5}}}, {"as_int": 1}])"));
  EXPECT_EQ(Graph(contents)["sym_int_values"]["size"],
            Json::parse(R"({"as_expr": {"expr_str": "s0", "hint": {"as_int": 5}}})"));
  EXPECT_EQ(contents.model["range_constraints"],
            Json::parse(R"({"s0": {"min_val": 0, "max_val": null}})"));
}

}  // namespace
}  // namespace foldproof::pt2::writer_edit_test
