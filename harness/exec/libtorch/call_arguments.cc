// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/call_arguments.h"

#include <optional>
#include <string>
#include <utility>

#include "harness/exec/overloaded.h"
#include "src/base/error.h"

namespace foldproof::exec {
namespace {

std::int64_t IntegerOf(const Operand& operand) {
  if (const auto* integer = std::get_if<std::int64_t>(&operand)) return *integer;
  throw Error(Error::Code::kInput, "", "a list of sizes holds what is no integer");
}

FoldproofTorchTensor* TensorOf(const Operand& operand) {
  if (const auto* tensor = std::get_if<FoldproofTorchTensor*>(&operand)) return *tensor;
  throw Error(Error::Code::kInput, "", "a list of tensors holds a number");
}

}  // namespace

CallArguments::CallArguments(const ir::Node& node, const OperandOf& operand_of) {
  for (const ir::Argument& argument : node.arguments) {
    all_.push_back(Convert(argument, operand_of));
    all_.back().name = argument.name.c_str();
  }
}

FoldproofTorchArgument CallArguments::Integers(FoldproofTorchKind kind,
                                               std::vector<std::int64_t> integers) {
  const auto& kept = integers_.emplace_back(std::move(integers));
  return {nullptr, kind, kept.size(), kept.data(), nullptr, nullptr, nullptr};
}

FoldproofTorchArgument CallArguments::Reals(FoldproofTorchKind kind, std::vector<double> reals) {
  const auto& kept = reals_.emplace_back(std::move(reals));
  return {nullptr, kind, kept.size(), nullptr, kept.data(), nullptr, nullptr};
}

FoldproofTorchArgument CallArguments::Texts(FoldproofTorchKind kind,
                                            std::vector<const char*> texts) {
  const auto& kept = texts_.emplace_back(std::move(texts));
  return {nullptr, kind, kept.size(), nullptr, nullptr, kept.data(), nullptr};
}

FoldproofTorchArgument CallArguments::Tensors(FoldproofTorchKind kind,
                                              std::vector<FoldproofTorchTensor*> tensors) {
  const auto& kept = tensors_.emplace_back(std::move(tensors));
  return {nullptr, kind, kept.size(), nullptr, nullptr, nullptr, kept.data()};
}

FoldproofTorchArgument CallArguments::OfOperand(const Operand& operand) {
  return std::visit(
      Overloaded{
          [&](FoldproofTorchTensor* tensor) { return Tensors(kFoldproofTorchTensor, {tensor}); },
          [&](std::int64_t integer) { return Integers(kFoldproofTorchInteger, {integer}); },
          [&](double real) { return Reals(kFoldproofTorchReal, {real}); },
          [&](bool truth) { return Integers(kFoldproofTorchBool, {truth}); },
      },
      operand);
}

FoldproofTorchArgument CallArguments::Convert(const ir::Argument& argument,
                                              const OperandOf& operand_of) {
  using std::vector;
  using Result = FoldproofTorchArgument;
  return std::visit(
      Overloaded{
          [&](const ir::None&) -> Result { return Integers(kFoldproofTorchNone, {}); },
          [&](ir::ValueId id) -> Result { return OfOperand(operand_of(id)); },
          [&](const vector<ir::ValueId>& ids) -> Result {
            vector<FoldproofTorchTensor*> tensors;
            for (const ir::ValueId id : ids) tensors.push_back(TensorOf(operand_of(id)));
            return Tensors(kFoldproofTorchTensors, std::move(tensors));
          },
          [&](const vector<std::optional<ir::ValueId>>& ids) -> Result {
            vector<FoldproofTorchTensor*> tensors;
            for (const auto& id : ids) tensors.push_back(id ? TensorOf(operand_of(*id)) : nullptr);
            return Tensors(kFoldproofTorchTensors, std::move(tensors));
          },
          [&](std::int64_t v) -> Result { return Integers(kFoldproofTorchInteger, {v}); },
          [&](const vector<std::int64_t>& v) -> Result {
            return Integers(kFoldproofTorchIntegers, v);
          },
          [&](const vector<ir::IntOrValue>& items) -> Result {
            vector<std::int64_t> integers;
            for (const ir::IntOrValue& item : items) {
              const auto* id = std::get_if<ir::ValueId>(&item);
              integers.push_back(id ? IntegerOf(operand_of(*id)) : std::get<std::int64_t>(item));
            }
            return Integers(kFoldproofTorchIntegers, std::move(integers));
          },
          [&](double v) -> Result { return Reals(kFoldproofTorchReal, {v}); },
          [&](const vector<double>& v) -> Result { return Reals(kFoldproofTorchReals, v); },
          [&](bool v) -> Result { return Integers(kFoldproofTorchBool, {v}); },
          [&](const vector<bool>& v) -> Result {
            return Integers(kFoldproofTorchBools, {v.begin(), v.end()});
          },
          [&](const std::string& v) -> Result { return Texts(kFoldproofTorchString, {v.c_str()}); },
          [&](const vector<std::string>& v) -> Result {
            vector<const char*> texts;
            for (const std::string& text : v) texts.push_back(text.c_str());
            return Texts(kFoldproofTorchStrings, std::move(texts));
          },
          [&](ir::ScalarType v) -> Result {
            return Integers(kFoldproofTorchScalarType, {static_cast<std::int64_t>(v)});
          },
          [&](ir::Layout v) -> Result { return Integers(kFoldproofTorchLayout, {v.code}); },
          [&](ir::MemoryFormat v) -> Result {
            return Integers(kFoldproofTorchMemoryFormat, {v.code});
          },
          [&](const ir::Device& v) -> Result {
            return Texts(kFoldproofTorchDevice, {v.type.c_str()});
          },
          [&](const ir::Complex& v) -> Result {
            return Reals(kFoldproofTorchComplex, {v.real, v.imag});
          },
          [&](const ir::Unsupported& v) -> Result {
            throw Error(
                Error::Code::kInput, "",
                "argument '" + argument.name + "' is a " + v.kind + ", which is not run here");
          },
      },
      argument.value);
}

}  // namespace foldproof::exec
