// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/signature_writer.h"

#include <nlohmann/json.hpp>
#include <string>

#include "src/base/error.h"
#include "src/pt2/argument_writer.h"

namespace foldproof::pt2 {
namespace {

using Inputs = ir::InputSpec::Kind;
using Outputs = ir::OutputSpec::Kind;

Json WriteInputSpec(const ir::InputSpec& spec, const ValueNames& names) {
  const Json tensor = {{"name", names.Of(spec.value)}};
  switch (spec.kind) {
    case Inputs::kUserInput: return {{"user_input", {{"arg", WriteArgument(spec.value, names)}}}};
    case Inputs::kParameter:
      return {{"parameter", {{"arg", tensor}, {"parameter_name", spec.target}}}};
    case Inputs::kBuffer:
      return {{"buffer",
               {{"arg", tensor}, {"buffer_name", spec.target}, {"persistent", spec.persistent}}}};
    case Inputs::kTensorConstant:
      return {{"tensor_constant", {{"arg", tensor}, {"tensor_constant_name", spec.target}}}};
  }
  FP_CHECK(!"a kind of input");
  return {};
}

// One of the kinds that ir::OutputSpec calls kOther is known by what the archive had.
Json WriteOtherSpec(const ir::OutputSpec& spec, std::size_t at, const KeptModel& kept,
                    const Json& tensor) {
  const auto is = [&](const Json& candidate) {
    const ir::OutputSpec had = ReadOutputSpec(candidate);
    return had.kind == Outputs::kOther && had.target == spec.target;
  };
  const std::vector<const Json*>& specs = kept.output_specs();
  const Json* found = at < specs.size() && is(*specs[at]) ? specs[at] : nullptr;
  for (std::size_t i = 0; found == nullptr && i < specs.size(); ++i) {
    if (is(*specs[i])) found = specs[i];
  }
  if (found == nullptr) {
    throw Error(Error::Code::kOutput, "output " + std::to_string(at),
                "is of a kind that nothing tells; write the program with what its archive says of "
                "it");
  }
  Json out = *found;
  out.begin().value()["arg"] = tensor;
  return out;
}

Json WriteOutputSpec(const ir::OutputSpec& spec, std::size_t at, const KeptModel& kept,
                     const Json& output) {
  if (spec.kind == Outputs::kUserOutput) return {{"user_output", {{"arg", output}}}};
  FP_CHECK(output.contains("as_tensor"));
  const Json& tensor = output["as_tensor"];
  switch (spec.kind) {
    case Outputs::kUserOutput: break;
    case Outputs::kBufferMutation:
      return {{"buffer_mutation", {{"arg", tensor}, {"buffer_name", spec.target}}}};
    case Outputs::kUserInputMutation:
      return {{"user_input_mutation", {{"arg", tensor}, {"user_input_name", spec.target}}}};
    case Outputs::kOther: return WriteOtherSpec(spec, at, kept, tensor);
  }
  FP_CHECK(!"a kind of output");
  return {};
}

}  // namespace

Json WriteSignature(const ir::Program& program, const KeptModel& kept, const ValueNames& names,
                    const std::vector<WrittenInput>& inputs, const Json& outputs) {
  Json input_specs = Json::array();
  for (const WrittenInput& input : inputs) {
    input_specs.push_back(input.spec == nullptr ? *input.fixed->spec
                                                : WriteInputSpec(*input.spec, names));
  }
  Json output_specs = Json::array();
  for (std::size_t i = 0; i < program.outputs.size(); ++i) {
    output_specs.push_back(WriteOutputSpec(program.outputs[i], i, kept, outputs[i]));
  }
  return {{"input_specs", std::move(input_specs)}, {"output_specs", std::move(output_specs)}};
}

}  // namespace foldproof::pt2
