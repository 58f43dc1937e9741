// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/signature_reader.h"

#include <string_view>

#include "src/pt2/argument_reader.h"

namespace foldproof::pt2 {
namespace {

using Inputs = ir::InputSpec::Kind;
using Outputs = ir::OutputSpec::Kind;

// The name that an Argument of the signature has; empty for a fixed number or None.
std::string_view ArgumentName(Json argument) {
  const Tagged tagged = AsUnion(argument, "arg");
  if (tagged.kind == "as_tensor") return TensorName(tagged.value);
  if (tagged.kind == "as_sym_int" || tagged.kind == "as_sym_float" ||
      tagged.kind == "as_sym_bool") {
    const std::optional<Json> name = OptionalField(tagged.value, "as_name");
    return name ? AsText(*name, "as_name") : std::string_view();
  }
  if (tagged.kind == "as_custom_obj") {
    FailField(tagged.kind, "is a custom object, which is not read; keep tensors alone");
  }
  return {};
}

SignatureInput Lifted(Inputs kind, Json spec, std::string_view target) {
  SignatureInput input;
  input.kind = kind;
  input.name = TensorName(Field(spec, "arg"));
  input.target = TextField(spec, target);
  if (kind == Inputs::kBuffer) input.persistent = AsTruth(Field(spec, "persistent"), "persistent");
  return input;
}

struct MutationKind {
  std::string_view kind;
  Outputs output;
  const char* target;  // the member that names what is written, nullptr where nothing is
};

constexpr MutationKind kMutations[] = {
    {"buffer_mutation", Outputs::kBufferMutation, "buffer_name"},
    {"user_input_mutation", Outputs::kUserInputMutation, "user_input_name"},
    {"parameter_mutation", Outputs::kOther, "parameter_name"},
    {"gradient_to_parameter", Outputs::kOther, "parameter_name"},
    {"gradient_to_user_input", Outputs::kOther, "user_input_name"},
    {"loss_output", Outputs::kOther, nullptr},
};

}  // namespace

SignatureInput ReadInputSpec(Json spec) {
  const Tagged tagged = AsUnion(spec, "input_specs");
  if (tagged.kind == "user_input") {
    SignatureInput input;
    input.name = ArgumentName(Field(tagged.value, "arg"));
    input.fixed = input.name.empty();
    return input;
  }
  if (tagged.kind == "parameter") return Lifted(Inputs::kParameter, tagged.value, "parameter_name");
  if (tagged.kind == "buffer") return Lifted(Inputs::kBuffer, tagged.value, "buffer_name");
  if (tagged.kind == "tensor_constant") {
    return Lifted(Inputs::kTensorConstant, tagged.value, "tensor_constant_name");
  }
  if (tagged.kind == "constant_input") {
    SignatureInput input;
    input.name = TextField(tagged.value, "name");
    input.fixed = true;
    return input;
  }
  FailField("input_specs", "holds a " + std::string(tagged.kind) +
                               ", which is not read; export without tokens and custom objects");
}

ir::OutputSpec ReadOutputSpec(Json spec) {
  const Tagged tagged = AsUnion(spec, "output_specs");
  if (tagged.kind == "user_output") {
    return {Outputs::kUserOutput, std::string(ArgumentName(Field(tagged.value, "arg"))), {}};
  }
  for (const MutationKind& mutation : kMutations) {
    if (mutation.kind != tagged.kind) continue;
    ir::OutputSpec output{mutation.output, std::string(TensorName(Field(tagged.value, "arg"))), {}};
    if (mutation.target != nullptr) output.target = TextField(tagged.value, mutation.target);
    return output;
  }
  FailField("output_specs", "holds a " + std::string(tagged.kind) +
                                ", which is not read; export without tokens and custom objects");
}

}  // namespace foldproof::pt2
