// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/signature_writer.h"

#include <algorithm>
#include <string>

#include "src/base/error.h"
#include "src/pt2/argument_writer.h"

namespace foldproof::pt2 {
namespace {

using Inputs = ir::InputSpec::Kind;
using Outputs = ir::OutputSpec::Kind;

void WriteInputSpec(const ir::InputSpec& spec, const ValueNames& names, JsonText& out) {
  const auto begin = [&](std::string_view kind) {
    out.BeginObject().Key(kind).BeginObject().Key("arg");
    if (spec.kind == Inputs::kUserInput) {
      WriteArgument(spec.value, names, out);
    } else {
      WriteTensorName(spec.value, names, out);
    }
  };
  switch (spec.kind) {
    case Inputs::kUserInput: begin("user_input"); break;
    case Inputs::kParameter:
      begin("parameter");
      out.Key("parameter_name").String(spec.target);
      break;
    case Inputs::kBuffer:
      begin("buffer");
      out.Key("buffer_name").String(spec.target).Key("persistent").Truth(spec.persistent);
      break;
    case Inputs::kTensorConstant:
      begin("tensor_constant");
      out.Key("tensor_constant_name").String(spec.target);
      break;
  }
  out.EndObject().EndObject();
}

// One of the kinds that ir::OutputSpec calls kOther is known by what the archive had.
Json FindOtherSpec(const ir::OutputSpec& spec, std::size_t at, const KeptModel& kept) {
  const auto is = [&](Json candidate) {
    const ir::OutputSpec had = ReadOutputSpec(candidate);
    return had.kind == Outputs::kOther && had.target == spec.target;
  };
  const std::vector<Json>& specs = kept.output_specs();
  if (at < specs.size() && is(specs[at])) return specs[at];
  const auto found = std::ranges::find_if(specs, is);
  if (found != specs.end()) return *found;
  throw Error(Error::Code::kOutput, "output " + std::to_string(at),
              "is of a kind that nothing tells; write the program with what its archive says of "
              "it");
}

class OutputSpecWriter {
 public:
  OutputSpecWriter(const ModelParts& model, JsonText& out) : model_(model), out_(out) {}

  void Write(std::size_t at) const {
    const ir::OutputSpec& spec = model_.program.outputs[at];
    switch (spec.kind) {
      case Outputs::kUserOutput:
        out_.BeginObject().Key("user_output").BeginObject();
        out_.Key("arg").Raw(model_.outputs[at]).EndObject().EndObject();
        return;
      case Outputs::kBufferMutation: return Mutation("buffer_mutation", at, "buffer_name");
      case Outputs::kUserInputMutation:
        return Mutation("user_input_mutation", at, "user_input_name");
      case Outputs::kOther: return Other(spec, at);
    }
    FP_CHECK(!"a kind of output");
  }

 private:
  void Mutation(std::string_view kind, std::size_t at, std::string_view target) const {
    out_.BeginObject().Key(kind).BeginObject().Key("arg");
    Tensor(at);
    out_.Key(target).String(model_.program.outputs[at].target).EndObject().EndObject();
  }

  void Other(const ir::OutputSpec& spec, std::size_t at) const {
    const Tagged had = AsUnion(FindOtherSpec(spec, at, model_.kept), "output_specs");
    out_.BeginObject().Key(had.kind);
    out_.CopyObject(AsObject(had.value, had.kind), [&](std::string_view key) {
      if (key == "arg") Tensor(at);
      return key == "arg";
    });
    out_.EndObject();
  }

  void Tensor(std::size_t at) const {
    const auto* id = std::get_if<ir::ValueId>(&model_.program.graph.outputs()[at]);
    FP_CHECK(id != nullptr);
    WriteTensorName(*id, model_.names, out_);
  }

  const ModelParts& model_;
  JsonText& out_;
};

}  // namespace

void WriteSignature(const ModelParts& model, JsonText& out) {
  out.BeginObject().Key("input_specs").BeginList();
  for (const WrittenInput& input : model.inputs) {
    if (input.spec == nullptr) {
      out.Copy(input.fixed->spec);
    } else {
      WriteInputSpec(*input.spec, model.names, out);
    }
  }
  out.EndList().Key("output_specs").BeginList();
  const OutputSpecWriter writer(model, out);
  for (std::size_t i = 0; i < model.program.outputs.size(); ++i) writer.Write(i);
  out.EndList().EndObject();
}

}  // namespace foldproof::pt2
