// SPDX-License-Identifier: BSD-3-Clause
//
// Archives that are whole as files and hold a program that cannot be: each is refused with one line
// that names the entry and the node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/error.h"
#include "src/pt2/argument_order.h"
#include "src/pt2/reader.h"
#include "tests/src/pt2/archive_edit.h"

namespace foldproof::pt2::hostile_program_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Json = nlohmann::json;

constexpr char kChain[] = "default_conv2d_bias_relu.before.pt2";

std::string RefusalOf(const std::vector<ZipEntry>& entries) {
  const TemporaryFile file(ZipBytes(entries));
  try {
    ReadProgram(file.path());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput) << error.what();
    EXPECT_THAT(std::string(error.what()), Not(HasSubstr("\n")));
    return std::string(error.what()).substr(file.path().string().size() + 2);
  }
  return "it was read";
}

std::string RefusalOfText(std::string_view entry, std::string text) {
  std::vector<ZipEntry> entries = EntriesOf(Golden(kChain));
  EntryAt(entries, entry).bytes = std::move(text);
  return RefusalOf(entries);
}

// What becomes of the golden program after `edit` of its model's JSON.
template <typename Edit>
std::string Model(Edit&& edit) {
  return RefusalOf(Edited(kChain, kModel, edit));
}

template <typename Edit>
std::string Weights(Edit&& edit) {
  return RefusalOf(Edited(kChain, kWeights, [&](Json& json) { edit(json["config"]); }));
}

Json& GraphOf(Json& model) { return model["graph_module"]["graph"]; }
Json& SignatureOf(Json& model) { return model["graph_module"]["signature"]; }

Json& NodeOf(Json& model, const std::string& name) {
  for (Json& node : GraphOf(model)["nodes"]) {
    if (node["name"] == name) return node;
  }
  throw std::runtime_error("no node " + name);
}

Json& ArgumentOf(Json& model, const std::string& node, const std::string& argument) {
  for (Json& input : NodeOf(model, node)["inputs"]) {
    if (input["name"] == argument) return input["arg"];
  }
  throw std::runtime_error("no argument " + argument);
}

TEST(HostileProgram, UnknownMajor) {
  EXPECT_THAT(Model([](Json& model) { model["schema_version"]["major"] = 9; }),
              AllOf(HasSubstr("models/model.json"), HasSubstr("schema version 9.20"),
                    HasSubstr("read is 8.x")));
}

TEST(HostileProgram, NotJson) {
  EXPECT_THAT(RefusalOfText(kModel, "{\"graph_module\": "),
              HasSubstr("models/model.json: not JSON"));
  EXPECT_THAT(RefusalOfText(kModel, ""), HasSubstr("not JSON"));
  EXPECT_THAT(RefusalOfText(kModel, "{\"a\": \"\xff\"}"), HasSubstr("not JSON"));
  EXPECT_THAT(RefusalOfText(kModel, "{\"a\": NaN}"), HasSubstr("not JSON"));
  EXPECT_THAT(RefusalOfText(kModel, "{\"a\": 1e999}"), HasSubstr("not JSON"));
  EXPECT_THAT(RefusalOfText(kModel, "[]"), HasSubstr("'schema_version' must be in an object"));
}

TEST(HostileProgram, DeepJson) {
  const auto deep = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_THAT(RefusalOfText(kModel, deep(1'000'000)), HasSubstr("nests more than 200"));
  EXPECT_THAT(RefusalOfText(kModel, "{\"a\": \"\\\"[[\", \"b\": " + deep(300) + "}"),
              HasSubstr("nests more than 200"));
  EXPECT_THAT(RefusalOfText(kWeights, deep(1'000'000)),
              HasSubstr("model_weights_config.json: nests more"));
  // Nor is what nobody closes followed.
  EXPECT_THAT(RefusalOfText(kModel, std::string(1'000'000, '[')), HasSubstr("not JSON"));
}

TEST(HostileProgram, BracketsInStringsAreNoDepth) {
  EXPECT_EQ(Model([](Json& model) { model["torch_version"] = std::string(1000, '['); }),
            "it was read");
}

TEST(HostileProgram, MembersGivenTwice) {
  std::vector<ZipEntry> entries = EntriesOf(Golden(kChain));
  const std::string model = EntryAt(entries, kModel).bytes;
  const auto twice = [&](std::string_view member) {
    std::string text = model;
    text.insert(text.find(member), std::string(member) + "null, ");
    return RefusalOfText(kModel, text);
  };
  EXPECT_THAT(twice("\"nodes\": "), HasSubstr("'nodes' is there twice"));
  EXPECT_THAT(twice("\"p_conv_weight\": "), HasSubstr("'p_conv_weight' is there twice"));
  EXPECT_THAT(twice("\"as_float\": "), HasSubstr("'arg' must be an object of one member"));
  EXPECT_EQ(twice("\"torch_version\": "), "it was read");  // which nothing looks up
}

TEST(HostileProgram, AHundredThousandValues) {
  EXPECT_EQ(Model([](Json& model) {
              Json& values = GraphOf(model)["tensor_values"];
              const Json x = values["x"];
              for (int i = 0; i < 100'000; ++i)
                values["unused" + std::to_string(i)] = x["sizes"][0];
            }),
            "it was read");
}

TEST(HostileProgram, HugeJson) {
  EXPECT_THAT(RefusalOfText(kModel, std::string((std::size_t{32} << 20) + 1, ' ')),
              HasSubstr("at most 33554432 are read"));
}

TEST(HostileProgram, ManySmallValues) {
  std::string many = "[";
  for (int i = 0; i < 2'000'000; ++i) many += "0,";
  EXPECT_THAT(RefusalOfText(kModel, many + "0]"), HasSubstr("has more than 2000000 values"));
}

TEST(HostileProgram, CyclicGraph) {
  EXPECT_THAT(Model([](Json& model) {
                ArgumentOf(model, "quantize_per_tensor", "input")["as_tensor"]["name"] =
                    "dequantize_per_tensor_5";
              }),
              HasSubstr("models/model.json: quantize_per_tensor: reads 'dequantize_per_tensor_5', "
                        "which nothing before it makes"));
}

TEST(HostileProgram, NodeThatReadsItself) {
  EXPECT_THAT(
      Model([](Json& model) { ArgumentOf(model, "sqrt", "self")["as_tensor"]["name"] = "sqrt"; }),
      HasSubstr("sqrt: reads 'sqrt', which nothing before it makes"));
}

TEST(HostileProgram, NodesOutOfOrder) {
  EXPECT_THAT(
      Model([](Json& model) { std::swap(GraphOf(model)["nodes"][0], GraphOf(model)["nodes"][1]); }),
      HasSubstr("dequantize_per_tensor: reads 'quantize_per_tensor'"));
}

TEST(HostileProgram, NamesGivenTwice) {
  EXPECT_THAT(Model([](Json& model) { GraphOf(model)["nodes"].push_back(NodeOf(model, "sqrt")); }),
              HasSubstr("sqrt: two nodes have this name"));
  EXPECT_THAT(Model([](Json& model) {
                Json node = NodeOf(model, "sqrt");
                node["name"] = "sqrt_again";
                GraphOf(model)["nodes"].push_back(node);
              }),
              HasSubstr("sqrt: two values have this name"));
}

TEST(HostileProgram, EscapeSequencesInNames) {
  const std::string refusal = Model([](Json& model) {
    ArgumentOf(model, "sqrt", "self")["as_tensor"]["name"] = "\x1b[2J";
    NodeOf(model, "sqrt")["name"] = "\x1b]0;owned\x07\n\r";
  });
  EXPECT_THAT(refusal, AllOf(HasSubstr("\\x1b]0;owned\\x07\\x0a\\x0d: reads '\\x1b[2J'"),
                             Not(HasSubstr("\x1b"))));
}

TEST(HostileProgram, ScaleThatIsNone) {
  for (const Json& scale : {Json(0.0), Json("NaN"), Json("Infinity"), Json("-Infinity")}) {
    EXPECT_THAT(Model([&](Json& model) {
                  ArgumentOf(model, "quantize_per_tensor", "scale")["as_float"] = scale;
                }),
                HasSubstr("quantize_per_tensor: quantized_decomposed.quantize_per_tensor.default: "
                          "the scale must be finite and not 0"));
  }
}

TEST(HostileProgram, NumbersOutsideTheirType) {
  const auto zero_point = [](Json number) {
    return Model([&](Json& model) {
      ArgumentOf(model, "quantize_per_tensor", "zero_point")["as_int"] = number;
    });
  };
  EXPECT_THAT(zero_point(std::numeric_limits<std::uint64_t>::max()), HasSubstr("fit into 64 bits"));
  EXPECT_THAT(zero_point(1e300), HasSubstr("'as_int' must be an integer, is number"));
  EXPECT_THAT(zero_point(1.5), HasSubstr("'as_int' must be an integer, is number"));
  EXPECT_THAT(zero_point("1"), HasSubstr("'as_int' must be an integer, is string"));
  EXPECT_THAT(zero_point(nullptr), HasSubstr("'as_int' must be an integer, is null"));
}

TEST(HostileProgram, UnknownKindOfArgument) {
  EXPECT_THAT(Model([](Json& model) {
                ArgumentOf(model, "sqrt", "self") = {{"as_quaternion", 1}};
              }),
              HasSubstr("sqrt: 'as_quaternion' is no kind of argument"));
  EXPECT_THAT(Model([](Json& model) { ArgumentOf(model, "sqrt", "self") = Json::object(); }),
              HasSubstr("'arg' must be an object of one member"));
}

TEST(HostileProgram, ArgumentOfTheWrongKind) {
  EXPECT_THAT(Model([](Json& model) {
                ArgumentOf(model, "conv2d", "weight") = {{"as_int", 1}};
              }),
              HasSubstr("conv2d: aten.conv2d.default: argument 'weight' must be a tensor"));
  EXPECT_THAT(Model([](Json& model) {
                ArgumentOf(model, "conv2d", "stride") = {{"as_ints", {0, 1}}};
              }),
              HasSubstr("conv2d: aten.conv2d.default: argument 'stride' must be at least 1"));
}

// The arguments of batch_norm as (name, kind): 1 by its place, 2 by its name.
std::string GivenAs(const std::vector<std::pair<std::string, int>>& given) {
  return Model([&](Json& model) {
    Json& inputs = NodeOf(model, "batch_norm")["inputs"];
    Json chosen = Json::array();
    for (const auto& [name, kind] : given) {
      for (Json input : inputs) {
        if (input["name"] != name) continue;
        input["kind"] = kind;
        chosen.push_back(input);
      }
    }
    inputs = chosen;
  });
}

TEST(HostileProgram, ArgumentsInAnotherOrderThanTheirNamesHave) {
  // PyTorch gives positional arguments by their places: without `weight` it takes bias for it.
  EXPECT_THAT(GivenAs({{"input", 1}, {"bias", 1}}),
              HasSubstr("batch_norm: 'bias' is given by its place, but that is the place of "
                        "'weight', for which PyTorch takes it; let what made the node"));
  EXPECT_THAT(GivenAs({{"input", 2}, {"weight", 1}}),
              HasSubstr("'weight' is given by its place behind 'input'"));
  EXPECT_THAT(GivenAs({{"input", 1}, {"input", 1}}), HasSubstr("'input' is given twice"));
  EXPECT_THAT(GivenAs({{"input", 3}}), HasSubstr("'kind' is 3, which is no kind of argument"));
  const std::vector<std::pair<std::string, int>> by_name{
      {"input", 1},    {"bias", 2},     {"weight", 2}, {"running_mean", 2}, {"running_var", 2},
      {"training", 2}, {"momentum", 2}, {"eps", 2},    {"cudnn_enabled", 2}};
  EXPECT_EQ(GivenAs(by_name), "it was read");
}

// The schemas are dropout(input, p, train), but dropout_(self, p, train).
TEST(HostileProgram, AnInPlaceOperatorMayNameItsArgumentsOtherwise) {
  const auto check = [](std::string_view target, const std::string& first) {
    const std::vector<ir::Argument> arguments{{first, {}}, {"p", 0.5}, {"train", false}};
    const std::vector<Given> given(3, Given::kByPlace);
    CheckArgumentOrder(target, arguments, given);
  };
  EXPECT_NO_THROW(check("aten.dropout_.default", "self"));
  EXPECT_NO_THROW(check("aten.dropout.default", "input"));
  EXPECT_THROW(check("aten.dropout_.default", "input"), Error);
}

TEST(HostileProgram, SizesThatAreNone) {
  const auto sizes = [](Json list) {
    return Model([&](Json& model) { GraphOf(model)["tensor_values"]["x"]["sizes"] = list; });
  };
  EXPECT_THAT(sizes({{{"as_int", -1}}}), HasSubstr("negative size -1"));
  EXPECT_THAT(sizes({{{"as_int", std::int64_t{1} << 62}}}), HasSubstr("more than 2^48 elements"));
  EXPECT_THAT(sizes({{{"as_int", 1 << 30}}, {{"as_int", 1 << 30}}}), HasSubstr("more than 2^48"));
  EXPECT_THAT(sizes({{{"as_expr", {{"expr_str", ""}}}}}), HasSubstr("'expr_str' is empty"));
  EXPECT_THAT(sizes(3), HasSubstr("'sizes' must be a list, is number"));
  Json many = Json::array();
  for (int i = 0; i < 65; ++i) many.push_back({{"as_int", 1}});
  EXPECT_THAT(sizes(many), HasSubstr("65 dimensions, at most 64"));
}

TEST(HostileProgram, ShapeThatAnOpDoesNotMake) {
  EXPECT_THAT(Model([](Json& model) {
                GraphOf(model)["tensor_values"]["conv2d"]["sizes"][0]["as_int"] = 1000;
              }),
              HasSubstr("conv2d: aten.conv2d.default: makes [2, 8, 12, 12], but its output is "
                        "declared [1000, 8, 12, 12]"));
}

TEST(HostileProgram, UnknownElementType) {
  const auto dtype = [](Json code) {
    return Model([&](Json& model) { GraphOf(model)["tensor_values"]["x"]["dtype"] = code; });
  };
  EXPECT_THAT(dtype(99), HasSubstr("the unknown element type 99"));
  EXPECT_THAT(dtype(0), HasSubstr("the unknown element type 0"));
  EXPECT_THAT(dtype(34),
              testing::EndsWith("is uint32, which is not read; keep tensors of that type "
                                "out of the program"));
}

TEST(HostileProgram, SparseTensor) {
  EXPECT_THAT(Model([](Json& model) { GraphOf(model)["tensor_values"]["x"]["layout"] = 1; }),
              HasSubstr("'layout' is not strided"));
}

TEST(HostileProgram, ValueWithoutAType) {
  EXPECT_THAT(Model([](Json& model) { GraphOf(model)["tensor_values"].erase("sqrt"); }),
              HasSubstr("sqrt: 'tensor_values' does not tell the type of 'sqrt'"));
}

TEST(HostileProgram, SignatureThatNamesWhatIsNotThere) {
  EXPECT_THAT(
      Model([](Json& model) {
        SignatureOf(model)["input_specs"][0]["parameter"]["arg"]["name"] = "p_other";
      }),
      HasSubstr("input 0: 'input_specs' names 'p_other' where the graph has 'p_conv_weight'"));
  EXPECT_THAT(Model([](Json& model) {
                SignatureOf(model)["input_specs"][0]["parameter"]["parameter_name"] = "conv.other";
              }),
              HasSubstr("'conv.other': the signature needs it"));
  EXPECT_THAT(Model([](Json& model) { SignatureOf(model)["input_specs"].erase(0); }),
              HasSubstr("names 9 inputs where the graph has 10"));
  EXPECT_THAT(Model([](Json& model) { SignatureOf(model)["output_specs"] = Json::array(); }),
              HasSubstr("names 0 outputs where the graph has 1"));
}

TEST(HostileProgram, TokensAndCustomObjects) {
  EXPECT_THAT(Model([](Json& model) {
                SignatureOf(model)["input_specs"][0] = {{"token", {{"arg", {{"name", "t"}}}}}};
              }),
              HasSubstr("holds a token, which is not read"));
  EXPECT_THAT(Model([](Json& model) {
                SignatureOf(model)["input_specs"][0] = {
                    {"custom_obj",
                     {{"arg", {{"name", "o"}, {"class_fqn", "C"}}}, {"custom_obj_name", "o"}}}};
              }),
              HasSubstr("holds a custom_obj, which is not read"));
}

TEST(HostileProgram, MissingConstant) {
  EXPECT_THAT(Weights([](Json& weights) { weights.erase("conv.weight"); }),
              HasSubstr("'conv.weight': the signature needs it"));
}

TEST(HostileProgram, ConstantOfAnotherType) {
  EXPECT_THAT(
      Weights([](Json& weights) { weights["conv.weight"]["tensor_meta"]["dtype"] = 4; }),
      HasSubstr("p_conv_weight: is declared float32[8, 3, 3, 3], but 'conv.weight' is int32"));
}

TEST(HostileProgram, PickledConstant) {
  EXPECT_THAT(Weights([](Json& weights) { weights["conv.weight"]["use_pickle"] = true; }),
              AllOf(HasSubstr("model_weights_config.json: 'conv.weight'"),
                    HasSubstr("is pickled, and nothing is unpickled here")));
}

TEST(HostileProgram, ConstantOutsideItsStorage) {
  const auto meta = [](const char* key, Json value) {
    return Weights([&](Json& weights) { weights["bn.bias"]["tensor_meta"][key] = value; });
  };
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(meta("storage_offset", {{"as_int", 1}}),
              HasSubstr("model_weights_config.json: 'bn.bias': bn.bias: float32[8] reaches beyond "
                        "its 32 stored bytes"));
  EXPECT_THAT(meta("storage_offset", {{"as_int", kMost}}), HasSubstr("reaches beyond"));
  EXPECT_THAT(meta("storage_offset", {{"as_int", -1}}), HasSubstr("'storage_offset' is negative"));
  EXPECT_THAT(meta("storage_offset", {{"as_expr", {{"expr_str", "s"}}}}),
              HasSubstr("'as_int' is missing"));
  EXPECT_THAT(meta("strides", {{{"as_int", kMost}}}), HasSubstr("reaches beyond"));
  EXPECT_THAT(meta("strides", {{{"as_int", -1}}}), HasSubstr("negative entry -1"));
  EXPECT_THAT(meta("strides", Json::array()), HasSubstr("another length than 'sizes'"));
  EXPECT_THAT(meta("sizes", {{{"as_int", 9}}}), HasSubstr("reaches beyond"));
}

TEST(HostileProgram, ConstantThatExpandsToTerabytes) {
  EXPECT_THAT(Weights([](Json& weights) {
                Json& meta = weights["bn.bias"]["tensor_meta"];
                meta["sizes"] = {{{"as_int", std::int64_t{1} << 40}}};
                meta["strides"] = {{{"as_int", 0}}};
              }),
              HasSubstr("repeats its 32 stored bytes"));
}

TEST(HostileProgram, PathNameOutsideTheArchive) {
  EXPECT_THAT(
      Weights([](Json& weights) { weights["bn.bias"]["path_name"] = "../../../etc/passwd"; }),
      HasSubstr("is missing in the archive"));
}

// torch.export.load gives both the type of the one that stands first, and so other numbers.
TEST(HostileProgram, TwoTypesOfOneEntry) {
  EXPECT_THAT(Weights([](Json& weights) {
                weights["bn.num_batches_tracked"]["path_name"] = weights["bn.bias"]["path_name"];
              }),
              HasSubstr("names the bytes of a tensor of another type (float32, here int64)"));
}

}  // namespace
}  // namespace foldproof::pt2::hostile_program_test
