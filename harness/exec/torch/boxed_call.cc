// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/torch/boxed_call.h"

#include <torch/csrc/api/include/torch/version.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "harness/exec/torch/argument_value.h"
#include "harness/exec/torch/lacking.h"

namespace foldproof::exec::torch_module {
namespace {

using Arguments = std::span<const FoldproofTorchArgument>;

const FoldproofTorchArgument* FindArgument(Arguments arguments, const std::string& name) {
  for (const FoldproofTorchArgument& argument : arguments) {
    if (name == argument.name) return &argument;
  }
  return nullptr;
}

// Whether the argument says no more than what every tensor here is anyway: an older libtorch that
// does not know it does the same without.
bool IsNeutral(const FoldproofTorchArgument& argument) {
  switch (argument.kind) {
    case kFoldproofTorchNone: return true;
    case kFoldproofTorchBool: return argument.integers[0] == 0;
    case kFoldproofTorchDevice: return std::string(argument.texts[0]) == "cpu";
    case kFoldproofTorchLayout: return argument.integers[0] == 7;        // strided
    case kFoldproofTorchMemoryFormat: return argument.integers[0] == 4;  // preserve
    case kFoldproofTorchTensor:
    case kFoldproofTorchTensors:
    case kFoldproofTorchInteger:
    case kFoldproofTorchIntegers:
    case kFoldproofTorchReal:
    case kFoldproofTorchReals:
    case kFoldproofTorchBools:
    case kFoldproofTorchString:
    case kFoldproofTorchStrings:
    case kFoldproofTorchScalarType:
    case kFoldproofTorchComplex: return false;
  }
  return false;
}

void CheckAllHavePlace(const c10::FunctionSchema& schema, Arguments arguments) {
  for (const FoldproofTorchArgument& argument : arguments) {
    bool known = false;
    for (const c10::Argument& wanted : schema.arguments()) known |= wanted.name() == argument.name;
    if (!known && !IsNeutral(argument)) {
      throw Lacking("argument '" + std::string(argument.name) +
                    "' is not known to this libtorch; a newer one may know it");
    }
  }
}

// Operators that an older libtorch lacks, by what computes the same there.
torch::jit::Stack CallInstead(const std::string& name, Arguments arguments) {
  if (name == "aten::_native_batch_norm_legit_no_training") {
    const std::int64_t no = 0;
    std::vector<FoldproofTorchArgument> evaluated(arguments.begin(), arguments.end());
    evaluated.push_back({"training", kFoldproofTorchBool, 1, &no, nullptr, nullptr, nullptr});
    return CallBoxed(FindOperator("aten::native_batch_norm", ""), evaluated);
  }
  if (name == "aten::sym_size") {
    const FoldproofTorchArgument* self = FindArgument(arguments, "self");
    const FoldproofTorchArgument* dim = FindArgument(arguments, "dim");
    if (self != nullptr && self->kind == kFoldproofTorchTensor && dim != nullptr &&
        dim->kind == kFoldproofTorchInteger) {
      return {c10::IValue(self->tensors[0]->tensor.size(dim->integers[0]))};
    }
  }
  throw Lacking("libtorch " TORCH_VERSION
                " has no such operator; only aten and quantized_decomposed run here");
}

}  // namespace

FoldproofTorchOperator FindOperator(const char* name, const char* overload) {
  FoldproofTorchOperator found{name, std::nullopt};
  if (const auto handle = c10::Dispatcher::singleton().findSchema({name, overload})) {
    found.handle = *handle;
  }
  return found;
}

torch::jit::Stack StackOf(const c10::FunctionSchema& schema, Arguments arguments) {
  CheckAllHavePlace(schema, arguments);
  torch::jit::Stack stack;
  for (const c10::Argument& wanted : schema.arguments()) {
    if (const auto* given = FindArgument(arguments, wanted.name())) {
      stack.push_back(ToIValue(*given, wanted));
    } else if (wanted.default_value()) {
      stack.push_back(*wanted.default_value());
    } else if (wanted.type()->kind() == c10::TypeKind::OptionalType) {
      stack.emplace_back();
    } else {
      throw std::runtime_error("argument '" + wanted.name() + "' is missing");
    }
  }
  return stack;
}

torch::jit::Stack CallBoxed(const FoldproofTorchOperator& found, Arguments arguments) {
  if (!found.handle) return CallInstead(found.name, arguments);
  torch::jit::Stack stack = StackOf(found.handle->schema(), arguments);
  found.handle->callBoxed(&stack);
  return stack;
}

}  // namespace foldproof::exec::torch_module
