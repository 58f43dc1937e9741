// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "src/base/error.h"
#include "src/ir/printer.h"
#include "tests/src/pt2/archive_edit.h"

namespace foldproof::pt2 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Json = nlohmann::json;

constexpr char kChain[] = "default_conv2d_bias_relu.before.pt2";
constexpr char kPerChannel[] = "xnn_pc_conv2d_nobias.torchao_before.pt2";

ir::Program Read(const std::vector<ZipEntry>& entries) {
  const TemporaryFile file(ZipBytes(entries));
  return ReadProgram(file.path());
}

template <typename Edit>
ir::Program ReadEdited(const std::string& golden, Edit&& edit) {
  return Read(Edited(golden, kModel, edit));
}

TEST(ReadProgram, ReadsTheGraph) {
  const ir::Program program = ReadProgram(Golden(kChain));
  EXPECT_EQ(program.form, ir::Program::Form::kExportedProgram);
  EXPECT_EQ(program.graph.nodes().size(), 20u);
  EXPECT_EQ(program.inputs.size(), 10u);
  ASSERT_EQ(program.outputs.size(), 1u);
  EXPECT_EQ(program.outputs[0].name, "dequantize_per_tensor_5");
  const auto conv = program.graph.FindValue("conv2d");
  ASSERT_TRUE(conv.has_value());
  const ir::Node* node = program.graph.ProducerOf(*conv);
  EXPECT_EQ(node->target, "aten.conv2d.default");
  EXPECT_THAT(std::get<ir::Convolution>(node->op).padding, ElementsAre(1, 1));
  EXPECT_EQ(program.graph.value(*conv).type->ToString(), "float32[2, 8, 12, 12]");
}

TEST(ReadProgram, KeepsADoubleToTheLastBit) {
  const ir::Program program = ReadProgram(Golden(kChain));
  const auto& op = std::get<ir::QuantizePerTensor>(program.graph.nodes().front().op);
  EXPECT_EQ(op.params,
            (ir::QuantParams{0.04308924823999405, -2, -128, 127, ir::ScalarType::kInt8}));
}

TEST(ReadProgram, ReadsConstants) {
  const ir::Program program = ReadProgram(Golden(kChain));
  const auto weight = program.graph.FindValue("b__frozen_param0");
  ASSERT_TRUE(weight.has_value());
  const ir::Constant* constant = program.ConstantOf(*weight);
  ASSERT_NE(constant, nullptr);
  EXPECT_EQ(constant->kind, ir::Constant::Kind::kBuffer);
  EXPECT_EQ(constant->type.ToString(), "int8[8, 3, 3, 3]");
  auto entries = EntriesOf(Golden(kChain));
  const std::string& stored = EntryAt(entries, "/weight_4").bytes;
  const std::vector<std::byte> bytes = program.BytesOf(*constant);
  ASSERT_EQ(bytes.size(), stored.size());
  EXPECT_EQ(std::memcmp(bytes.data(), stored.data(), stored.size()), 0);
  EXPECT_EQ(program.ConstantOf(*program.graph.FindValue("x")), nullptr);
}

TEST(ReadProgram, ReadsTheSameTwice) {
  EXPECT_EQ(ir::Print(ReadProgram(Golden(kPerChannel))),
            ir::Print(ReadProgram(Golden(kPerChannel))));
}

TEST(ReadProgram, ReadsAnArchiveThatWasPackedAnew) {
  EXPECT_EQ(ir::Print(Read(EntriesOf(Golden(kChain)))), ir::Print(ReadProgram(Golden(kChain))));
}

TEST(ReadProgram, NamesNodesThatHaveNoName) {
  const ir::Program program = ReadEdited(kChain, [](Json& model) {
    Json& nodes = model["graph_module"]["graph"]["nodes"];
    nodes[0].erase("name");
    nodes[1]["name"] = nullptr;
    nodes.push_back({{"target", "torch.ops.aten._assert_async.default"},
                     {"inputs", Json::array()},
                     {"outputs", Json::array()},
                     {"metadata", Json::object()}});
  });
  EXPECT_EQ(program.graph.nodes()[0].name, "quantize_per_tensor");
  EXPECT_EQ(program.graph.nodes()[1].name, "dequantize_per_tensor");
  EXPECT_EQ(program.graph.nodes().back().name, "aten._assert_async.default#20");
}

TEST(ReadProgram, NamesTheArgumentsOfTheEdgeDialect) {
  const ir::Program program = ReadEdited(kChain, SpellAsEdge);
  EXPECT_EQ(ir::Print(program), ir::Print(ReadProgram(Golden(kChain))));
}

TEST(ReadProgram, LeavesArgumentsUnnamedThatNoSchemaNames) {
  const ir::Program program = ReadEdited(kChain, [](Json& model) {
    SpellAsEdge(model);
    for (Json& node : model["graph_module"]["graph"]["nodes"]) {
      auto target = node["target"].get<std::string>();
      if (target.ends_with("aten.relu.default"))
        node["target"] = target.replace(target.find("relu"), 4, "mine");
    }
  });
  const ir::Node* node = program.graph.ProducerOf(*program.graph.FindValue("relu"));
  EXPECT_EQ(node->target, "aten.mine.default");
  EXPECT_EQ(node->arguments.front().name, "");
}

TEST(ReadProgram, KeepsAStaleOutputName) {
  const ir::Program program = ReadEdited(kChain, [](Json& model) {
    model["graph_module"]["signature"]["output_specs"][0]["user_output"]["arg"]["as_tensor"]
         ["name"] = "batch_norm";
  });
  EXPECT_EQ(program.outputs[0].name, "batch_norm");
}

// The argument that the first node gets under "extra".
ir::ArgumentValue ReadExtra(const Json& argument) {
  const ir::Program program = ReadEdited(kChain, [&](Json& model) {
    model["graph_module"]["graph"]["nodes"][0]["inputs"].push_back(
        {{"name", "extra"}, {"arg", argument}, {"kind", 2}});
  });
  EXPECT_TRUE(program.graph.nodes()[0].arguments.back().keyword);
  return program.graph.nodes()[0].arguments.back().value;
}

template <typename Value>
Value Extra(const Json& argument) {
  return std::get<Value>(ReadExtra(argument));
}

TEST(ReadProgram, ReadsEachKindOfArgument) {
  using Ids = std::vector<ir::ValueId>;
  const Json x = {{"name", "x"}};
  const ir::ValueId id{9};
  EXPECT_EQ(Extra<ir::None>({{"as_none", true}}), ir::None{});
  EXPECT_EQ(Extra<ir::ValueId>({{"as_tensor", x}}), id);
  EXPECT_EQ(Extra<Ids>({{"as_tensors", {x, x}}}), (Ids{id, id}));
  EXPECT_EQ(Extra<std::int64_t>({{"as_int", -5}}), -5);
  EXPECT_THAT(Extra<std::vector<std::int64_t>>({{"as_ints", {1, 2}}}), ElementsAre(1, 2));
  EXPECT_EQ(Extra<double>({{"as_float", 3}}), 3.0);
  EXPECT_EQ(Extra<double>({{"as_float", "-Infinity"}}), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(Extra<double>({{"as_float", "NaN"}})));
  EXPECT_THAT(Extra<std::vector<double>>({{"as_floats", {0.5, "Infinity"}}}),
              ElementsAre(0.5, std::numeric_limits<double>::infinity()));
  EXPECT_EQ(Extra<std::string>({{"as_string", "same"}}), "same");
  EXPECT_THAT(Extra<std::vector<std::string>>({{"as_strings", {"a", "b"}}}), ElementsAre("a", "b"));
  EXPECT_EQ(Extra<bool>({{"as_bool", true}}), true);
  EXPECT_THAT(Extra<std::vector<bool>>({{"as_bools", {true, false}}}), ElementsAre(true, false));
  EXPECT_EQ(Extra<ir::ScalarType>({{"as_scalar_type", 13}}), ir::ScalarType::kBFloat16);
  EXPECT_EQ(Extra<ir::Layout>({{"as_layout", 7}}).code, 7);
  EXPECT_EQ(Extra<ir::MemoryFormat>({{"as_memory_format", 2}}).code, 2);
  EXPECT_EQ(Extra<ir::Device>({{"as_device", {{"type", "cpu"}, {"index", nullptr}}}}),
            ir::Device{});
  EXPECT_EQ(Extra<ir::Complex>({{"as_complex", {{"real", 1.0}, {"imag", -1.0}}}}),
            (ir::Complex{1, -1}));
}

TEST(ReadProgram, ReadsOptionalAndSymbolicArguments) {
  const Json x = {{"as_tensor", {{"name", "x"}}}};
  const Json none = {{"as_none", true}};
  const Json named = {{"as_name", "x"}};
  const ir::ValueId id{9};
  EXPECT_EQ(Extra<ir::ValueId>({{"as_optional_tensor", x}}), id);
  EXPECT_EQ(Extra<ir::None>({{"as_optional_tensor", none}}), ir::None{});
  EXPECT_THAT(Extra<std::vector<std::optional<ir::ValueId>>>({{"as_optional_tensors", {x, none}}}),
              ElementsAre(id, std::nullopt));
  EXPECT_EQ(Extra<std::int64_t>({{"as_sym_int", {{"as_int", 4}}}}), 4);
  EXPECT_EQ(Extra<ir::ValueId>({{"as_sym_int", named}}), id);
  EXPECT_EQ(Extra<ir::ValueId>({{"as_sym_float", named}}), id);
  EXPECT_EQ(Extra<bool>({{"as_sym_bool", {{"as_bool", true}}}}), true);
  EXPECT_THAT(Extra<std::vector<ir::IntOrValue>>({{"as_sym_ints", {{{"as_int", 1}}, named}}}),
              ElementsAre(ir::IntOrValue(std::int64_t{1}), ir::IntOrValue(id)));
  EXPECT_THAT(
      Extra<std::vector<std::int64_t>>({{"as_sym_ints", {{{"as_int", 1}}, {{"as_int", 2}}}}}),
      ElementsAre(1, 2));
}

TEST(ReadProgram, KeepsTheKindsThatNoOpTakes) {
  const ir::ValueId x{9};
  const auto nested = Extra<ir::Unsupported>({{"as_nested_tensors", {{{{"name", "x"}}}}}});
  EXPECT_EQ(nested.kind, "as_nested_tensors");
  EXPECT_EQ(nested.json, R"([[{"name":"x"}]])");
  EXPECT_THAT(nested.reads, ElementsAre(x));
  const auto map = Extra<ir::Unsupported>(
      {{"as_string_to_argument", {{"key", {{"as_tensor", {{"name", "x"}}}}}}}});
  EXPECT_THAT(map.reads, ElementsAre(x));
  EXPECT_THAT(Extra<ir::Unsupported>({{"as_sym_floats", {{{"as_name", "x"}}}}}).reads,
              ElementsAre(x));
  EXPECT_EQ(Extra<ir::Unsupported>({{"as_operator", "add"}}).json, "\"add\"");
  EXPECT_EQ(Extra<ir::Unsupported>({{"as_int_lists", {{1}, {2}}}}).json, "[[1],[2]]");
  EXPECT_EQ(Extra<ir::Unsupported>({{"as_custom_obj", {{"name", "o"}, {"class_fqn", "C"}}}}).kind,
            "as_custom_obj");
}

TEST(ReadProgram, ReadsSeveralResults) {
  const ir::Program program = ReadEdited(kChain, [](Json& model) {
    Json& graph = model["graph_module"]["graph"];
    graph["tensor_values"]["a"] = graph["tensor_values"]["x"];
    graph["tensor_values"]["b"] = graph["tensor_values"]["x"];
    const auto append = [&](const char* name, Json outputs) {
      graph["nodes"].push_back({{"target", "torch.ops.test.make.default"},
                                {"name", name},
                                {"inputs", Json::array()},
                                {"outputs", std::move(outputs)},
                                {"metadata", Json::object()}});
    };
    append("list", {{{"as_tensors", {{{"name", "a"}}, {{"name", "b"}}}}}});
    append("mixed", {{{"as_sym_int", {{"as_name", "n"}}}}, {{"as_none", true}}});
  });
  const ir::Graph& graph = program.graph;
  EXPECT_EQ(graph.value(*graph.FindValue("b")).output, 1u);
  EXPECT_EQ(graph.value(*graph.FindValue("n")).type, std::nullopt);
  EXPECT_EQ(graph.nodes().back().outputs.size(), 2u);
}

TEST(ReadProgram, ReadsSymbolicSizes) {
  const ir::Program program = ReadEdited(kChain, [](Json& model) {
    const Json size = {{"as_expr", {{"expr_str", "s0"}, {"hint", {{"as_int", 2}}}}}};
    for (auto& [name, meta] : model["graph_module"]["graph"]["tensor_values"].items()) {
      if (meta["sizes"].size() == 4 && meta["sizes"][0]["as_int"] == 2) meta["sizes"][0] = size;
    }
    model["range_constraints"] = {{"s0", {{"min_val", 1}, {"max_val", 64}}},
                                  {"u1", {{"min_val", 0}, {"max_val", 9}}}};  // of no input
    model["guards_code"] = {"s0 != 7"};
  });
  const ir::TensorType& type = *program.graph.value(*program.graph.FindValue("x")).type;
  EXPECT_FALSE(type.is_static());
  EXPECT_EQ(type.dims[0], (ir::Dim{-1, "s0"}));
  EXPECT_EQ(type.dims[0].hint, 2);
  EXPECT_EQ(program.size_ranges.at("s0"), (ir::SizeRange{1, 64}));
  EXPECT_EQ(program.guards, std::vector<std::string>{"s0 != 7"});
  EXPECT_EQ(type.ToString(), "float32[s0, 3, 12, 12]");
}

TEST(ReadProgram, ReadsMutations) {
  const ir::Program program = ReadEdited(kChain, [](Json& model) {
    Json& module = model["graph_module"];
    const Json tensor = {{"name", "div"}};
    for (const Json& spec :
         {Json{{"buffer_mutation", {{"arg", tensor}, {"buffer_name", "bn.running_mean"}}}},
          Json{{"user_input_mutation", {{"arg", tensor}, {"user_input_name", "x"}}}},
          Json{{"loss_output", {{"arg", tensor}}}}}) {
      module["graph"]["outputs"].push_back({{"as_tensor", tensor}});
      module["signature"]["output_specs"].push_back(spec);
    }
  });
  EXPECT_EQ(program.outputs[1].kind, ir::OutputSpec::Kind::kBufferMutation);
  EXPECT_EQ(program.outputs[1].target, "bn.running_mean");
  EXPECT_EQ(program.outputs[2].kind, ir::OutputSpec::Kind::kUserInputMutation);
  EXPECT_EQ(program.outputs[3].kind, ir::OutputSpec::Kind::kOther);
}

TEST(ReadProgram, LeavesFixedInputsOut) {
  const ir::Program program = ReadEdited(kChain, [](Json& model) {
    Json& module = model["graph_module"];
    module["graph"]["inputs"].push_back({{"as_int", 3}});
    module["signature"]["input_specs"].push_back(
        {{"constant_input", {{"name", "n"}, {"value", {{"as_int", 3}}}}}});
  });
  EXPECT_EQ(program.inputs.size(), 10u);
}

TEST(ReadProgram, ReadsTensorConstantsAndFreeBuffers) {
  std::vector<ZipEntry> entries = Edited(kChain, kModel, [](Json& model) {
    for (Json& spec : model["graph_module"]["signature"]["input_specs"]) {
      if (!spec.contains("buffer")) continue;
      if (spec["buffer"]["buffer_name"] == "_frozen_param0") {
        spec = {{"tensor_constant",
                 {{"arg", spec["buffer"]["arg"]}, {"tensor_constant_name", "_frozen_param0"}}}};
      } else if (spec["buffer"]["buffer_name"] == "_frozen_param1") {
        spec["buffer"]["persistent"] = false;
      }
    }
  });
  const ir::Program program = Read(entries);
  EXPECT_EQ(program.constants.at("_frozen_param0").kind, ir::Constant::Kind::kTensorConstant);
  EXPECT_FALSE(program.constants.at("_frozen_param1").persistent);
}

TEST(ReadProgram, SharesOneStorage) {
  const ir::Program program = Read(Edited(kChain, kWeights, [](Json& weights) {
    weights["config"]["bn.bias"]["path_name"] = weights["config"]["bn.weight"]["path_name"];
  }));
  EXPECT_EQ(program.constants.at("bn.bias").storage, program.constants.at("bn.weight").storage);
  EXPECT_EQ(program.storages.size(), 8u);
}

TEST(ReadProgram, ReadsStridesAndOffset) {
  std::vector<ZipEntry> entries = Edited(kChain, kWeights, [](Json& weights) {
    Json& meta = weights["config"]["bn.bias"]["tensor_meta"];
    meta["strides"] = {{{"as_int", 2}}};
    meta["storage_offset"] = {{"as_int", 1}};
  });
  std::string& bytes = EntryAt(entries, "/weight_3").bytes;
  const std::string before = bytes;
  bytes.clear();
  for (std::size_t i = 0; i < before.size(); i += 4) bytes += "gap!" + before.substr(i, 4);
  const ir::Program program = Read(entries);
  const std::vector<std::byte> read = program.BytesOf(program.constants.at("bn.bias"));
  EXPECT_EQ(std::memcmp(read.data(), before.data(), before.size()), 0);
}

TEST(ReadProgram, IgnoresPicklesThatNothingNeeds) {
  std::vector<ZipEntry> entries = EntriesOf(Golden(kChain));
  EntryAt(entries, "/model_constants_config.json").bytes =
      R"({"config": {"object": {"path_name": "custom_obj_0", "is_param": false,
          "use_pickle": true, "tensor_meta": null}}})";
  EXPECT_EQ(Read(entries).constants.size(), 9u);
}

TEST(ReadProgram, ReadsDeflatedEntries) {
  const TemporaryFile file("");
  std::filesystem::remove(file.path());
  auto entries = EntriesOf(Golden(kChain));
  int code = 0;
  zip_t* archive = zip_open(file.path().c_str(), ZIP_CREATE, &code);
  ASSERT_NE(archive, nullptr);
  for (const ZipEntry& entry : entries) {
    zip_source_t* source = zip_source_buffer(archive, entry.bytes.data(), entry.bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, entry.name.c_str(), source, 0);
    ASSERT_GE(index, 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, 6);
  }
  ASSERT_EQ(zip_close(archive), 0);
  EXPECT_EQ(ir::Print(ReadProgram(file.path())), ir::Print(ReadProgram(Golden(kChain))));
}

}  // namespace
}  // namespace foldproof::pt2
